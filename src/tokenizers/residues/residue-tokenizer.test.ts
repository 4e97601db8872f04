/** Wanted ids: transformers' EsmTokenizer on facebook/esm2_t36_3B_UR50D's vocab.txt; where lower case and unknown letters differ, see the file. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ESM2_VOCABULARY, parseResidueVocabulary, ResidueTokenizer, residueNotes } from "./residue-tokenizer.ts";

const tokenizer = new ResidueTokenizer();

test.each([
  ["LAGVS", [4, 5, 6, 7, 8]],
  ["WCB", [22, 23, 25]],
  ["", []],
  ["L A\nG\r\n", [4, 5, 6]],
  ["lagvs", [4, 5, 6, 7, 8]],
  ["MKJJT", [20, 15, 24, 24, 11]],
  ["L<mask>", [4, 24, 20, 5, 8, 15, 24]],
])("%j", (text, ids) => {
  expect([...tokenizer.encode(text)]).toEqual(ids);
});

test("the ends of a chain and its special tokens", () => {
  expect([tokenizer.beginId, tokenizer.endId, tokenizer.padId, tokenizer.unknownId, tokenizer.maskId]).toEqual([
    0, 2, 1, 3, 32,
  ]);
  expect([...tokenizer.encode("L<mask>A", { recognizeSpecialTokens: true })]).toEqual([4, 32, 5]);
  expect(tokenizer.decode([0, 4, 32, 5, 2])).toBe("LA");
  expect(tokenizer.decode([0, 4, 2], { keepSpecialTokens: true })).toBe("<cls>L<eos>");
  expect(() => tokenizer.decode([33])).toThrow(/no token 33/);
});

test("what was changed is said", () => {
  const read = tokenizer.readResidues("mkJ jT*");
  expect(read.sequence).toBe("MKXXTX");
  expect(read.lowerCase).toBe(3);
  expect([...read.unknown]).toEqual([
    ["J", [3, 4]],
    ["*", [6]],
  ]);
  expect(residueNotes(read)).toEqual([
    "3 of 6 residues were in lower case and were upper-cased.",
    '"J" is no residue that the model knows; X stands for it (2 times: 3, 4).',
    '"*" is no residue that the model knows; X stands for it (1 times: 6).',
  ]);
  expect(residueNotes(tokenizer.readResidues("LAGVS"))).toEqual([]);
});

test("vocab.txt is read, a broken one refused", () => {
  expect(parseResidueVocabulary(`${ESM2_VOCABULARY.join("\n")}\n`)).toEqual(ESM2_VOCABULARY);
  expect(() => parseResidueVocabulary("<cls>\n\nL")).toThrow(/line 2 is empty/);
  expect(() => new ResidueTokenizer(["L", "A"])).toThrow(/<cls> is missing/);
  expect(() => new ResidueTokenizer([...ESM2_VOCABULARY, "L"])).toThrow(/twice/);
});

test("any residues come back, each from its place; any text gives a token for each visible character", () => {
  const residue = fc.constantFrom(...ESM2_VOCABULARY.filter((token) => token.length === 1));
  fc.assert(
    fc.property(fc.string({ unit: residue }), (text) => {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const { ids, starts, ends } = tokenizer.encodeWithOffsets(text);
      const visible = [...text].filter((character) => !/\s/.test(character));
      expect(Array.from(ids, (_, i) => text.slice(starts[i], ends[i]))).toEqual(visible);
    }),
  );
});
