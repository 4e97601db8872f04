/** Wanted losses and gradients: test/golden/heads.py, transformers' BioGptForTokenClassification and …SequenceClassification in torch 2.13. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ourName } from "../../models/biogpt/tensor-names.ts";
import { trainableBioGpt } from "../../models/biogpt/trainable.ts";
import { type Device, openDevice } from "../../runtime/device.ts";
import { GOLDEN_CONFIG } from "./golden-model.fixture.ts";
import { lowRankValues, withLowRankMaps } from "./lora.ts";
import { withHead } from "./trainable-model.ts";
import { classHead } from "./training-head.ts";
import {
  createTrainingStep,
  type TrainingBatch,
  type TrainingStep,
  type TrainingStepOptions,
} from "./training-step.ts";

interface GoldenHead {
  readonly order: string[];
  readonly loss: number;
  readonly gradients: Record<string, number[]>;
}
interface Golden {
  readonly texts: number[][];
  readonly classes: number;
  readonly token: GoldenHead & { readonly labels: number[][] };
  readonly sequence: GoldenHead & { readonly labels: number[] };
}

const golden: Golden = JSON.parse(
  readFileSync(new URL("../../../test/fixtures/models/heads.json", import.meta.url), "utf8"),
);
const CONFIG = { ...GOLDEN_CONFIG, maxPositions: 16 };
const length = Math.max(...golden.texts.map((text) => text.length));
const PAD = 1;
const ids = Int32Array.from(golden.texts.flatMap((text) => [...text, ...Array(length - text.length).fill(PAD)]));
const tokenBatch: TrainingBatch = { batch: 2, length, ids, labels: Int32Array.from(golden.token.labels.flat()) };
const sequenceBatch: TrainingBatch = {
  ...tokenBatch,
  labels: Int32Array.from(
    golden.texts.flatMap((text, b) =>
      Array.from({ length }, (_, t) => (t === text.length - 1 ? golden.sequence.labels[b]! : -100)),
    ),
  ),
};

let device: Device;
beforeAll(async () => {
  device = await openDevice("cpu", { threads: 1 });
});
afterAll(() => device[Symbol.dispose]());

function named(theirs: string): string {
  if (theirs.startsWith("classifier.") || theirs.startsWith("score.")) return theirs;
  return (ourName(theirs) as { name: string }).name;
}

function open({ order }: GoldenHead, bias: boolean, options: Partial<TrainingStepOptions> = {}): Promise<TrainingStep> {
  const head = classHead({ name: bias ? "classifier" : "score", width: CONFIG.width, classes: golden.classes, bias });
  const model = withHead(trainableBioGpt(CONFIG), head);
  const shapes = new Map(model.parameters.map(({ name, shape }) => [name, shape]));
  return createTrainingStep({
    device,
    model,
    shape: tokenBatch,
    initial: (name) => {
      const k = order.findIndex((theirs) => named(theirs) === name);
      const one = name.endsWith(".gain") ? 1 : 0;
      const size = shapes.get(name)!.reduce((product, value) => product * value, 1);
      return Float32Array.from({ length: size }, (_, i) => one + 0.3 * Math.sin(1.7 * i + 0.9 * k + 0.013 * i * k));
    },
    ...options,
  });
}

async function gradientOf(step: TrainingStep, name: string): Promise<Float32Array> {
  const { offset, shape } = step.trained.find((parameter) => parameter.name === name)!;
  const size = shape.reduce((product, value) => product * value, 1);
  return (await step.gradientBuffer()).slice(offset, offset + size);
}

async function expectGolden(step: TrainingStep, batch: TrainingBatch, { loss, gradients }: GoldenHead): Promise<void> {
  const { lossSum, tokens } = await step.accumulate(batch);
  expect(lossSum / tokens).toBeCloseTo(loss, 4);
  for (const [theirs, want] of Object.entries(gradients)) {
    const got = (await gradientOf(step, named(theirs))).map((value) => value / tokens); // torch's loss is the mean
    const distance = Math.hypot(...want.map((value, i) => value - got[i]!));
    expect(distance / Math.hypot(...want), theirs).toBeLessThan(1e-4);
  }
  expect((await step.evaluate(batch)).lossSum / tokens).toBeCloseTo(loss, 4);
}

describe.each(["whole", "blocks"] as const)("%s", (mode) => {
  test("a tagger's loss and gradients are what torch gives; padding counts for nothing", async () => {
    using step = await open(golden.token, true, { mode });
    await expectGolden(step, tokenBatch, golden.token);
  });

  test("a classifier's too, which counts one row of each text", async () => {
    using step = await open(golden.sequence, false, { mode });
    await expectGolden(step, sequenceBatch, golden.sequence);
  });

  test("positions that repeat are followed: as if the table's rows stood there twice", async () => {
    using step = await open(golden.token, true, { mode });
    const straight = await step.evaluate(tokenBatch);
    const places = Int32Array.from(ids, (_, i) => i % length);
    expect((await step.evaluate({ ...tokenBatch, positions: places })).lossSum).toBe(straight.lossSum);
    const repeated = places.map((at) => at % 3);
    expect((await step.evaluate({ ...tokenBatch, positions: repeated })).lossSum).not.toBeCloseTo(straight.lossSum, 3);
    await step.zeroGradients();
    await step.accumulate({ ...tokenBatch, positions: repeated });
    const rows = await gradientOf(step, "positionEmbedding");
    expect(rows.subarray((2 + 3) * CONFIG.width).every((value) => value === 0)).toBe(true);
  });
});

test("labels that allow several classes: loss is that of their sum", async () => {
  const labels = [[0], [1, 2, 3, 4], [0, 1, 2, 3, 4]];
  const head = classHead({ name: "classifier", width: CONFIG.width, classes: golden.classes, labels });
  const run = async (label: number): Promise<number> => {
    using step = await open(golden.token, true, { model: withHead(trainableBioGpt(CONFIG), head) });
    const only = tokenBatch.labels.map((_, i) => (i === 3 ? label : -100));
    return (await step.evaluate({ ...tokenBatch, labels: only })).lossSum;
  };
  const [zero, others, any] = [await run(0), await run(1), await run(2)];
  expect(Math.exp(-zero) + Math.exp(-others)).toBeCloseTo(1, 5);
  expect(any).toBeCloseTo(0, 6);
});

test("labels outside of the head's are refused, positions outside of the model's too", async () => {
  using step = await open(golden.token, true);
  const wrong = { ...tokenBatch, labels: tokenBatch.labels.map(() => golden.classes) };
  await expect(step.accumulate(wrong)).rejects.toThrow("The label 5 is outside of the 5");
  const far = { ...tokenBatch, positions: Int32Array.from(ids, () => CONFIG.maxPositions) };
  await expect(step.accumulate(far)).rejects.toThrow("17 tokens, where the model has 16");
});

test("training lowers the loss, in full by Muon and through LoRA with the head", async () => {
  const losses = async (step: TrainingStep): Promise<number> => {
    const before = (await step.evaluate(tokenBatch)).lossSum;
    for (let i = 0; i < 15; i++) {
      await step.zeroGradients();
      const { tokens } = await step.accumulate(tokenBatch);
      await step.update({ learningRate: 0.01, gradientScale: 1 / tokens });
    }
    return (await step.evaluate(tokenBatch)).lossSum / before;
  };
  using full = await open(golden.token, true, { optimizer: "muon" });
  expect(await losses(full)).toBeLessThan(0.7);
  const head = classHead({ name: "classifier", width: CONFIG.width, classes: golden.classes });
  const adapted = withLowRankMaps(withHead(trainableBioGpt(CONFIG), head), {
    rank: 2,
    alpha: 4,
    targets: ["query", "value"],
  });
  const shapes = new Map(adapted.parameters.map(({ name, shape }) => [name, shape]));
  using lora = await createTrainingStep({
    device,
    model: adapted,
    shape: tokenBatch,
    trainable: (name) => name.includes("lowRank") || name.startsWith("classifier."),
    initial: (name) => {
      const shape = shapes.get(name)!;
      if (name.includes("lowRank")) return lowRankValues(name, shape, 1);
      const size = shape.reduce((product, value) => product * value, 1);
      return Float32Array.from({ length: size }, (_, i) => (name.endsWith(".gain") ? 1 : 0.3 * Math.sin(1.7 * i)));
    },
  });
  expect(await losses(lora)).toBeLessThan(0.9);
});
