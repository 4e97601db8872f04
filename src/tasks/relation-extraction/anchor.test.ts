import fc from "fast-check";
import { expect, test } from "vitest";
import { anchorArgument } from "./anchor.ts";

const document = {
  id: "1",
  passages: [
    { kind: "title" as const, text: "Lithium and the 5'-UTR of Na+/K+-ATPase" },
    { kind: "abstract" as const, text: "LITHIUM (Li) raised na+/k+ atpase; lithium‑induced ‘Pain’ in 𝛼𝛼 cells. Li." },
  ],
};
const texts = (argument: string): string[] =>
  anchorArgument(argument, document).map(({ passage, start, end }) =>
    document.passages[passage]!.text.slice(start, end),
  );

test("every place, whatever the case; whole words only", () => {
  expect(texts("lithium")).toEqual(["Lithium", "LITHIUM", "lithium"]);
  expect(texts("li")).toEqual(["Li", "Li"]);
  expect(texts("ithium")).toEqual([]);
  expect(texts("aspirin")).toEqual([]);
  expect(texts("")).toEqual([]);
  expect(texts(" ")).toEqual([]);
});

test("spacing and punctuation that the tokenizer damages", () => {
  expect(texts("5 '-utr")).toEqual(["5'-UTR"]);
  expect(texts("na + / k + -atpase")).toEqual(["Na+/K+-ATPase"]);
  expect(texts("na + / k + atpase")).toEqual(["na+/k+ atpase"]);
  expect(texts("lithium-induced 'pain '")).toEqual(["lithium‑induced ‘Pain’"]);
  expect(texts("𝛼")).toEqual([]); // half of 𝛼𝛼
  expect(texts("𝛼𝛼 cells")).toEqual(["𝛼𝛼 cells"]);
});

test("none reaches over two passages", () => {
  expect(texts("atpase. lithium")).toEqual([]);
});

test("any stretch of whole words of the text is found again, spaced and cased in any way", () => {
  const word = fc.string({ unit: fc.constantFrom(..."aBcé1α(-)'/+"), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 8 }),
      fc.nat(),
      fc.nat(),
      fc.boolean(),
      (words, a, b, spaced) => {
        const text = words.join(" ");
        const [from, to] = [a % words.length, b % words.length].sort((x, y) => x - y) as [number, number];
        const argument = words.slice(from, to + 1).join(" ");
        const damaged = spaced ? [...argument.toLowerCase()].join(" ") : argument.toUpperCase();
        const start = words.slice(0, from).join(" ").length + (from > 0 ? 1 : 0);
        const found = anchorArgument(damaged, { id: "1", passages: [{ kind: "text", text }] });
        const near = found.some((span) => span.start <= start + argument.length && span.end >= start);
        expect(near).toBe(true);
        for (const span of found) {
          const bare = (part: string): string => part.replace(/\s/g, "").toLowerCase();
          expect(bare(text.slice(span.start, span.end))).toBe(bare(argument));
        }
      },
    ),
  );
});
