import fc from "fast-check";
import { expect, test } from "vitest";
import { normalizePunctuation } from "./normalize-punctuation.ts";

test.each([
  ["Alzheimer’s disease – a review", "Alzheimer's disease - a review"],
  ["„so“ “so” «so» ‘so’ `so´ ‚so", '"so" "so" "so" \'so\' \'so\' \'so'],
  ["a—b…", "a - b..."],
  ["''quoted'' ’’x", '"quoted" "x'],
  ["5\u00a0%; why\u00a0?", "5%; why?"],
  ["He said “yes”, “no”...", 'He said "yes," "no..."'],
  ["1\u00a0000 ′ ‑ ⋯ − •", "1\u00a0000 ′ ‑ ⋯ − •"],
])("%j", (text, want) => {
  expect(normalizePunctuation(text).text).toBe(want);
});

test("text without such punctuation is returned as it is", () => {
  expect(normalizePunctuation("don't (5 %), β-catenin")).toEqual({ text: "don't (5 %), β-catenin" });
});

test("every unit tells where it comes from", () => {
  const text = "x—“y”. …";
  const { text: normalized, origin } = normalizePunctuation(text);
  expect(normalized).toBe('x - "y." ...');
  const from = [...normalized].map((_, i) => text.slice(origin!.starts[i], origin!.ends[i]));
  expect(from).toEqual(["x", "", "—", "", "“", "y", ".", "”", " ", "…", "", ""]);
});

test("nothing is lost and nothing comes twice: the places hold every unit but no-break spaces", () => {
  const text = fc.array(fc.constantFrom(..."ab'`’“”–—…\".,%\u00a0 "), { maxLength: 30 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, (text) => {
      const { origin } = normalizePunctuation(text);
      if (origin === undefined) return;
      const covered = new Uint8Array(text.length);
      for (const [i, start] of origin.starts.entries()) for (let at = start; at < origin.ends[i]!; at++) covered[at]!++;
      for (const [at, times] of covered.entries()) expect(times).toBe(times === 0 && text[at] === "\u00a0" ? 0 : 1);
    }),
    { numRuns: 5000 },
  );
});
