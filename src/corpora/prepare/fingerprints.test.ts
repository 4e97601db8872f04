import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { FingerprintTable, GramReader } from "./fingerprints.ts";

/** The grams as a person would write them down. */
function gramsOf(text: string, n: number): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const size = Math.min(n, words.length);
  return words.length === 0
    ? []
    : Array.from({ length: words.length - size + 1 }, (_, i) => words.slice(i, i + size).join(" "));
}

test("fingerprints are equal exactly where the grams are equal", () => {
  const word = fc.constantFrom("a", "ab", "b", "1", "β", "É", "é", "the", "THE");
  const gap = fc.constantFrom(" ", ", ", "-", "\n", " (", "’", "…");
  fc.assert(
    fc.property(fc.array(fc.tuple(word, gap), { maxLength: 30 }), fc.integer({ min: 1, max: 5 }), (parts, n) => {
      const text = parts.flat().join("");
      const expected = gramsOf(text, n);
      const { count, high, low } = new GramReader(n).read(text);
      expect(count).toBe(expected.length);
      const seen = new Map<string, string>();
      const back = new Map<string, string>();
      for (const [i, gram] of expected.entries()) {
        const print = `${high[i]}.${low[i]}`;
        expect(seen.get(gram) ?? print).toBe(print);
        expect(back.get(print) ?? gram).toBe(gram);
        seen.set(gram, print);
        back.set(print, gram);
      }
    }),
  );
});

test("halves look random: a million different grams collide no more than chance allows", () => {
  const random = new Random(3);
  const text = Array.from({ length: 300_000 }, () => random.integer(5000).toString(36)).join(" ");
  const { count, high, low } = new GramReader(3).read(text);
  const distinct = new Set(gramsOf(text, 3)).size;
  expect(new Set(Array.from({ length: count }, (_, i) => high[i]! * 2 ** 21 + (low[i]! & 0x1fffff))).size).toBe(
    distinct,
  );
  const sampled = Array.from(low.subarray(0, count)).filter((value) => value % 16 === 0).length;
  expect(sampled / count).toBeCloseTo(1 / 16, 2);
});

test("a table that is full keeps a comparable sample in the memory it was given", () => {
  const table = new FingerprintTable({ rate: 1, maxBytes: 1 << 20 }); // 131,072 slots
  const random = new Random(5);
  const prints = Array.from({ length: 1_000_000 }, () => [random.nextUint32(), random.nextUint32()] as const);
  for (const [high, low] of prints) table.add(high, low);
  expect(table.rate).toBe(16); // 1,000,000 / 16 = 62,500 fit below 70 % of the slots, 125,000 do not
  expect(table.size).toBe(prints.filter(([, low]) => low % 16 === 0).length);
  for (const [high, low] of prints.slice(0, 10_000)) {
    expect(table.samples(low)).toBe(low % 16 === 0);
    expect(table.has(high, low)).toBe(low % 16 === 0);
    expect(table.has(high ^ 1, low)).toBe(false);
  }
});

test("zero halves are held like any others", () => {
  const table = new FingerprintTable({ rate: 1, maxBytes: 1 << 20 });
  expect(table.has(0, 0)).toBe(false);
  table.add(0, 0);
  expect(table.has(0, 0)).toBe(true);
  expect(table.has(0, 5)).toBe(false);
});
