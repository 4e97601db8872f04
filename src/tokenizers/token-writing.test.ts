import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseSentencePieceModel } from "./sentencepiece/model-file.ts";
import { SentencePieceTokenizer } from "./sentencepiece/sentencepiece-tokenizer.ts";
import { byteString, type TokenGroup, type TokenWriting } from "./token-writing.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { publishedTokenizers, WRITING_TOKENIZERS } from "./writing-tokenizers.fixture.ts";

const TOKENIZERS = new Map<string, Tokenizer>([
  ...[...WRITING_TOKENIZERS].map(([name, open]): [string, Tokenizer] => [name, open()]),
  ...publishedTokenizers(),
]);

/** Goes from token to token as the numbers say: which group, and which of its tokens. */
function walk(
  writing: TokenWriting,
  choices: readonly (readonly [number, number])[],
): { ids: number[]; bytes: string } {
  let state = writing.start;
  let bytes = "";
  const ids: number[] = [];
  for (const [which, at] of choices) {
    const groups = writing.groups(state).filter(({ tokens }) => tokens.length > 0);
    const { tokens, spaced } = groups[which % groups.length] as TokenGroup;
    const token = tokens[at % tokens.length]!;
    bytes += (spaced ? " " : "") + token.bytes;
    ids.push(token.id);
    state = writing.after(state, token);
  }
  return { ids, bytes };
}

const textOf = (bytes: string): string =>
  new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));

/** Decoders differ in how many U+FFFD stand for bytes that are no text; a constraint never writes such. */
const isText = (bytes: string): boolean => !textOf(bytes).includes("\ufffd");

describe.each([...TOKENIZERS.keys()])("%s", (name) => {
  const tokenizer = TOKENIZERS.get(name)!;
  const writing = tokenizer.writing!()!;

  test("what tokens are said to write is what they decode to", () => {
    let told = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 12 }), (choices) => {
        const { ids, bytes } = walk(writing, choices);
        if (!isText(bytes)) return;
        told++;
        expect(tokenizer.decode(ids)).toBe(textOf(bytes));
      }),
      { numRuns: 3000 },
    );
    expect(told).toBeGreaterThan(300);
  });

  test("most of the vocabulary can be written", () => {
    const ids = new Set<number>();
    const seen = new Set([writing.start]);
    for (const state of seen)
      for (const { tokens } of writing.groups(state))
        for (const token of tokens) {
          ids.add(token.id);
          seen.add(writing.after(state, token));
        }
    expect(ids.size).toBeGreaterThan(0.95 * (tokenizer.vocabularySize - 5));
    for (const id of [tokenizer.endId, tokenizer.padId, ...tokenizer.learnedIds]) expect(ids).not.toContain(id);
  });
});

test("a vocabulary that cannot spell every byte says nothing", () => {
  const file = readFileSync(new URL("../../test/fixtures/tokenizers/tokenizer.model", import.meta.url));
  const model = { ...parseSentencePieceModel(file, "tokenizer.model"), byteFallback: false };
  expect(new SentencePieceTokenizer(model).writing()).toBeUndefined();
  expect(byteString("aµ€")).toBe("a\u00c2\u00b5\u00e2\u0082\u00ac");
});
