/** The same weights as people have them: wrapped, averaged, padded, in other types, without a tokenizer. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Generation } from "../model.ts";
import { fairseqFolder, LETTERS, TINY, tinyFolder, writeVocabulary } from "../tiny-model.fixture.ts";
import { inspectModel } from "./inspection.ts";
import { loadModelFolder } from "./load-folder.ts";

const IDS = [2, 5, 9, 11, 3, 7];

async function scoreOf(path: string): Promise<{ score: number; warnings: readonly string[] }> {
  using model = await loadModelFolder(path, "tiny", { threads: 1 });
  const [scored] = await model.score([IDS]);
  return { score: scored!.logLikelihood, warnings: model.warnings };
}

const plain = await tinyFolder();
const wanted = (await scoreOf(plain)).score;

for (const [wrapper, rename] of [
  ["DataParallel", (name) => `module.${name}`],
  ["torch.compile", (name) => `_orig_mod.${name}`],
  ["torch.compile over DataParallel", (name) => `_orig_mod.module.${name}`],
  [
    "FSDP, which marks every wrapped part",
    (name) => `_fsdp_wrapped_module.${name.replace("biogpt.layers", "biogpt._fsdp_wrapped_module.layers")}`,
  ],
  ["a Lightning module", (name) => `model.${name}`],
  ["a trainer's own class", (name) => `student.net.${name}`],
] as [string, (name: string) => string][]) {
  test(`names that ${wrapper} lengthened are those of the model, and it is told`, async () => {
    const { score, warnings } = await scoreOf(await tinyFolder({ rename }));
    expect(score).toBe(wanted);
    expect(warnings).toEqual([expect.stringContaining(`names begin with "${rename("").replace(/biogpt.*/, "")}"`)]);
  });
}

test("a beginning that not all names share stays a mistake", async () => {
  const folder = await tinyFolder({ rename: (name) => (name.includes("fc1") ? `extra.${name}` : name) });
  await expect(scoreOf(folder)).rejects.toMatchObject({
    code: "models/unknown-tensor",
    what: expect.stringContaining("extra.biogpt.layers.0.fc1.bias, which is no tensor of BioGPT"),
  });
});

test("one tensor under its wrapped and its bare name is two", async () => {
  const folder = await tinyFolder({
    rename: (name) => (name.endsWith("embed_tokens.weight") ? `module.${name}` : name),
  });
  expect((await scoreOf(folder)).score).toBe(wanted);
  const { openCheckpoint } = await import("../../checkpoints/index.ts");
  const { tensors } = await openCheckpoint(folder);
  const { mapTensors } = await import("../../models/tensor-table.ts");
  const { BIOGPT } = await import("../../models/biogpt/family.ts");
  const twice = new Map([
    ...tensors,
    ["biogpt.embed_tokens.weight", tensors.get("module.biogpt.embed_tokens.weight")!],
  ]);
  expect(() => mapTensors(BIOGPT, twice)).toThrow("twice under different names");
});

test("the mean of fairseq's checkpoints comes before the last, and the choice is told", async () => {
  const folder = await tinyFolder({ file: "checkpoint_avg.pt" });
  await tinyFolder({ folder, file: "checkpoint_last.pt", seed: 2 });
  await tinyFolder({ folder, file: "checkpoint_best.pt", seed: 3 });
  const { score, warnings } = await scoreOf(folder);
  expect(score).toBe(wanted);
  expect(warnings).toEqual([
    expect.stringContaining("checkpoint_avg.pt is used, not checkpoint_best.pt, checkpoint_last.pt. Name a file"),
  ]);
  const last = await scoreOf(join(folder, "checkpoint_last.pt"));
  expect([last.score === wanted, last.warnings]).toEqual([false, []]);
  expect((await inspectModel(folder)).problems).toEqual([expect.stringContaining("checkpoint_avg.pt is used")]);
  rmSync(join(folder, "checkpoint_avg.pt"));
  expect((await scoreOf(folder)).warnings).toEqual([
    expect.stringContaining("checkpoint_best.pt is used, not checkpoint_last.pt"),
  ]);
});

test("a mean by another name counts too; of two nobody knows which was meant", async () => {
  const folder = await tinyFolder({ file: "checkpoint.avg5.pt" });
  await tinyFolder({ folder, file: "checkpoint_last.pt", seed: 2 });
  expect((await scoreOf(folder)).score).toBe(wanted);
  await tinyFolder({ folder, file: "checkpoint.avg10.pt", seed: 3 });
  await expect(scoreOf(folder)).rejects.toMatchObject({
    code: "checkpoints/no-weights",
    what: expect.stringContaining("checkpoint.avg10.pt, checkpoint.avg5.pt, checkpoint_last.pt"),
  });
});

test("ids need no tokenizer: they are scored and continued, and text is refused by name", async () => {
  const folder = await tinyFolder({ vocabulary: undefined });
  expect((await scoreOf(folder)).score).toBe(wanted);
  using bare = await loadModelFolder(folder, "bare", { threads: 1 });
  using whole = await loadModelFolder(plain, "tiny", { threads: 1 });
  const first = async (model: typeof bare): Promise<Generation> =>
    (await model.generate(IDS, { maxNewTokens: 4 }))[0]![0]!;
  const [mine, theirs] = [await first(bare), await first(whole)];
  expect([mine.ids, mine.text]).toEqual([theirs.ids, theirs.ids.join(" ")]);
  let streamed = "";
  for await (const { text } of bare.stream(IDS, { maxNewTokens: 4 })) streamed += text;
  expect(streamed).toBe(mine.text);
  expect((await bare.score([IDS]))[0]).toMatchObject({ text: "2 5 9 11 3 7", bitsPerCharacter: undefined });
  await expect(bare.generate("a")).rejects.toMatchObject({
    code: "tokenizers/not-found",
    what: expect.stringContaining("The model bare has no tokenizer"),
  });
});

test("half a tokenizer is a mistake, not none", async () => {
  const folder = await tinyFolder();
  rmSync(join(folder, "merges.txt"));
  await expect(scoreOf(folder)).rejects.toMatchObject({ code: "tokenizers/not-found" });
});

test("rows without a name are padding: no prompt is guessed, none of them is generated", async () => {
  const config = { ...TINY, vocabularySize: LETTERS.length + 34 };
  const folder = await tinyFolder({ config });
  using model = await loadModelFolder(folder, "padded", { threads: 1 });
  expect([model.tokenizer.learnedIds, model.tokenizer.vocabularySize]).toEqual([[], LETTERS.length]);
  expect(model.warnings).toEqual([expect.stringContaining("34 rows more than the vocabulary")]);
  const settings = { maxNewTokens: 20, temperature: 5, returnCount: 16, seed: 4 };
  const [drawn] = await model.generate([2], settings);
  expect(Math.max(...drawn!.flatMap(({ ids }) => [...ids]))).toBeLessThan(LETTERS.length);
  expect((await inspectModel(folder)).problems).toEqual([expect.stringContaining("taken as padding")]);
});

test("a prompt is learned where the vocabulary names it, whatever stands behind it", async () => {
  const config = { ...TINY, vocabularySize: LETTERS.length + 6 };
  const folder = await tinyFolder({ config, vocabulary: [...LETTERS, "learned1</w>", "learned2</w>"] });
  using model = await loadModelFolder(folder, "tuned", { threads: 1 });
  expect(model.tokenizer.learnedIds).toEqual([LETTERS.length, LETTERS.length + 1]);
  expect(model.warnings).toEqual([expect.stringContaining("4 rows more")]);
});

test("fairseq's fine-tuned checkpoint says how long its prompt is, and its dictionary does not name it", async () => {
  const config = { ...TINY, vocabularySize: LETTERS.length + 9 };
  const folder = fairseqFolder(config, 9, LETTERS);
  using model = await loadModelFolder(folder, "tuned", { threads: 1 });
  expect([model.tokenizer.learnedIds.length, model.warnings]).toEqual([9, []]);
  expect((await inspectModel(folder)).problems).toEqual([]);
  using untuned = await loadModelFolder(fairseqFolder(config, 0, LETTERS), "untuned", { threads: 1 });
  expect([untuned.tokenizer.learnedIds, untuned.warnings.length]).toEqual([[], 1]);
});

test("a vocabulary of another model is refused", async () => {
  const folder = await tinyFolder({ config: { ...TINY, vocabularySize: LETTERS.length + 1025 } });
  await expect(scoreOf(folder)).rejects.toMatchObject({ code: "pretrained/vocabulary-mismatch" });
  writeVocabulary(plain, [...LETTERS, "more</w>"]);
  await expect(scoreOf(plain)).rejects.toMatchObject({ code: "pretrained/vocabulary-mismatch" });
  writeVocabulary(plain, LETTERS);
});

test("float64 weights are rounded when they are read, and it is told", async () => {
  const folder = await tinyFolder({ dtype: "float64" });
  const { score, warnings } = await scoreOf(folder);
  expect(score).toBe(wanted);
  expect(warnings).toEqual([expect.stringContaining("36 of 36 tensors are float64")]);
  using quantised = await loadModelFolder(folder, "q8", {
    threads: 1,
    precision: "q8",
    cacheFolder: join(folder, "cache"),
  });
  expect((await quantised.score([IDS]))[0]!.logLikelihood).toBeCloseTo(wanted, 0);
});
