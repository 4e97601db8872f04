/**
 * BioGPTs of odd sizes give what transformers gives: logits, padded batches, greedy and beams.
 *
 * Wanted values: test/golden/biogpt-tiny.py, transformers 5.18.0, torch 2.13.0. Weights are made here by its formula, written as a
 * checkpoint in Hugging Face's layout and opened as a user's would be.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openCheckpoint, writeSafetensors } from "../checkpoints/index.ts";
import { type GenerationSettings, generate } from "../generation/generation.ts";
import { parseBioGptConfig } from "../models/biogpt/config.ts";
import { tensorSpecs } from "../models/biogpt/tensor-names.ts";
import { readModelCheckpoint } from "./load/model-checkpoint.ts";
import { type OpenedDecoder, openDecoder } from "./load/open-decoder.ts";

interface Generated {
  readonly ids: readonly (readonly number[])[];
  readonly scores: readonly number[] | null;
}
interface Case {
  readonly name: string;
  readonly config: unknown;
  readonly tensors: readonly string[];
  readonly prompts: readonly (readonly number[])[];
  readonly lastLogits: readonly (readonly number[])[];
  readonly firstLogits: readonly number[];
  readonly greedy: Generated;
  readonly beam3: Generated;
  readonly beam4penalty: Generated;
}

const { cases } = JSON.parse(
  readFileSync(new URL("../../test/fixtures/models/biogpt-tiny.json", import.meta.url), "utf8"),
) as { cases: readonly Case[] };
const folder = mkdtempSync(join(tmpdir(), "biogpt-tiny-"));
afterAll(() => rmSync(folder, { recursive: true }));

function values(parameter: number, count: number, isGain: boolean): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => {
    const x = 43758.5453 * Math.sin(12.9898 * (i + 1) + 78.233 * (parameter + 1));
    return 0.9 * (x - Math.floor(x) - 0.5) + (isGain ? 1 : 0);
  });
}

async function open({ name, config, tensors }: Case, slots = 12): Promise<OpenedDecoder> {
  const place = join(folder, name.replaceAll(/\W+/g, "-"));
  const specs = new Map(tensorSpecs(parseBioGptConfig(config)).map((spec) => [spec.huggingFace, spec.shape]));
  expect(new Set(tensors)).toEqual(new Set(specs.keys()));
  await writeSafetensors(
    `${place}.safetensors`,
    tensors.map((tensor, p) => {
      const shape = specs.get(tensor)!;
      const count = shape.reduce((product, size) => product * size, 1);
      return { name: tensor, dtype: "float32" as const, shape, data: values(p, count, tensor.endsWith("norm.weight")) };
    }),
  );
  writeFileSync(`${place}.json`, JSON.stringify(config));
  const checkpoint = await readModelCheckpoint(await openCheckpoint(`${place}.safetensors`), config);
  return openDecoder(checkpoint, "fp32", { slots });
}

function expectClose(got: ArrayLike<number>, want: readonly number[], tolerance: number): void {
  for (const [i, value] of want.entries()) expect(Math.abs(got[i]! - value), `at ${i}`).toBeLessThan(tolerance);
}

for (const golden of cases) {
  describe(golden.name, () => {
    test("logits, one by one and after a cached prefix", async () => {
      const { decoder, dispose } = await open(golden);
      for (const [i, tokens] of golden.prompts.entries()) {
        const [logits] = await decoder.forward([{ slot: 0, start: 0, tokens, wanted: 1 }]);
        expectClose(logits!, golden.lastLogits[i]!, 2e-5);
        await decoder.forward([{ slot: 1, start: 0, tokens: tokens.slice(0, 2), wanted: 0 }]);
        for (let at = 2; at < tokens.length; at++) {
          const [step] = await decoder.forward([{ slot: 1, start: at, tokens: [tokens[at]!], wanted: 1 }]);
          if (at === tokens.length - 1) expectClose(step!, golden.lastLogits[i]!, 2e-5);
        }
      }
      const [all] = await decoder.forward([
        { slot: 2, start: 0, tokens: golden.prompts[2]!, wanted: golden.prompts[2]!.length },
      ]);
      expectClose(all!.subarray(0, decoder.vocabularySize), golden.firstLogits, 2e-5);
      dispose();
    });

    const settings: Readonly<Record<"greedy" | "beam3" | "beam4penalty", GenerationSettings>> = {
      greedy: {},
      beam3: { beams: 3, returnCount: 3, earlyStopping: true },
      beam4penalty: { beams: 4, lengthPenalty: 0.5 },
    };
    for (const name of ["greedy", "beam3", "beam4penalty"] as const) {
      test(`${name}, prompts of different length at once`, async () => {
        const { decoder, dispose } = await open(golden);
        const results = await generate(decoder, golden.prompts, {
          endId: 2,
          bannedIds: [],
          maxNewTokens: 12,
          ...settings[name],
        });
        expect(results.flatMap((sequences) => sequences.map(({ ids }) => ids))).toEqual(golden[name].ids);
        const scores = results.flatMap((sequences) => sequences.map(({ score }) => score));
        if (golden[name].scores !== null) expectClose(scores, golden[name].scores, 1e-4);
        dispose();
      });
    }
  });
}
