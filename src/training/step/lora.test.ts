import { expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { BIOGPT_BASE } from "../../models/biogpt/config.ts";
import { initialValues } from "../../models/biogpt/initial-weights.ts";
import { trainableBioGpt } from "../../models/biogpt/trainable.ts";
import { openDevice } from "../../runtime/device.ts";
import { adaptedMaps, downName, isLowRank, lowRankValues, mergeLowRank, upName, withLowRankMaps } from "./lora.ts";
import { createTrainingStep, type TrainingBatch } from "./training-step.ts";

const config = { ...BIOGPT_BASE, layers: 2, width: 32, heads: 2, mlpWidth: 64, vocabularySize: 50, maxPositions: 32 };
const base = trainableBioGpt(config);
const adapter = { rank: 4, alpha: 8, targets: ["query", "contract"] };
const maps = adaptedMaps(2, adapter.targets);
const adapted = withLowRankMaps(base, adapter);
const random = new Random(3);
const batch: TrainingBatch = {
  ...{ batch: 2, length: 12 },
  ids: Int32Array.from({ length: 24 }, () => 4 + random.integer(40)),
  labels: Int32Array.from({ length: 24 }, () => 4 + random.integer(40)),
};
const shapeOf = (name: string) => adapted.parameters.find((parameter) => parameter.name === name)!.shape;
const first = (name: string): Float32Array =>
  isLowRank(name) ? lowRankValues(name, shapeOf(name), 1) : initialValues(name, shapeOf(name), { seed: 1, layers: 2 });

for (const mode of ["whole", "blocks"] as const) {
  test(`only the summands learn, and merged in they give the same loss: ${mode}`, async () => {
    using device = await openDevice("cpu", { threads: 1 });
    const shape = { batch: 2, length: 12 };
    using plain = await createTrainingStep({ device, model: base, initial: first, shape, mode });
    using step = await createTrainingStep({
      device,
      model: adapted,
      initial: first,
      shape,
      mode,
      trainable: isLowRank,
    });
    expect(step.trained.map(({ name }) => name)).toEqual(maps.flatMap((map) => [downName(map), upName(map)]));
    const before = (await plain.evaluate(batch)).lossSum;
    expect((await step.evaluate(batch)).lossSum).toBeCloseTo(before, 4); // up is zero
    for (let i = 0; i < 10; i++) {
      await step.zeroGradients();
      const { tokens } = await step.accumulate(batch);
      await step.update({ learningRate: 0.02, gradientScale: 1 / tokens, weightDecay: 0 });
    }
    const after = (await step.evaluate(batch)).lossSum;
    expect(after).toBeLessThan(before - 2);
    expect(await step.parameter("blocks.0.query.weight")).toEqual(first("blocks.0.query.weight"));

    const merged = new Map<string, Float32Array>();
    for (const map of maps) {
      const [down, up] = [await step.parameter(downName(map)), await step.parameter(upName(map))];
      const { rank, alpha } = adapter;
      merged.set(`${map}.weight`, mergeLowRank(first(`${map}.weight`), { down, up, rank, factor: alpha / rank }));
    }
    const initial = (name: string): Float32Array => merged.get(name) ?? first(name);
    using joined = await createTrainingStep({ device, model: base, initial, shape, mode });
    expect((await joined.evaluate(batch)).lossSum).toBeCloseTo(after, 3);
  });
}

test("a map that is not there is refused", () => {
  expect(() => withLowRankMaps(base, { ...adapter, targets: ["queries"] })).toThrow(/no linear map blocks.0.queries/);
});
