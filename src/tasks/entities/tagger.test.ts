/** A tagger over a model that scores by ids: what it reads, and what it makes of the scores. */
import { expect, test } from "vitest";
import type { EncodedSequence } from "../../models/sequence-encoder.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { Tagger } from "./tagger.ts";

/** Words are tokens; a word's id is its length plus 10. */
const tokenizer = {
  endId: 2,
  encodeWithOffsets(text: string) {
    const words = [...text.matchAll(/\S+/g)];
    return {
      ids: Int32Array.from(words, ({ 0: word }) => 10 + word.length),
      starts: Int32Array.from(words, ({ index }) => index),
      ends: Int32Array.from(words, ({ 0: word, index }) => index + word.length),
    };
  },
  piece: () => "x",
} as unknown as Tokenizer;

const read: EncodedSequence[][] = [];
/** A word of seven letters begins a name, one of five goes on with it. */
const encoder = {
  async run(sequences: readonly EncodedSequence[]) {
    read.push([...sequences]);
    const scores = sequences.flatMap(({ ids, rows }) =>
      Array.from(rows, (row) => (ids[row] === 17 ? [0, 4, 0] : ids[row] === 15 ? [0, -1, 3] : [2, 0, 0])).flat(),
    );
    return new Map([["scores", Float32Array.from(scores)]]);
  },
};

const reading = { copies: 2, samePositions: false, tokens: 8, context: 0 } as const;

test("documents come back in order with their mentions, texts are read twice in windows", async () => {
  using tagger = new Tagger({ encoder, tokenizer, types: ["Gene"], reading });
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
  using tagger = new Tagger({ encoder, tokenizer, types: ["Gene"], reading });
  const tagging = tagger.tag([{ passages: [{ text: "a" }] }], AbortSignal.abort());
  await expect(tagging.next()).rejects.toMatchObject({ code: "aborted" });
});
