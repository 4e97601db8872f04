import fc from "fast-check";
import { expect, test } from "vitest";
import { BytePairEncoder } from "./byte-pair-encoder.ts";
import { trainBpe } from "./train.ts";
import { SPECIAL_TOKENS } from "./vocabulary.ts";
import { WordCounter } from "./word-count.ts";

const WORDS = new Map([
  ["low", 5],
  ["lower", 2],
  ["newest", 6],
  ["widest", 3],
]);

/** The algorithm as it is told: count all pairs, merge the most frequent, again. Quadratic. */
function trainNaively(words: ReadonlyMap<string, number>, merges: number): [string, string, number][] {
  const split = [...words].map(([word, count]) => {
    const parts = [...word];
    parts[parts.length - 1] += "</w>";
    return { parts, count };
  });
  const learned: [string, string, number][] = [];
  while (learned.length < merges) {
    const counts = new Map<string, number>();
    for (const { parts, count } of split) {
      for (let i = 0; i + 1 < parts.length; i++) {
        const pair = `${parts[i]} ${parts[i + 1]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + count);
      }
    }
    const ranked = [...counts].map(([pair, count]) => [...pair.split(" "), count] as [string, string, number]);
    ranked.sort((a, b) => b[2] - a[2] || (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] < b[1] ? -1 : 1));
    const best = ranked[0];
    if (best === undefined || best[2] < 2) break;
    if (!learned.some(([left, right]) => left === best[0] && right === best[1])) learned.push(best);
    for (const word of split) {
      const merged: string[] = [];
      for (let i = 0; i < word.parts.length; i++) {
        if (word.parts[i] === best[0] && word.parts[i + 1] === best[1]) merged.push(word.parts[i]! + word.parts[++i]!);
        else merged.push(word.parts[i]!);
      }
      word.parts = merged;
    }
  }
  return learned;
}

test("the textbook example", async () => {
  const { merges } = await trainBpe(WORDS, { merges: 4 });
  expect(merges).toEqual([
    ["e", "s", 9],
    ["es", "t</w>", 9],
    ["l", "o", 7],
    ["e", "w", 6],
  ]);
});

test("equals counting everything anew, ties, overlaps and parts made twice included", async () => {
  const words = fc.array(
    fc.tuple(fc.string({ unit: fc.constantFrom("a", "b", "𝑎"), minLength: 1, maxLength: 9 }), fc.nat(6)),
    {
      maxLength: 20,
    },
  );
  await fc.assert(
    fc.asyncProperty(words, async (entries) => {
      const counts = new Map([["ab", 3], ...entries.map(([word, count]): [string, number] => [word, count + 1])]);
      expect((await trainBpe(counts, { merges: 30 })).merges).toEqual(trainNaively(counts, 30));
    }),
    { numRuns: 400 },
  );
});

test("the pieces hold every product and every known character in both forms, so nothing known becomes <unk>", async () => {
  const { merges, pieces } = await trainBpe(new Map([...WORDS, ["rare#", 1]]), {
    merges: 10,
    minimumCharacterCount: 2,
  });
  const names = pieces.map(([piece]) => piece);
  for (const [left, right] of merges) expect(names).toContain(left + right);
  expect(names).not.toContain("#");
  expect(names).toContain("n</w>");
  const counts = pieces.map(([, count]) => count);
  expect(counts).toEqual(counts.toSorted((a, b) => b - a));
  const vocabulary = [...SPECIAL_TOKENS, ...names];
  const encoder = new BytePairEncoder(
    vocabulary,
    merges.map(([left, right]) => [left, right]),
    3,
  );
  const known = fc.string({ unit: fc.constantFrom(..."lowernstid"), minLength: 1 });
  fc.assert(fc.property(known, (word) => !encoder.encode(word).ids.includes(3)));
  expect([...encoder.encode("#").ids]).toEqual([3]);
});

test("words are counted as Moses gives them, escaped, with what comes next considered", () => {
  const counter = new WordCounter("perl");
  for (const text of ["Dr. X-ray, 5'-UTR.", "'x' ", "a\u0001b Dr.", `${"long".repeat(40)}, x-ray`]) counter.add(text);
  expect(Object.fromEntries(counter.words())).toEqual({
    "Dr.": 1,
    X: 1,
    "@-@": 2,
    ray: 2,
    ",": 2,
    "5": 1,
    "&apos;": 1,
    "-UTR": 1,
    ".": 2,
    "&apos;x&apos;": 1,
    x: 1,
    ab: 1,
    Dr: 1,
    ["long".repeat(40)]: 1,
  });
});

test("no words and an abort are errors with names", async () => {
  await expect(trainBpe(new Map(), { merges: 1 })).rejects.toMatchObject({ code: "tokenizers/no-words" });
  const words = new Map(Array.from({ length: 20_000 }, (_, i) => [`w${(i * 2654435761) % 1e9}x${i}`, 2]));
  const signal = AbortSignal.timeout(30);
  await expect(trainBpe(words, { merges: 100_000, signal })).rejects.toMatchObject({ code: "aborted" });
});
