import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { normalizePunctuation } from "../../tokenizers/moses-bpe/normalize-punctuation.ts";
import { trainBpe } from "../../tokenizers/moses-bpe/train.ts";
import { WordCounter } from "../../tokenizers/moses-bpe/word-count.ts";
import { openTokenizerFolder, TOKENIZER_METADATA, writeTokenizerFolder } from "./tokenizer-folder.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "biogpt-tokenizer-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const TEXT = "Aspirin inhibits cyclo-oxygenase (COX-1) in the patient’s platelets; aspirin is “safe”.";

async function makeFolder(name: string): Promise<string> {
  const path = join(folder, name);
  const counter = new WordCounter("sacremoses");
  for (let i = 0; i < 5; i++) counter.add(normalizePunctuation(TEXT).text);
  const learned = await trainBpe(counter.words(), { merges: 40 });
  await writeTokenizerFolder(path, {
    learned,
    moses: "sacremoses",
    normalizePunctuation: true,
    notes: { from: "a test" },
  });
  return path;
}

test("a trained tokenizer is written in both forms, which give the same ids, as its metadata says", async () => {
  const path = await makeFolder("new");
  expect((await readdir(path)).sort()).toEqual([
    "biogpt-tokenizer.json",
    "bpecodes",
    "dict.txt",
    "merges.txt",
    "vocab.json",
  ]);
  expect(await readdir(folder)).toEqual(["new"]);
  const tokenizer = await openTokenizerFolder(path);
  expect([tokenizer.moses, tokenizer.normalizesPunctuation]).toEqual(["sacremoses", true]);
  await rm(join(path, "vocab.json"));
  const fairseq = await openTokenizerFolder(path);
  expect(fairseq.hash).toBe(tokenizer.hash);
  expect(fairseq.encode(TEXT)).toEqual(tokenizer.encode(TEXT));
  expect(tokenizer.encode(TEXT)).not.toContain(tokenizer.unknownId);
});

test("options go before the folder's own word; learned tokens are added", async () => {
  const path = await makeFolder("new");
  const tokenizer = await openTokenizerFolder(path, { moses: "perl", normalizePunctuation: false, learnedTokens: 9 });
  expect([tokenizer.moses, tokenizer.normalizesPunctuation, tokenizer.learnedIds.length]).toEqual(["perl", false, 9]);
});

test("a changed vocabulary is noticed", async () => {
  const path = await makeFolder("new");
  const vocabulary = await readFile(join(path, "vocab.json"), "utf8");
  await writeFile(join(path, "vocab.json"), vocabulary.replace('"A"', '"Q"'));
  await expect(openTokenizerFolder(path)).rejects.toMatchObject({ code: "tokenizers/metadata" });
  await rm(join(path, TOKENIZER_METADATA));
  await expect(openTokenizerFolder(path)).resolves.toMatchObject({ moses: "perl" });
});

test.each([
  ["{", "is not JSON"],
  ['{"format":"biogpt-tokenizer/9"}', "is not understood"],
])("metadata %j is refused", async (text, message) => {
  const path = await makeFolder("new");
  await writeFile(join(path, TOKENIZER_METADATA), text);
  await expect(openTokenizerFolder(path)).rejects.toThrow(message);
});

test("half a tokenizer, none, a file, and nothing are told apart", async () => {
  await expect(openTokenizerFolder(folder)).rejects.toThrow("holds no tokenizer");
  await writeFile(join(folder, "vocab.json"), "{}");
  await expect(openTokenizerFolder(folder)).rejects.toThrow("holds only vocab.json");
  await expect(openTokenizerFolder(join(folder, "vocab.json"))).rejects.toThrow("is not a folder");
  await expect(openTokenizerFolder(join(folder, "nothing"))).rejects.toMatchObject({ kind: "not-found" });
});

test("text in another encoding is refused", async () => {
  await writeFile(join(folder, "dict.txt"), Buffer.from([0xe9, 0x20, 0x31]));
  await writeFile(join(folder, "bpecodes"), "a b 1\n");
  await expect(openTokenizerFolder(folder)).rejects.toThrow("is not UTF-8");
});

test("a folder in use is never overwritten, and nothing is left behind", async () => {
  const path = join(folder, "used");
  await mkdir(path);
  await writeFile(join(path, "notes.txt"), "mine");
  await expect(makeFolder("used")).rejects.toMatchObject({ code: "tokenizers/folder-in-use", kind: "usage" });
  expect(await readdir(path)).toEqual(["notes.txt"]);
  expect(await readdir(folder)).toEqual(["used"]);
});
