/** Wanted values: test/golden/gradients.py, transformers' BioGptForCausalLM in torch 2.13, float64 for gradients. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { trainableBioGpt } from "../models/biogpt/trainable.ts";
import { type Device, openDevice } from "../runtime/device.ts";
import { GOLDEN_CONFIG, type GoldenGradients, goldenNames, goldenWeights, readGolden } from "./golden-model.fixture.ts";
import {
  createTrainingStep,
  type TrainingBatch,
  type TrainingStep,
  type TrainingStepOptions,
} from "./training-step.ts";

const golden = readGolden<GoldenGradients>("gradients");
const weights = goldenWeights(golden.order);
const BATCH: TrainingBatch = {
  batch: 3,
  length: 7,
  ids: Int32Array.from(golden.ids.flat()),
  labels: Int32Array.from(golden.labels.flat()),
};

let device: Device;
beforeAll(async () => {
  device = await openDevice("cpu");
});
afterAll(() => device[Symbol.dispose]());

function openStep(options: Partial<TrainingStepOptions> = {}): Promise<TrainingStep> {
  return createTrainingStep({
    device,
    model: trainableBioGpt(GOLDEN_CONFIG),
    initial: (name) => weights.get(name)!,
    shape: BATCH,
    ...options,
  });
}

async function gradientOf(step: TrainingStep, name: string): Promise<Float32Array> {
  const { offset, shape } = step.trained.find((parameter) => parameter.name === name)!;
  const size = shape.reduce((product, length) => product * length, 1);
  return (await step.gradientBuffer()).slice(offset, offset + size);
}

/** Distance over size, both Euclidean. */
function relativeError(got: Float32Array, want: readonly number[]): number {
  const distance = Math.hypot(...want.map((value, i) => value - got[i]!));
  return distance / Math.hypot(...want);
}

for (const mode of ["whole", "blocks"] as const) {
  describe(mode, () => {
    test("loss and every gradient are what torch gives", async () => {
      using step = await openStep({ mode });
      const { lossSum, tokens } = await step.accumulate(BATCH);
      expect(tokens).toBe(golden.labels.flat().filter((label) => label !== -100).length);
      expect(lossSum).toBeCloseTo(golden.loss, 3);
      for (const [i, name] of goldenNames(golden.order).entries()) {
        const want = golden.gradients[golden.order[i]!]!;
        const got = await gradientOf(step, name);
        // Keys' biases move all scores of a query alike, so their gradient is zero but for rounding.
        if (name.endsWith("key.bias")) expect(Math.hypot(...got)).toBeLessThan(1e-4);
        else expect(relativeError(got, want), name).toBeLessThan(1e-4);
      }
    });

    test("gradients of micro-batches add up, and zeroGradients forgets them", async () => {
      using step = await openStep({ mode });
      await step.accumulate(BATCH);
      const once = await step.gradientNorm();
      await step.accumulate(BATCH);
      expect(await step.gradientNorm()).toBeCloseTo(2 * once, 3);
      await step.zeroGradients();
      expect(await step.gradientNorm()).toBe(0);
      await step.accumulate(BATCH);
      expect(await step.gradientNorm()).toBeCloseTo(once, 4);
    });

    test("200 updates follow torch's loss within 0.5 %", async () => {
      const curve = readGolden<{
        batch: number;
        length: number;
        learningRate: number;
        weightDecay: number;
        losses: number[];
      }>("loss-curve");
      const { batch, length } = curve;
      using step = await openStep({ mode, shape: curve });
      let state = 12345n;
      const deviations: number[] = [];
      for (const want of curve.losses) {
        const rows = Array.from({ length: batch }, () => {
          state = (1103515245n * state + 12345n) % 2n ** 31n;
          const [start, stride] = [Number((state >> 16n) % 23n), 1 + Number((state >> 8n) % 5n)];
          return Array.from({ length: length + 1 }, (_, t) => 2 + ((start + stride * t) % 21));
        });
        const { lossSum, tokens } = await step.accumulate({
          batch,
          length,
          ids: Int32Array.from(rows.flatMap((row) => row.slice(0, -1))),
          labels: Int32Array.from(rows.flatMap((row) => row.slice(1))),
        });
        deviations.push(Math.abs(lossSum / tokens / want - 1));
        await step.update({
          learningRate: curve.learningRate,
          weightDecay: curve.weightDecay,
          gradientScale: 1 / tokens,
        });
        await step.zeroGradients();
      }
      expect(Math.max(...deviations)).toBeLessThan(0.005);
    });
  });
}
