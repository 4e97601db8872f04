import fc from "fast-check";
import { expect, test } from "vitest";
import { type DictionaryMatch, DictionaryMatcher } from "./distant-matcher.ts";

/** The slow twin: at every offset every form, longest first. */
function naive(forms: readonly string[], text: string): DictionaryMatch<string>[] {
  const word = /[\p{L}\p{N}\p{M}]/u;
  const inside = (at: number): boolean => word.test(text[at - 1] ?? "") && word.test(text[at] ?? "");
  const sorted = [...forms].sort((a, b) => b.length - a.length);
  const matches: DictionaryMatch<string>[] = [];
  for (let start = 0; start < text.length; start++) {
    const form = sorted.find(
      (candidate) =>
        candidate !== "" && text.startsWith(candidate, start) && !inside(start) && !inside(start + candidate.length),
    );
    if (form === undefined) continue;
    matches.push({ start, end: start + form.length, value: form });
    start += form.length - 1;
  }
  return matches;
}

const pairs = (forms: readonly string[]): [string, string][] => forms.map((form) => [form, form]);

test("finds what the naive twin finds", () => {
  const text = (maxLength: number): fc.Arbitrary<string> =>
    fc.string({ unit: fc.constantFrom("a", "a", "b", "1", " ", " ", "-", "é"), maxLength, size: "max" });
  let found = 0;
  fc.assert(
    fc.property(fc.array(text(4), { maxLength: 12 }), text(60), (forms, read) => {
      const matches = new DictionaryMatcher(pairs(forms)).find(read);
      expect(matches).toEqual(naive(forms, read));
      found += matches.length;
    }),
    { numRuns: 500 },
  );
  expect(found).toBeGreaterThan(200); // else the property says little
});

test("whole words only, the longest form, and nothing twice", () => {
  const matcher = new DictionaryMatcher(pairs(["pain", "chest pain", "[3h]-naloxone", "naloxone", "α-msh"]));
  const found = (text: string): string[] => matcher.find(text).map(({ value }) => value);
  expect(found("painful chest pain, pain-free; paint")).toEqual(["chest pain", "pain"]);
  expect(found("[3h]-naloxone and naloxone-like α-msh")).toEqual(["[3h]-naloxone", "naloxone", "α-msh"]);
  expect(found("chest painful")).toEqual([]);
});
