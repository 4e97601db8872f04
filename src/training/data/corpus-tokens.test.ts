import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { openCorpusTokens, tokensFolder } from "./corpus-tokens.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "biogpt-corpus-tokens-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

let encoded = 0;
const letters = (hash: string): Tokenizer => {
  const encode = (text: string): Int32Array => {
    encoded++;
    return Int32Array.from(text, (c) => c.codePointAt(0)!);
  };
  return { vocabularySize: 300, hash, endId: 2, unknownId: 3, encode } as unknown as Tokenizer;
};
const documents = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) =>
    JSON.stringify({ id: `d${from + i}`, text: `document ${from + i}` }),
  ).join("\n");

test("every hundredth document is held out; encoded once, and again when the data change", async () => {
  const data = join(folder, "documents.jsonl");
  writeFileSync(data, documents(0, 600));
  const tokenizer = letters("a".repeat(64));
  encoded = 0;
  const { train, heldOut } = await openCorpusTokens({ data, tokenizer });
  expect(train.lengths.length + heldOut.lengths.length).toBe(600);
  expect(heldOut.lengths.length).toBeGreaterThanOrEqual(1);
  expect(heldOut.lengths.length).toBeLessThan(20);
  expect(encoded).toBe(600);
  expect(existsSync(join(tokensFolder(data, tokenizer), "train", "manifest.json"))).toBe(true);
  await openCorpusTokens({ data, tokenizer });
  expect(encoded).toBe(600);
  writeFileSync(data, documents(0, 601));
  utimesSync(data, 1, 1);
  await openCorpusTokens({ data, tokenizer });
  expect(encoded).toBe(1201);
  await openCorpusTokens({ data, tokenizer: letters("b".repeat(64)) });
  expect(encoded).toBe(1802);
});

test("a held-out file of one's own leaves every document for training", async () => {
  const [data, held] = [join(folder, "documents.jsonl"), join(folder, "held.jsonl")];
  writeFileSync(data, documents(0, 300));
  writeFileSync(held, documents(300, 310));
  const { train, heldOut } = await openCorpusTokens({ data, heldOut: held, tokenizer: letters("a".repeat(64)) });
  expect([train.lengths.length, heldOut.lengths.length]).toEqual([300, 10]);
});

test("a folder of files, an empty one, and one document", async () => {
  writeFileSync(join(folder, "one.jsonl"), documents(0, 200));
  writeFileSync(join(folder, "two.jsonl"), documents(200, 500));
  const { train, heldOut } = await openCorpusTokens({ data: folder, tokenizer: letters("a".repeat(64)) });
  expect(train.lengths.length + heldOut.lengths.length).toBe(500);
  rmSync(join(folder, "one.jsonl"));
  rmSync(join(folder, "two.jsonl"));
  await expect(openCorpusTokens({ data: folder, tokenizer: letters("a".repeat(64)) })).rejects.toMatchObject({
    code: "training/empty-corpus",
  });
  writeFileSync(join(folder, "one.jsonl"), documents(0, 1));
  await expect(openCorpusTokens({ data: folder, tokenizer: letters("a".repeat(64)) })).rejects.toMatchObject({
    code: "training/corpus-too-small",
  });
});
