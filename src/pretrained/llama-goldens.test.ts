/**
 * Llamas, Mistrals and Qwens of odd sizes give what transformers gives: logits, padded batches, greedy and beams, hidden states, loss.
 *
 * Wanted values: test/golden/llama-tiny.py, transformers 5.18.0, torch 2.13.0. Weights are made here by its formula, written as a checkpoint in
 * Hugging Face's layout and opened as a user's would be.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type TensorDataType, type TensorToWrite, writeSafetensors } from "../checkpoints/index.ts";
import { readFloat32 } from "../checkpoints/read-tensor.ts";
import { type GenerationSettings, generate } from "../generation/generation.ts";
import { elementCount } from "../graph/data-type.ts";
import { familyOf, familyOfConfig } from "../models/registry.ts";
import { openDevice } from "../runtime/device.ts";
import { isLowRank, lowRankValues, withLowRankMaps } from "../training/step/lora.ts";
import { createTrainingStep } from "../training/step/training-step.ts";
import { openEncoder } from "./heads/open-encoder.ts";
import { openDecoder } from "./load/open-decoder.ts";
import { readModelFolder } from "./load/read-model-folder.ts";

interface Generated {
  readonly ids: readonly (readonly number[])[];
  readonly scores: readonly number[] | null;
}
interface Case {
  readonly name: string;
  readonly dtype: TensorDataType;
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: readonly string[];
  readonly prompts: readonly (readonly number[])[];
  readonly lastLogits: readonly (readonly number[])[];
  readonly firstLogits: readonly number[];
  /** Mean over the third prompt, nats. */
  readonly loss: number;
  /** Of the first prompt's last token: the embedding, what comes out of each block, the last one normalised. */
  readonly hidden: readonly (readonly number[])[];
  readonly greedy: Generated;
  readonly beam3: Generated;
  readonly beam4penalty: Generated;
}

const { cases } = JSON.parse(
  readFileSync(new URL("../../test/fixtures/models/llama-tiny.json", import.meta.url), "utf8"),
) as { cases: readonly Case[] };
const root = mkdtempSync(join(tmpdir(), "biogpt-llama-"));
afterAll(() => rmSync(root, { recursive: true }));

function values(parameter: number, count: number, isGain: boolean): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    const x = 43758.5453 * Math.sin(12.9898 * (i + 1) + 78.233 * (parameter + 1));
    return 0.9 * (x - Math.floor(x) - 0.5) + (isGain ? 1 : 0);
  });
}

function tensorsOf({ config, tensors, dtype }: Case): TensorToWrite[] {
  const family = familyOfConfig(config);
  const specs = new Map(family.tensors(family.parseConfig(config)).map((spec) => [spec.huggingFace, spec.shape]));
  expect(new Set(tensors)).toEqual(new Set(specs.keys()));
  return tensors.map((name, p) => {
    const shape = specs.get(name)!;
    return { name, dtype, shape, data: values(p, elementCount(shape), name.endsWith("norm.weight")) };
  });
}

/** Large cases lie in two shards with an index. */
async function folderOf(golden: Case, shards = golden.tensors.length > 25 ? 2 : 1): Promise<string> {
  const folder = join(root, `${golden.name.replaceAll(/\W+/g, "-")}-${shards}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.json"), JSON.stringify(golden.config));
  const tensors = tensorsOf(golden);
  if (shards === 1) await writeSafetensors(join(folder, "model.safetensors"), tensors);
  else {
    const shardOf = (i: number): string =>
      `model-0000${1 + Math.floor((i * shards) / tensors.length)}-of-0000${shards}.safetensors`;
    for (const shard of new Set(tensors.map((_, i) => shardOf(i))))
      await writeSafetensors(
        join(folder, shard),
        tensors.filter((_, i) => shardOf(i) === shard),
      );
    const map = Object.fromEntries(tensors.map(({ name }, i) => [name, shardOf(i)]));
    writeFileSync(join(folder, "model.safetensors.index.json"), JSON.stringify({ metadata: {}, weight_map: map }));
  }
  return folder;
}

function expectClose(got: ArrayLike<number>, want: readonly number[], tolerance: number): void {
  for (const [i, value] of want.entries()) expect(Math.abs(got[i]! - value), `at ${i}`).toBeLessThan(tolerance);
}

for (const golden of cases) {
  describe(golden.name, async () => {
    const checkpoint = await readModelFolder(await folderOf(golden));

    test("logits, at once and after a cached prefix", async () => {
      const { decoder, dispose } = await openDecoder(checkpoint, "fp32", { slots: 12, threads: 1 });
      for (const [i, tokens] of golden.prompts.entries()) {
        const [logits] = await decoder.forward([{ slot: 0, start: 0, tokens, wanted: 1 }]);
        expectClose(logits!, golden.lastLogits[i]!, 1e-4);
        await decoder.forward([{ slot: 1, start: 0, tokens: tokens.slice(0, 2), wanted: 0 }]);
        for (let at = 2; at < tokens.length; at++) {
          const [step] = await decoder.forward([{ slot: 1, start: at, tokens: [tokens[at]!], wanted: 1 }]);
          if (at === tokens.length - 1) expectClose(step!, golden.lastLogits[i]!, 1e-4);
        }
      }
      const long = golden.prompts[2]!;
      const [all] = await decoder.forward([{ slot: 2, start: 0, tokens: long, wanted: long.length }]);
      expectClose(all!.subarray(0, decoder.vocabularySize), golden.firstLogits, 1e-4);
      dispose();
    });

    const settings: Readonly<Record<"greedy" | "beam3" | "beam4penalty", GenerationSettings>> = {
      greedy: {},
      beam3: { beams: 3, returnCount: 3, earlyStopping: true },
      beam4penalty: { beams: 4, lengthPenalty: 0.5 },
    };
    test("greedy and beams, prompts of different length at once", async () => {
      const { decoder, dispose } = await openDecoder(checkpoint, "fp32", { slots: 12, threads: 1 });
      for (const name of ["greedy", "beam3", "beam4penalty"] as const) {
        const asked = { endId: 2, bannedIds: [], maxNewTokens: 12, ...settings[name] };
        const results = await generate(decoder, golden.prompts, asked);
        expect(results.flatMap((sequences) => sequences.map(({ ids }) => ids))).toEqual(golden[name].ids);
        const scores = results.flatMap((sequences) => sequences.map(({ score }) => score));
        if (golden[name].scores !== null) expectClose(scores, golden[name].scores, 1e-4);
      }
      dispose();
    });

    test("hidden states, beside a longer sequence", async () => {
      const layers = golden.hidden.map((_, layer) => layer);
      using encoder = await openEncoder(checkpoint, { layers }, { threads: 1 });
      const [short, , long] = golden.prompts as [number[], number[], number[]];
      const rows = await encoder.encoder.run([
        { ids: short, rows: [short.length - 1] },
        { ids: long, rows: [0] },
      ]);
      for (const layer of layers) expectClose(rows.get(`hidden.${layer}`)!, golden.hidden[layer]!, 1e-4);
    });

    for (const mode of ["whole", "blocks"] as const) {
      test(`the loss of the training graph, which a step lowers: ${mode}`, async () => {
        using device = await openDevice("cpu", { threads: 1 });
        const long = golden.prompts[2]!;
        const batch = {
          ...{ batch: 1, length: long.length - 1 },
          ids: Int32Array.from(long.slice(0, -1)),
          labels: Int32Array.from(long.slice(1)),
        };
        const { config, entries } = checkpoint;
        using step = await createTrainingStep({
          ...{ device, model: familyOf(config).trainable!(config), shape: batch, mode },
          initial: (name) => readFloat32(entries.get(name)!),
        });
        const before = await step.evaluate(batch);
        expect(before.lossSum / before.tokens).toBeCloseTo(golden.loss, 4);
        await step.zeroGradients();
        const { tokens } = await step.accumulate(batch);
        await step.update({ learningRate: 0.01, gradientScale: 1 / tokens, weightDecay: 0 });
        expect((await step.evaluate(batch)).lossSum).toBeLessThan(before.lossSum - 1);
      });
    }
  });
}

test("LoRA on attention and on the gate lowers the loss, and nothing else moves", async () => {
  const golden = cases[1]!;
  const { config, entries } = await readModelFolder(await folderOf(golden));
  using device = await openDevice("cpu", { threads: 1 });
  const long = golden.prompts[2]!;
  const batch = {
    ...{ batch: 1, length: long.length - 1 },
    ids: Int32Array.from(long.slice(0, -1)),
    labels: Int32Array.from(long.slice(1)),
  };
  const model = withLowRankMaps(familyOf(config).trainable!(config), {
    ...{ rank: 2, alpha: 8, targets: ["query", "key", "gate", "down"] },
  });
  const shapes = new Map(model.parameters.map(({ name, shape }) => [name, shape]));
  using step = await createTrainingStep({
    ...{ device, model, shape: batch, mode: "blocks", trainable: isLowRank },
    initial: (name) => (isLowRank(name) ? lowRankValues(name, shapes.get(name)!, 1) : readFloat32(entries.get(name)!)),
  });
  const before = await step.evaluate(batch);
  expect(before.lossSum / before.tokens).toBeCloseTo(golden.loss, 4);
  for (let i = 0; i < 5; i++) {
    await step.zeroGradients();
    const { tokens } = await step.accumulate(batch);
    await step.update({ learningRate: 0.02, gradientScale: 1 / tokens, weightDecay: 0 });
  }
  expect((await step.evaluate(batch)).lossSum).toBeLessThan(before.lossSum - 1);
  expect(await step.parameter("blocks.0.query.weight")).toEqual(
    await readFloat32(entries.get("blocks.0.query.weight")!),
  );
});
