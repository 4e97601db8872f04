/** A converted folder computes what its original does, is byte for byte the same however often its making was stopped, and leaves nothing half-made. */
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openCheckpoint, readFloat32, writeSafetensors } from "../../checkpoints/index.ts";
import { temporaryFolder } from "../../files/scratch.fixture.ts";
import { CLASS_HEAD } from "../../models/family.ts";
import { type ClassifierCheckpoint, readClassifierFolder, saveClassifierFolder } from "../heads/classifier-folder.ts";
import { inspectModel } from "../load/inspection.ts";
import { loadModelFolder } from "../load/load-folder.ts";
import { openModelFolder } from "../load/open-model-folder.ts";
import { TINY_LLAMA, tinyLlama, tinyTensors } from "../tiny-llama.fixture.ts";
import { LETTERS, TINY, tinyFolder, writeVocabulary } from "../tiny-model.fixture.ts";
import { type ConvertedType, convertFolder } from "./convert-folder.ts";

const llama = await tinyLlama();
const biogpt = await tinyFolder(); // its head is the token table
const IDS = [1, 5, 9, 13, 20, 7];

async function scores(folder: string, precision?: "fp32" | "q8" | "q4"): Promise<readonly number[]> {
  using model = await loadModelFolder(folder, "tiny", { threads: 1, precision, cacheFolder: temporaryFolder() });
  return (await model.score([IDS])).map(({ logLikelihood }) => logLikelihood);
}

const into = (): string => join(temporaryFolder(), "out");

for (const [name, source] of [
  ["an own head", llama],
  ["the token table as head", biogpt],
] as const) {
  test.each(["q8", "q4"] as const)(
    `%s, ${name}: the folder runs as the original does in that precision`,
    async (dtype) => {
      const out = into();
      expect((await convertFolder(source, { dtype, out })).folder).toBe(out);
      expect(readdirSync(out).some((file) => file.startsWith(".") || file.endsWith(".partial"))).toBe(false);
      expect(await scores(out)).toEqual(await scores(source, dtype));
      const { model, problems } = await inspectModel(out);
      expect(model!.layers).toBeGreaterThan(0);
      expect(problems).toEqual([]);
      await expect(scores(out, "fp32")).rejects.toThrow(`stored in ${dtype}; fp32 was asked for`);
      await expect(openModelFolder(out)).rejects.toThrow(/quantised weights, which can be run and nothing else/);
      await expect(convertFolder(out, { dtype: "q8", out: into() })).rejects.toMatchObject({
        code: "pretrained/quantized",
      });
    },
  );
}

test.each([
  ["fp32", 0],
  ["bf16", 0.4],
  ["fp16", 0.05],
] as const)("%s keeps Hugging Face's names, and the values as far as the type holds them", async (dtype, tolerance) => {
  const out = into();
  await convertFolder(llama, { dtype, out });
  const [{ tensors }, original] = [await openCheckpoint(out), await openCheckpoint(llama)];
  expect([...tensors.keys()].sort()).toEqual([...original.tensors.keys()].sort());
  const json = JSON.parse(readFileSync(join(out, "config.json"), "utf8")) as Record<string, unknown>;
  expect(json["torch_dtype"]).toBe({ fp32: "float32", bf16: "bfloat16", fp16: "float16" }[dtype]);
  for (const [name, entry] of tensors) {
    const [got, want] = [await readFloat32(entry), await readFloat32(original.tensors.get(name)!)];
    const step = { fp32: 0, bf16: 2 ** -8, fp16: 2 ** -11 }[dtype];
    for (const [i, value] of want.entries())
      expect(Math.abs(got[i]! - value)).toBeLessThanOrEqual(step * Math.abs(value) + (dtype === "fp16" ? 2 ** -25 : 0));
  }
  expect(Math.abs((await scores(out, "fp32"))[0]! - (await scores(llama, "fp32"))[0]!)).toBeLessThanOrEqual(tolerance);
});

test("packed: the bytes of one a weight, in every precision near what it was, and to be converted again", async () => {
  const [out, back] = [into(), into()];
  const { bytes } = await convertFolder(llama, { dtype: "packed", out });
  const { tensors } = await openCheckpoint(llama);
  const elements = [...tensors.values()].reduce((sum, { shape }) => sum + shape.reduce((all, one) => all * one, 1), 0);
  expect(bytes).toBeLessThan(1.25 * elements + 8192);
  const exact = (await scores(llama, "fp32"))[0]!;
  expect(Math.abs((await scores(out, "fp32"))[0]! - exact)).toBeLessThan(0.2);
  expect(Math.abs((await scores(out, "q8"))[0]! - exact)).toBeLessThan(0.4);
  await convertFolder(out, { dtype: "fp32", out: back });
  expect(await scores(back, "fp32")).toEqual(await scores(out, "fp32"));
});

test("a model that finds names is packed with its head; it has no q8 folder", async () => {
  const source = await taggerFolder();
  const out = into();
  await convertFolder(source, { dtype: "packed", out });
  const [of, from] = [await readClassifierFolder(out), await readClassifierFolder(source)];
  expect(of.classes).toEqual(from.classes);
  const [got, want] = [await headOf(of), await headOf(from)];
  for (const [i, value] of want.entries()) expect(got[i]).toBeCloseTo(value, 2);
  await expect(convertFolder(source, { dtype: "q8", out: into() })).rejects.toMatchObject({
    code: "pretrained/has-classes",
  });
});

/** A tiny BioGPT with a head of three classes of words. */
async function taggerFolder(): Promise<string> {
  const folder = temporaryFolder();
  const { family, entries } = await openModelFolder(biogpt);
  await saveClassifierFolder(folder, {
    ...{ family, config: TINY, kind: "tokens", classes: ["O", "B-x", "I-x"] },
    async value(name) {
      const entry = entries.get(name);
      if (entry !== undefined) return readFloat32(entry);
      return Float32Array.from({ length: name === CLASS_HEAD.bias ? 3 : 3 * TINY.width }, (_, i) => Math.cos(i));
    },
  });
  writeVocabulary(folder, LETTERS);
  return folder;
}

function headOf({ entries }: ClassifierCheckpoint): Promise<Float32Array> {
  return readFloat32(entries.get(CLASS_HEAD.weight)!);
}

/** Stops after so many reports of progress. */
async function stopped(source: string, dtype: ConvertedType, out: string, after: number): Promise<void> {
  const stop = new AbortController();
  let reports = 0;
  const progress = (): void => {
    reports++;
    if (reports === after) stop.abort();
  };
  const work = convertFolder(source, { dtype, out, signal: stop.signal, progress });
  await expect(work).rejects.toMatchObject({ kind: "aborted" });
}

test("stopped twice, the journal cut off in its last line, it goes on to the same bytes", async () => {
  const [whole, out] = [into(), into()];
  const dtype = "q4";
  await convertFolder(llama, { dtype, out: whole });
  await stopped(llama, dtype, out, 3);
  expect(existsSync(out)).toBe(false);
  await stopped(llama, dtype, out, 4);
  const journal = join(`${out}.partial`, "model.safetensors.partial.journal");
  const text = readFileSync(journal, "utf8");
  expect(text.split("\n")).toHaveLength(1 + 7 + 1);
  truncateSync(journal, text.length - 3);
  const { resumed } = await convertFolder(llama, { dtype, out });
  expect(resumed).toBe(6);
  expect(readFileSync(join(out, "model.safetensors"))).toEqual(readFileSync(join(whole, "model.safetensors")));
  expect(readdirSync(out).sort()).toEqual(readdirSync(whole).sort());
  expect(existsSync(`${out}.partial`)).toBe(false);
});

test("another type, or a source that has changed, begins anew", async () => {
  const out = into();
  await stopped(llama, "q4", out, 5);
  expect((await convertFolder(llama, { dtype: "q8", out })).resumed).toBe(0);
  const source = await tinyLlama();
  const second = into();
  await stopped(source, "q4", second, 5);
  await writeSafetensors(join(source, "model.safetensors"), tinyTensors(TINY_LLAMA));
  expect((await convertFolder(source, { dtype: "q4", out: second })).resumed).toBe(0);
});

test("what stands in the way is refused before anything is read, and stays", async () => {
  const out = into();
  mkdirSync(out);
  await convertFolder(llama, { dtype: "q4", out }); // an empty folder gives way
  const before = readdirSync(out);
  await expect(convertFolder(llama, { dtype: "q4", out })).rejects.toMatchObject({ code: "pretrained/convert-folder" });
  expect(readdirSync(out)).toEqual(before);
  const file = into();
  writeFileSync(file, "mine");
  await expect(convertFolder(llama, { dtype: "q4", out: file })).rejects.toMatchObject({
    code: "pretrained/convert-folder",
  });
  expect(readFileSync(file, "utf8")).toBe("mine");
});

test("a value beyond half precision stops fp16 by name, and bf16 takes it", async () => {
  const source = await tinyLlama();
  const tensors = tinyTensors(TINY_LLAMA);
  tensors[2]!.data[1] = 70_000;
  await writeSafetensors(join(source, "model.safetensors"), tensors);
  const out = into();
  await expect(convertFolder(source, { dtype: "fp16", out })).rejects.toThrow(`${tensors[2]!.name} holds 70000`);
  expect(existsSync(out)).toBe(false);
  await convertFolder(source, { dtype: "bf16", out });
});

test("a damaged copy is told by the tensor", async () => {
  const out = into();
  await convertFolder(llama, { dtype: "q4", out });
  const config = join(out, "config.json");
  const json = JSON.parse(readFileSync(config, "utf8")) as Record<string, unknown>;
  writeFileSync(config, JSON.stringify({ ...json, num_hidden_layers: 1 }));
  await expect(scores(out)).rejects.toThrow(/it holds blocks\.1\..*, which the model has not/);
  writeFileSync(config, JSON.stringify({ ...json, num_hidden_layers: 3 }));
  await expect(scores(out)).rejects.toThrow(/blocks\.2\..* is missing/);
});
