import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { encodeTokenShards, openTokenShards, readTokenManifest } from "./token-shards.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-shards-"));
const shards = join(folder, "tokens");
afterEach(() => rmSync(shards, { recursive: true, force: true }));

/** A character's code is its id; enough of a tokenizer for shards. */
const letters = (vocabularySize: number, hash = "letters"): Tokenizer =>
  ({
    vocabularySize,
    hash,
    endId: 2,
    unknownId: 3,
    encode: (text: string) => Int32Array.from(text, (c) => c.codePointAt(0)!),
  }) as unknown as Tokenizer;

for (const vocabularySize of [300, 200_000]) {
  test(`documents come back as they were written, vocabulary ${vocabularySize}`, async () => {
    const texts = ["aspirin", "", "a", "é".repeat(100)];
    const manifest = await encodeTokenShards(texts, {
      folder: shards,
      tokenizer: letters(vocabularySize),
      source: "test",
    });
    expect(manifest).toMatchObject({ documentCount: 3, tokenCount: 111, characterCount: 108, unknownCount: 0 });
    expect(manifest.elementType).toBe(vocabularySize > 65_535 ? "uint32" : "uint16");
    using opened = openTokenShards(shards, { tokenizerHash: "letters" });
    expect([...opened.lengths]).toEqual([8, 2, 101]);
    const tokens = new Int32Array(8);
    opened.read(0, 0, tokens);
    expect([...tokens]).toEqual([2, ...[..."aspirin"].map((c) => c.codePointAt(0)!)]);
    const part = new Int32Array(2);
    opened.read(2, 99, part);
    expect([...part]).toEqual([233, 233]);
  });
}

test("a wrong tokenizer is refused", async () => {
  await encodeTokenShards(["text"], { folder: shards, tokenizer: letters(300), source: "test" });
  expect(() => openTokenShards(shards, { tokenizerHash: "other" })).toThrow(/tokenized by another tokenizer/);
});

test("an empty corpus leaves nothing behind", async () => {
  await expect(
    encodeTokenShards(["", ""], { folder: shards, tokenizer: letters(300), source: "test" }),
  ).rejects.toThrow(/no text to tokenize/);
  expect(readdirSync(folder)).toEqual([]);
});

test("stopping leaves nothing behind", async () => {
  const controller = new AbortController();
  async function* texts(): AsyncGenerator<string> {
    yield "one";
    controller.abort();
    yield "two";
  }
  const options = { folder: shards, tokenizer: letters(300), source: "test", signal: controller.signal };
  await expect(encodeTokenShards(texts(), options)).rejects.toMatchObject({ code: "aborted" });
  expect(readdirSync(folder)).toEqual([]);
});

test("files that were cut or changed are refused by name", async () => {
  await encodeTokenShards(["some text"], { folder: shards, tokenizer: letters(300), source: "test" });
  const file = join(shards, "tokens-000.bin");
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(99, 4, 5));
  expect(() => openTokenShards(shards, { tokenizerHash: "letters" })).toThrow(/tokens-000.bin.*SHA-256/);
  truncateSync(file, bytes.length - 2);
  expect(() => openTokenShards(shards, { tokenizerHash: "letters" })).toThrow(/has 18 bytes, the manifest says 20/);
});

test("hostile manifests are refused", async () => {
  await encodeTokenShards(["some text"], { folder: shards, tokenizer: letters(300), source: "test" });
  const path = join(shards, "manifest.json");
  const good = JSON.parse(readFileSync(path, "utf8"));
  const shard = good.shards[0];
  for (const change of [
    { shards: [] },
    { shards: [{ ...shard, tokens: "../../etc/passwd" }] },
    { documentCount: -1 },
    { tokenCount: 1e300 },
    { documentCount: 5e9, shards: [{ ...shard, documentCount: 5e9 }] },
    { version: 2 },
    { shards: null },
  ]) {
    writeFileSync(path, JSON.stringify({ ...good, ...change }));
    expect(() => readTokenManifest(shards), JSON.stringify(change)).toThrow(/not as it was written/);
  }
  writeFileSync(path, "{");
  expect(() => readTokenManifest(shards)).toThrow(/not as it was written/);
  writeFileSync(path, JSON.stringify({ format: "corpus" }));
  expect(readTokenManifest(shards)).toBeUndefined();
});
