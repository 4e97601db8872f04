/** A tagger over a model that scores by ids: what it reads, and what it makes of the scores. */
import { expect, test } from "vitest";
import type { EncodedSequence } from "../../models/sequence-encoder.ts";
import { wordTagger } from "./word-tagger.fixture.ts";

test("documents come back in order with their mentions, texts are read twice in windows", async () => {
  const read: EncodedSequence[][] = [];
  using tagger = wordTagger({}, read);
  const documents = [
    { id: "1", passages: [{ text: "a letters words b" }, { text: "letters" }] },
    { id: "2", passages: [{ text: "" }] },
    { id: "3", passages: [{ text: "One two. Six four five six. letters words. b c d." }] },
  ];
  const results = [];
  for await (const { document, mentions } of tagger.tag(documents)) {
    results.push([
      document.id,
      ...mentions.map(({ passage, start, text, type }) => `${passage} ${start} ${type} ${text}`),
    ]);
    for (const { probability } of mentions) expect(probability).toBeGreaterThan(0.5);
  }
  expect(results).toEqual([["1", "0 2 Gene letters words", "1 0 Gene letters"], ["2"], ["3", "0 28 Gene letters"]]);
  for (const { ids, rows } of read.flat()) {
    expect(ids.length % 2).toBe(0);
    expect(ids.length).toBeLessThanOrEqual(2 * 9);
    const half = ids.length / 2;
    expect([...(ids as Int32Array)].slice(0, half)).toEqual([...(ids as Int32Array)].slice(half));
    expect(Math.min(...(rows as number[]))).toBeGreaterThan(half);
  }
});

test("an aborted signal stops it", async () => {
  using tagger = wordTagger();
  const tagging = tagger.tag([{ passages: [{ text: "a" }] }], AbortSignal.abort());
  await expect(tagging.next()).rejects.toMatchObject({ code: "aborted" });
});
