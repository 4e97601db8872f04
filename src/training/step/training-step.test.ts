/** Wanted values: test/golden/gradients.py, transformers' BioGptForCausalLM in torch 2.13, float64 for gradients. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { elementCount } from "../../graph/data-type.ts";
import { trainableBioGpt } from "../../models/biogpt/trainable.ts";
import { type Device, openDevice } from "../../runtime/device.ts";
import { GOLDEN_CONFIG, type GoldenGradients, goldenNames, goldenWeights, readGolden } from "./golden-model.fixture.ts";
import { isLowRank, withLowRankMaps } from "./lora.ts";
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

const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json"; // Debian's chromium: Vulkan on the processor
if (existsSync(SWIFTSHADER)) process.env["VK_ICD_FILENAMES"] ??= SWIFTSHADER;
const gpu = await openDevice("webgpu", { threads: 2 }).catch(() => undefined);

let device: Device;
beforeAll(async () => {
  device = await openDevice("cpu");
});
afterAll(() => {
  device[Symbol.dispose]();
  gpu?.[Symbol.dispose]();
});

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

    test("with dropout, the loss falls along the gradient as fast as it says", async () => {
      using step = await openStep({ mode, dropout: { embedding: 0.1, attention: 0.2, residual: 0.3 } });
      const { lossSum } = await step.accumulate(BATCH);
      expect(Math.abs(lossSum - golden.loss)).toBeGreaterThan(0.1);
      const norm = await step.gradientNorm();
      const gradient = (await step.gradientBuffer()).slice();
      const lossAt = async (distance: number): Promise<number> => {
        for (const { name, offset } of step.trained) {
          const values = await step.parameter(name);
          const start = weights.get(name)!;
          for (let i = 0; i < values.length; i++) values[i] = start[i]! + (distance * gradient[offset + i]!) / norm;
          await step.writeBack(name, values);
        }
        step.microBatches = 0; // the same masks again
        return (await step.accumulate(BATCH)).lossSum;
      };
      const slope = ((await lossAt(0.01)) - (await lossAt(-0.01))) / 0.02;
      expect(slope / norm).toBeGreaterThan(0.99);
      expect(slope / norm).toBeLessThan(1.01);
    });

    test("dropout depends on the seed and the micro-batch, and on nothing else", async () => {
      const dropout = { embedding: 0.1, attention: 0.1, residual: 0.1 };
      using step = await openStep({ mode, dropout });
      const [first, second] = [await step.accumulate(BATCH), await step.accumulate(BATCH)];
      expect(second.lossSum).not.toBe(first.lossSum);
      using again = await openStep({ mode, dropout });
      again.microBatches = 1;
      expect((await again.accumulate(BATCH)).lossSum).toBe(second.lossSum);
      using other = await openStep({ mode, dropout, seed: 2 });
      expect((await other.accumulate(BATCH)).lossSum).not.toBe(first.lossSum);
    });

    test("frozen parameters get no gradient, the others the same as before", async () => {
      using all = await openStep({ mode });
      using some = await openStep({ mode, trainable: (name) => name.startsWith("blocks.1.") });
      await all.accumulate(BATCH);
      await some.accumulate(BATCH);
      expect(some.trained.every(({ name }) => name.startsWith("blocks.1."))).toBe(true);
      expect(some.trained.length).toBe(16);
      for (const { name } of some.trained) expect(await gradientOf(some, name)).toEqual(await gradientOf(all, name));
      const frozen = (await some.parameter("tokenEmbedding")).slice();
      await some.update({ learningRate: 0.1 });
      expect(await some.parameter("tokenEmbedding")).toEqual(frozen);
      expect(await some.parameter("blocks.1.query.weight")).not.toEqual(weights.get("blocks.1.query.weight"));
    });

    test("evaluation gives each token's loss, whatever the padding", async () => {
      using step = await openStep({ mode });
      const { lossSum, perToken } = await step.evaluate(BATCH);
      expect(lossSum).toBeCloseTo(golden.loss, 3);
      const longer = { batch: 3, length: 8, ids: padded(golden.ids, 1), labels: padded(golden.labels, -100) };
      const wider = await step.evaluate(longer);
      for (let b = 0; b < 3; b++) {
        for (let t = 0; t < 7; t++) expect(wider.perToken[8 * b + t]).toBeCloseTo(perToken[7 * b + t]!, 4);
        expect(wider.perToken[8 * b + 7]).toBe(0);
      }
      await step.accumulate(longer);
      expect(await step.gradientNorm()).toBeGreaterThan(1);
      using unpadded = await openStep({ mode });
      await unpadded.accumulate(BATCH);
      expect(await step.gradientNorm()).toBeCloseTo(await unpadded.gradientNorm(), 3);
    });

    test("weights of positions scale their part of the loss and of the gradient", async () => {
      using step = await openStep({ mode });
      const half = new Float32Array(21).fill(0.5);
      const { lossSum } = await step.accumulate({ ...BATCH, weights: half });
      const norm = await step.gradientNorm();
      expect(lossSum).toBeCloseTo(golden.loss / 2, 3);
      await step.zeroGradients();
      await step.accumulate(BATCH);
      expect(await step.gradientNorm()).toBeCloseTo(2 * norm, 3);
    });
  });
}

test("both modes compute the same, dropout included", async () => {
  const dropout = { embedding: 0.1, attention: 0.2, residual: 0.1 };
  using whole = await openStep({ mode: "whole", dropout });
  using blocks = await openStep({ mode: "blocks", dropout });
  expect((await blocks.accumulate(BATCH)).lossSum).toBeCloseTo((await whole.accumulate(BATCH)).lossSum, 4);
  const wanted = await whole.gradientBuffer();
  const got = await blocks.gradientBuffer();
  expect(Math.max(...got.map((value, i) => Math.abs(value - wanted[i]!)))).toBeLessThan(1e-4);
});

function padded(rows: readonly number[][], filler: number): Int32Array {
  return Int32Array.from(rows.flatMap((row) => [...row, filler]));
}

test("a batch in parts gives what it gives at once", async () => {
  using once = await openStep({ rowsPerPass: Number.POSITIVE_INFINITY });
  using parts = await openStep({ rowsPerPass: 7 });
  expect((await parts.accumulate(BATCH)).lossSum).toBeCloseTo((await once.accumulate(BATCH)).lossSum, 4);
  const wanted = await once.gradientBuffer();
  const got = await parts.gradientBuffer();
  expect(Math.max(...got.map((value, i) => Math.abs(value - wanted[i]!)))).toBeLessThan(1e-4);
  expect((await parts.evaluate(BATCH)).perToken[20]).toBeCloseTo((await once.evaluate(BATCH)).perToken[20]!, 5);
});

for (const mode of ["whole", "blocks"] as const) {
  test(`a frozen base in 8 bits gives adapters the gradients of its unpacked weights: ${mode}`, async () => {
    const model = withLowRankMaps(trainableBioGpt(GOLDEN_CONFIG), {
      rank: 2,
      alpha: 4,
      targets: ["query", "contract"],
    });
    const shapes = new Map(model.parameters.map(({ name, shape }) => [name, shape]));
    const adapter = (name: string): Float32Array =>
      Float32Array.from({ length: elementCount(shapes.get(name)!) }, (_, i) => 0.2 * Math.cos(i + name.length));
    const options = { model, mode, trainable: isLowRank };
    const first = (name: string): Float32Array => weights.get(name) ?? adapter(name);
    using packed = await openStep({ ...options, initial: first, frozenMaps: "int8" });
    const rounded = await packed.parameter("blocks.1.expand.weight");
    const exact = weights.get("blocks.1.expand.weight")!;
    const errors = exact.map((value, i) => Math.abs(value - rounded[i]!));
    expect(Math.max(...errors)).toBeGreaterThan(0);
    expect(Math.max(...errors)).toBeLessThan(0.3 / 127);
    using twin = await openStep({
      ...options,
      initial: (name) => (isLowRank(name) ? adapter(name) : packed.parameter(name)),
    });
    expect((await packed.accumulate(BATCH)).lossSum).toBeCloseTo((await twin.accumulate(BATCH)).lossSum, 4);
    const wanted = await twin.gradientBuffer();
    const got = await packed.gradientBuffer();
    expect(Math.hypot(...wanted)).toBeGreaterThan(1);
    expect(Math.max(...got.map((value, i) => Math.abs(value - wanted[i]!)))).toBeLessThan(1e-4);
    expect(packed.stateBytes).toBe(twin.stateBytes);
  });
}

for (const mode of ["whole", "blocks"] as const) {
  test.skipIf(gpu === undefined)(`20 updates on webgpu follow those on cpu within 1e-3: ${mode}`, async () => {
    const dropout = { embedding: 0.1, attention: 0.1, residual: 0.1 };
    using here = await openStep({ mode, dropout });
    using there = await openStep({ mode, dropout, device: gpu! });
    for (let step = 0; step < 20; step++) {
      const [want, got] = [await here.accumulate(BATCH), await there.accumulate(BATCH)];
      expect(Math.abs(got.lossSum / want.lossSum - 1)).toBeLessThan(1e-3);
      for (const trained of [here, there]) {
        await trained.update({ learningRate: 3e-3, gradientScale: 1 / want.tokens, clip: 1 });
        await trained.zeroGradients();
      }
    }
    expect((await here.evaluate(BATCH)).lossSum).toBeLessThan(0.9 * golden.loss);
    const { first } = await there.moments();
    const wanted = (await here.moments()).first;
    expect(Math.max(...first.map((value, i) => Math.abs(value - wanted[i]!)))).toBeLessThan(1e-3);
  });
}

test.skipIf(gpu === undefined)("Muon on webgpu follows that on cpu", async () => {
  using here = await openStep({ optimizer: "muon" });
  using there = await openStep({ optimizer: "muon", device: gpu! });
  for (let step = 0; step < 5; step++) {
    const [want, got] = [await here.accumulate(BATCH), await there.accumulate(BATCH)];
    expect(Math.abs(got.lossSum / want.lossSum - 1)).toBeLessThan(2e-3);
    for (const trained of [here, there]) {
      await trained.update({ learningRate: 3e-3, matrixLearningRate: 1e-2, gradientScale: 1 / want.tokens, clip: 1 });
      await trained.zeroGradients();
    }
  }
  expect((await here.evaluate(BATCH)).lossSum).toBeLessThan(0.95 * golden.loss);
});

test("Muon without a map to update is refused", async () => {
  const frozen = openStep({ optimizer: "muon", trainable: (name) => name.endsWith("bias") });
  await expect(frozen).rejects.toThrow("Muon has nothing to update");
});

test("z-loss adds the squared logarithm of the denominator, and its gradient", async () => {
  using step = await openStep({ zLoss: 0.1 });
  const { lossSum } = await step.accumulate(BATCH);
  const norm = await step.gradientNorm();
  expect(lossSum).toBeGreaterThan(golden.loss + 1);
  const gradient = (await step.gradientBuffer()).slice();
  const lossAt = async (distance: number): Promise<number> => {
    for (const { name, offset } of step.trained) {
      const values = await step.parameter(name);
      const start = weights.get(name)!;
      for (let i = 0; i < values.length; i++) values[i] = start[i]! + (distance * gradient[offset + i]!) / norm;
    }
    return (await step.accumulate(BATCH)).lossSum;
  };
  expect(((await lossAt(0.01)) - (await lossAt(-0.01))) / 0.02 / norm).toBeCloseTo(1, 2);
});

test("clipping shortens the scaled gradient to the norm asked for", async () => {
  using clipped = await openStep();
  using scaled = await openStep();
  await clipped.accumulate(BATCH);
  await scaled.accumulate(BATCH);
  const norm = await scaled.gradientNorm();
  const { gradientNorm } = await clipped.update({ learningRate: 1e-3, gradientScale: 0.1, clip: 0.5 });
  expect(gradientNorm).toBeCloseTo(0.1 * norm, 4);
  await scaled.update({ learningRate: 1e-3, gradientScale: 0.5 / norm });
  const { first } = await scaled.moments();
  const got = (await clipped.moments()).first;
  expect(Math.max(...got.map((value, i) => Math.abs(value - first[i]!)))).toBeLessThan(1e-7);
  expect(Math.hypot(...first)).toBeCloseTo(0.1 * 0.5, 5); // (1 - beta1) times the clipped norm
});

test("parameters exempt from decay keep their size where nothing pulls", async () => {
  using step = await openStep({});
  await step.update({ learningRate: 0.1, weightDecay: 0.5, decays: (name) => name.endsWith(".weight") });
  const of = async (name: string): Promise<number> => (await step.parameter(name))[3]! / weights.get(name)![3]!;
  expect(await of("blocks.0.query.weight")).toBeCloseTo(0.95, 6);
  expect(await of("blocks.0.query.bias")).toBe(1);
  expect(await of("tokenEmbedding")).toBe(1);
});

test("a batch outside of the model is refused", async () => {
  using step = await openStep();
  const ids = BATCH.ids.slice();
  ids[3] = 23;
  await expect(step.accumulate({ ...BATCH, ids })).rejects.toThrow("The id 23 is outside of the vocabulary of 23.");
  await expect(step.accumulate({ ...BATCH, length: 9 })).rejects.toThrow("where the model has 8 positions");
  await expect(step.accumulate({ ...BATCH, batch: 2 })).rejects.toThrow("Arrays of 21, 21 and 14 for 2 x 7.");
});

test("nothing to train is an error", async () => {
  await expect(openStep({ trainable: () => false })).rejects.toThrow("None of the 36 parameters is to be trained.");
});

test("first values of a wrong size are refused by name", async () => {
  const initial = (name: string): Float32Array =>
    name === "finalNorm.bias" ? new Float32Array(3) : weights.get(name)!;
  await expect(openStep({ initial })).rejects.toThrow("finalNorm.bias has the shape (12), but 3 values were given");
});

test("a pass that was stopped says so, and the step goes on", async () => {
  using step = await openStep();
  await expect(step.accumulate(BATCH, AbortSignal.abort())).rejects.toMatchObject({ kind: "aborted" });
  expect(step.microBatches).toBe(0);
  await step.zeroGradients();
  expect((await step.accumulate(BATCH)).lossSum).toBeCloseTo(golden.loss, 3);
});

test("batches of other shapes than the first are compiled when they come", async () => {
  using step = await openStep({ keptShapes: 1 });
  const row = (values: Int32Array): Int32Array => values.slice(0, 7);
  const single = { batch: 1, length: 7, ids: row(BATCH.ids), labels: row(BATCH.labels) };
  const first = (await step.accumulate(single)).lossSum;
  await step.accumulate(BATCH);
  expect((await step.accumulate(single)).lossSum).toBe(first);
});
