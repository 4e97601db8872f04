/** A 10B folder as published: what may be missing, what stops the loading by name, weights in parts, and what inspect says. */
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { TensorToWrite } from "../checkpoints/index.ts";
import { writeSafetensors } from "../checkpoints/index.ts";
import { temporaryFolder } from "../files/scratch.fixture.ts";
import type { BioMedGptConfig } from "../models/biomedgpt/config.ts";
import { inspectModel } from "./load/inspection.ts";
import { loadModel } from "./load/load.ts";
import type { ModelCheckpoint } from "./load/model-checkpoint.ts";
import { missingPartNames, openWeights } from "./load/open-weights.ts";
import { readModelFolder } from "./load/read-model-folder.ts";
import { TINY_WITH_TEXT as TINY, TINY_BIOMEDGPTS, tinyBioMedGpt } from "./tiny-biomedgpt.fixture.ts";

const FILE = TINY_BIOMEDGPTS.find(({ name }) => name === "file")!;
const read = async (change: (tensors: TensorToWrite[]) => TensorToWrite[]): Promise<ModelCheckpoint> =>
  readModelFolder(await tinyBioMedGpt(TINY, { change }));
const without = (part: string) => (tensors: TensorToWrite[]) => tensors.filter(({ name }) => !name.includes(part));
const one = (name: string, values: readonly number[]): TensorToWrite => ({
  ...{ name, dtype: "float32", shape: [values.length], data: Float32Array.from(values) },
});
const frequencies = ({ config }: ModelCheckpoint): readonly number[] | undefined =>
  (config as BioMedGptConfig).protein?.frequencies;

test("frequencies of the protein encoder: in every layer, once, nowhere; the language model's are computed", async () => {
  const everywhere = await read((tensors) => tensors);
  expect(frequencies(everywhere)?.length).toBe(5);
  expect(frequencies(everywhere)?.[1]).not.toBe(10_000 ** -0.2); // rounded to half precision
  expect(frequencies(await read(without("inv_freq")))).toBeUndefined();
  const once = await read((tensors) => [
    ...without("inv_freq")(tensors),
    one("prot_structure_encoder.rotary_embeddings.inv_freq", [1, 0.5, 0.25, 0.125, 0.0625]),
    one("llm.model.layers.0.self_attn.rotary_emb.inv_freq", [9, 9, 9, 9]),
  ]);
  expect(frequencies(once)).toEqual([1, 0.5, 0.25, 0.125, 0.0625]);
  expect([...once.entries.keys()].filter((name) => /freq/.test(name))).toEqual([]);
  const other = "prot_structure_encoder.rotary_embeddings.inv_freq";
  await expect(read((tensors) => [...tensors, one(other, [1, 1, 1, 1, 1])])).rejects.toThrow(
    /not those of its other layers/,
  );
  await expect(read((tensors) => [...without("inv_freq")(tensors), one(other, [1])])).rejects.toThrow(
    /1 values, not 5/,
  );
});

test("what is of no use is dropped, what is unknown or missing stops the loading by name", async () => {
  const extras = [
    one("prot_structure_encoder.embeddings.position_ids", [0, 1]),
    one("prot_structure_encoder.pooler.dense.bias", [0]),
    one("mol_structure_encoder.batch_norms.0.num_batches_tracked", [7]),
  ];
  const kept = await read((tensors) => [...tensors, ...extras]);
  expect(kept.config.vocabularySize).toBe(481);
  await expect(read((tensors) => [...tensors, one("cell_encoder.bias", [0])])).rejects.toThrow(
    /holds cell_encoder.bias, which is no tensor of BioMedGPT/,
  );
  for (const name of [
    "proj_prot.bias",
    "mol_structure_encoder.gnns.1.mlp.2.weight",
    "llm.model.layers.2.mlp.up_proj.weight",
  ])
    await expect(read(without(name))).rejects.toThrow(name);
  await expect(read(without("mol_structure_encoder."))).rejects.toThrow(/x_embedding1.weight/);
});

test("a config that is missing or damaged, a tokenizer of another model, another vocabulary of residues", async () => {
  const folder = await tinyBioMedGpt(TINY);
  const config = join(folder, "protein", "config.json");
  const text = readFileSync(config, "utf8");
  writeFileSync(config, text.replace('"rotary"', '"absolute"'));
  await expect(loadModel(folder)).rejects.toThrow(/only rotary positions/);
  rmSync(config);
  await expect(loadModel(folder)).rejects.toThrow(/protein\/config.json \(from facebook\/esm2_t36_3B_UR50D\)/);
  writeFileSync(config, text);
  const vocabulary = join(folder, "protein", "vocab.txt");
  appendFileSync(vocabulary, "J\n");
  await expect(loadModel(folder)).rejects.toThrow(/vocab.txt has 34 tokens, the protein encoder 33/);
  rmSync(vocabulary);
  const llm = join(folder, "llm", "config.json");
  writeFileSync(llm, readFileSync(llm, "utf8").replace('"vocab_size":480', '"vocab_size":60'));
  await expect(loadModel(folder)).rejects.toThrow(/\(481, 48\)/);
});

test("weights in parts: each a checkpoint of its own, or bytes of one file that are joined once", async () => {
  const name = (n: number): string => `biomedgpt_10b-0000${n}-of-00003.pth`;
  let all: TensorToWrite[] = [];
  const folder = await tinyBioMedGpt(TINY, { change: (tensors) => (all = tensors), weights: "other.pth" });
  rmSync(join(folder, "other.pth"));
  for (const n of [1, 2, 3])
    await writeSafetensors(
      join(folder, name(n)),
      all.filter((_, i) => i % 3 === n - 1),
    );
  expect((await readModelFolder(folder)).entries.size).toBe((await read((tensors) => tensors)).entries.size);
  rmSync(join(folder, name(2)));
  await expect(loadModel(folder)).rejects.toThrow(/Missing: biomedgpt_10b-00002-of-00003.pth/);
  await expect(openWeights(folder)).rejects.toThrow(/lacks biomedgpt_10b-00002-of-00003.pth/);
  expect(missingPartNames(["a.pth.part1", "a.pth.part3"])).toEqual(["a.pth.part2"]);

  const cut = await tinyBioMedGpt(FILE);
  const bytes = readFileSync(join(cut, "biomedgpt_10b.pth"));
  rmSync(join(cut, "biomedgpt_10b.pth"));
  for (const [i, start] of [0, 20_000, 40_000].entries())
    writeFileSync(
      join(cut, `biomedgpt_10b.pth.part${i + 1}`),
      bytes.subarray(start, i === 2 ? undefined : start + 20_000),
    );
  const cacheFolder = temporaryFolder();
  const stopped = AbortSignal.abort();
  await expect(openWeights(cut, { cacheFolder, signal: stopped })).rejects.toMatchObject({ kind: "aborted" });
  const counts: number[] = [];
  const opened = await openWeights(cut, { cacheFolder, progress: ({ done }) => counts.push(done) });
  expect(readFileSync(opened.files[0]!).equals(bytes)).toBe(true);
  expect(counts).toEqual([20_000, 40_000, bytes.length]);
  const again = await openWeights(cut, { cacheFolder, progress: () => expect.unreachable("it was joined before") });
  expect(again.files).toEqual(opened.files);
});

test("inspect: what there is, what is missing and where it is to be had, memory of the language model and of the encoders", async () => {
  const folder = await tinyBioMedGpt(TINY);
  const whole = await inspectModel(folder);
  expect(whole.model?.modelType).toBe("biomedgpt-llama");
  expect(whole.needed?.every(({ there }) => there)).toBe(true);
  expect(whole.problems).toEqual([expect.stringContaining("1 row more")]);
  expect(whole.memory!.encoders!.fp32).toBeGreaterThan(whole.memory!.encoders!.q4);
  const parts = whole.memory!.weights.fp32 + whole.memory!.encoders!.fp32;
  expect(parts).toBe(4 * whole.parameters);
  rmSync(join(folder, "protein", "vocab.txt"));
  expect((await inspectModel(folder)).problems).toContain(
    "protein/vocab.txt is missing; it is in facebook/esm2_t36_3B_UR50D.",
  );
  const empty = temporaryFolder();
  mkdirSync(join(empty, "llm"));
  writeFileSync(join(empty, "biomedgpt_10b_readme.txt.tmp"), "");
  await expect(inspectModel(empty)).rejects.toThrow(
    /biomedgpt_10b.pth \(from PharMolix\/BioMedGPT-10B\), llm\/config.json/,
  );
});
