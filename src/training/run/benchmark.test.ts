import { expect, test } from "vitest";
import { BIOGPT_BASE } from "../../models/biogpt/config.ts";
import { initialValues } from "../../models/biogpt/initial-weights.ts";
import { trainableBioGpt } from "../../models/biogpt/trainable.ts";
import { openDevice } from "../../runtime/device.ts";
import { createTrainingStep } from "../step/training-step.ts";
import { measureTraining } from "./benchmark.ts";

test("a tiny model's speed is measured with its share of a bare product", async () => {
  const config = {
    ...BIOGPT_BASE,
    layers: 1,
    width: 32,
    heads: 2,
    mlpWidth: 64,
    vocabularySize: 100,
    maxPositions: 32,
  };
  const model = trainableBioGpt(config);
  using device = await openDevice("cpu", { threads: 1 });
  using step = await createTrainingStep({
    device,
    model,
    shape: { batch: 2, length: 16 },
    initial: (name) =>
      initialValues(name, model.parameters.find((p) => p.name === name)!.shape, { seed: 1, layers: 1 }),
  });
  const speed = await measureTraining({ device, step, batch: 2, length: 16, vocabulary: 100, rounds: 3 });
  expect(speed.tokensPerSecond).toBeGreaterThan(10);
  expect(speed.gflops).toBeCloseTo((speed.tokensPerSecond * step.flopsPerToken) / 1e9, 6);
  expect(speed.shareOfGemm).toBeLessThan(1);
  expect(speed.peakMemoryBytes).toBeGreaterThan(30e6);
});
