import fc from "fast-check";
import { expect, test } from "vitest";
import { BytePairEncoder } from "./byte-pair-encoder.ts";
import { escapeMoses } from "./moses.ts";
import type { Merges } from "./vocabulary.ts";

/** Hugging Face's test of BioGptTokenizer, where `<unk>` is 20. */
const TOY = "l o w e r s t i d n w</w> r</w> t</w> lo low er</w> low</w> lowest</w> newer</w> wider</w> <unk>".split(
  " ",
);
const TOY_MERGES: Merges = [
  ["l", "o"],
  ["lo", "w"],
  ["e", "r</w>"],
];

test("Hugging Face's toy vocabulary: lower is low and er", () => {
  const encoder = new BytePairEncoder(TOY, TOY_MERGES, 20);
  expect(encoder.encode("lower")).toEqual({ ids: Int32Array.of(14, 15), ends: Int32Array.of(3, 5) });
  expect([...encoder.encode("lo?").ids]).toEqual([13, 20]);
});

/** The algorithm with spellings instead of numbers. */
function encodeNaively(word: string, merges: Merges): string[] {
  let parts = [...(word === "@-@" ? word : escapeMoses(word))];
  parts[parts.length - 1] += "</w>";
  while (parts.length > 1) {
    const rank = (i: number): number => {
      const found = merges.findIndex(([left, right]) => left === parts[i] && right === parts[i + 1]);
      return found < 0 ? Number.POSITIVE_INFINITY : found;
    };
    const best = Math.min(...parts.slice(1).map((_, i) => rank(i)));
    if (best === Number.POSITIVE_INFINITY) break;
    const [left, right] = merges[best]!;
    const merged: string[] = [];
    for (let i = 0; i < parts.length; i++) {
      if (parts[i] === left && parts[i + 1] === right) merged.push(parts[i]! + parts[++i]!);
      else merged.push(parts[i]!);
    }
    parts = merged;
  }
  return parts;
}

// Parts that overlap themselves, that two merges make, and that belong to escapes.
const MERGES: Merges = [
  ["a", "a"],
  ["b", "a"],
  ["a", "b"],
  ["aa", "b"],
  ["a", "ba"],
  ["ab", "a"],
  ["aa", "ba"],
  ["a", "ab"],
  ["aa", "a"],
  ["&", "a"],
  ["&a", "p"],
  ["s", ";"],
  ["a", "b</w>"],
  ["ab", "a</w>"],
  ["𝑎", "b"],
  ["aab", "aab"],
];
const PIECES = [
  ...new Set([
    "<s>",
    "<pad>",
    "</s>",
    "<unk>",
    "a",
    "b",
    "a</w>",
    "b</w>",
    "𝑎",
    "&",
    "p",
    "o",
    ";</w>",
    ...MERGES.flatMap(([l, r]) => [l, r, l + r]),
  ]),
];

test("equals the algorithm on spellings, in any order of merges, short words by scanning and long ones by the heap", () => {
  const unit = fc.constantFrom("a", "b", "a", "b", "a", "𝑎", "'", "&", "x");
  const word = fc
    .oneof(
      fc.array(unit, { minLength: 1, maxLength: 20 }),
      fc.array(fc.constantFrom("a", "b", "a", "𝑎"), { minLength: 97, maxLength: 120 }),
    )
    .map((parts) => parts.join(""));
  const order = fc.shuffledSubarray([...MERGES], { minLength: MERGES.length - 3 });
  fc.assert(
    fc.property(word, order, (word, merges) => {
      const want = encodeNaively(word, merges).map((piece) => (PIECES.includes(piece) ? PIECES.indexOf(piece) : 3));
      const { ids, ends } = new BytePairEncoder(PIECES, merges, 3).encode(word);
      expect(ids.join(" ")).toBe(want.join(" "));
      expect(ends.at(-1)).toBe(word.length);
    }),
    { numRuns: 2000 },
  );
});

test("an escape belongs to its first piece; a split dash is one character", () => {
  const encoder = new BytePairEncoder(PIECES, MERGES, 3);
  expect([...encoder.encode("b'a").ends]).toEqual([1, 2, 2, 2, 3]); // b &ap o s; a
  expect([...encoder.encode("@-@").ends]).toEqual([1, 1, 1]);
});

test("a base sequence of 400,000 letters takes no quadratic time", () => {
  const encoder = new BytePairEncoder(PIECES, MERGES, 3);
  expect(encoder.encode("ab".repeat(200_000)).ends.at(-1)).toBe(400_000);
});
