import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { TOKENIZER_DATA } from "./goldens.fixture.ts";
import {
  expectSameOrigin,
  formatFairseqDictionary,
  formatMerges,
  formatVocabularyJson,
  fromFairseq,
  learnedIdsOf,
  parseFairseqDictionary,
  parseMerges,
  parseVocabularyJson,
  toFairseq,
  withLearnedTokens,
} from "./vocabulary.ts";

const PIECES = ["<s>", "<pad>", "</s>", "<unk>", "the</w>", "th", "10</w>", "1", "@-@</w>"];

test("both forms hold the same vocabulary, number-like pieces in their places", () => {
  expect(parseVocabularyJson(formatVocabularyJson(PIECES))).toEqual(PIECES);
  expect(parseFairseqDictionary(formatFairseqDictionary(PIECES, new Map([[4, 12]])))).toEqual(PIECES);
  expect(formatFairseqDictionary(PIECES, new Map([[4, 12]]))).toBe("the 12\nth@@ 0\n10 0\n1@@ 0\n@-@ 0\n");
});

test("spellings go over and back", () => {
  for (const piece of PIECES) expect(fromFairseq(toFairseq(piece))).toBe(piece);
  expect(fromFairseq("@@")).toBe("@@</w>");
});

test("merges: two or three columns, a version line, Windows line ends", () => {
  expect(parseMerges("#version: 0.2\r\na b\r\nc d</w> 17\r\n")).toEqual([
    ["a", "b"],
    ["c", "d</w>"],
  ]);
  expect(parseMerges(formatMerges([["a", "b", 3]]))).toEqual([["a", "b"]]);
});

test.each([
  ["{", "is not JSON"],
  ["[]", "is not a JSON object"],
  ['{"<s>":0,"a":2}', 'gives "a" the id 2, but has 2 pieces'],
  ['{"<s>":0,"a":0}', 'gives the id 0 to "<s>" and to "a"'],
  ['{"<s>":0,"a":1.5}', "the id 1.5"],
  ['{"<s>":0,"<pad>":1,"</S>":2,"<unk>":3}', 'lacks </s>. Did you mean "</S>"?'],
  ['{"<s>":0,"<pad>":1,"</s>":2,"<unk>":3,"":4}', 'has the piece "" (id 4)'],
  ['{"<s>":0,"<pad>":1,"</s>":2,"<unk>":3,"a b":4}', 'has the piece "a b" (id 4)'],
])("vocab.json %j is refused", (text, message) => {
  expect(() => parseVocabularyJson(text)).toThrow(message);
});

test("dict.txt and merges with broken lines are refused by line", () => {
  expect(() => parseFairseqDictionary("the 3\nof\n")).toThrow('dict.txt has "of" in line 2');
  expect(() => parseFairseqDictionary("the 3\nthe 2\n")).toThrow('holds "the</w>" twice');
  expect(() => parseMerges("a b\na b c\n")).toThrow('merges.txt has "a b c" in line 2');
  expect(() => parseMerges("a b\na b 3\n")).toThrow('lists the pair "a b" twice, the second time in line 2');
});

test("learned tokens stand behind the vocabulary", () => {
  const extended = withLearnedTokens(PIECES, 3);
  expect(learnedIdsOf(extended)).toEqual([9, 10, 11]);
  expect(learnedIdsOf(PIECES)).toEqual([]);
  expect(learnedIdsOf([...PIECES, "learned2</w>"])).toEqual([]);
});

test("a vocabulary with another model's merges is refused", () => {
  const made = Array.from({ length: 150 }, (_, i): [string, string] => ["x", String.fromCodePoint(0x4e00 + i)]);
  const vocabulary = [...PIECES.slice(0, 4), ...made.map(([left, right]) => left + right), "learned1</w>"];
  expectSameOrigin(vocabulary, made);
  expectSameOrigin(vocabulary, made.slice(0, 60)); //                          90 are fillers, perhaps
  expect(() => expectSameOrigin(vocabulary, made.slice(0, 40))).toThrow("no merge makes 110 of the 154 pieces");
});

test.skipIf(!existsSync(TOKENIZER_DATA)).each([
  ["biogpt", 42384, 40000],
  ["biogpt-large", 57717, 50000],
])("%s's own files: %d pieces, %d merges", (name, pieceCount, mergeCount) => {
  const read = (file: string): string => readFileSync(new URL(`${name}/${file}`, TOKENIZER_DATA), "utf8");
  const vocabulary = parseFairseqDictionary(read("dict.txt"));
  const merges = parseMerges(read("bpecodes"));
  expect(vocabulary).toHaveLength(pieceCount);
  expect(merges).toHaveLength(mergeCount);
  expect(parseVocabularyJson(formatVocabularyJson(vocabulary))).toEqual(vocabulary);
  expectSameOrigin(vocabulary, merges);
  const other = name === "biogpt" ? "biogpt-large" : "biogpt";
  const foreign = parseMerges(readFileSync(new URL(`${other}/bpecodes`, TOKENIZER_DATA), "utf8"));
  expect(() => expectSameOrigin(vocabulary, foreign)).toThrow("do not belong together");
});
