import fc from "fast-check";
import { expect, test } from "vitest";
import { conceptOf, conceptPairs, isOneName, MOST_PLACES, type PlacedName } from "./concept-pairs.ts";
import { pairArrays } from "./pair-arrays.ts";
import type { ReaderScheme } from "./reader-scheme.ts";

const CAUSES: ReaderScheme = {
  ...{ name: "causes", head: "Chemical", tail: "Disease", relations: ["causes"] },
  ...{ symmetric: false, scope: "document" },
};
const INTERACTS: ReaderScheme = {
  ...{ name: "interacts", head: "Chemical", tail: "Chemical", relations: ["interacts"] },
  ...{ symmetric: true, scope: "sentence" },
};
const named = (type: string, concept: string, first: number, sentence = 0, last = first): PlacedName => ({
  ...{ type, concepts: [concept], first, last, sentence },
});

test("pairs are of the scheme's types, of two concepts, in all the places where they stand together, nearest first", () => {
  const names = [
    named("Chemical", "lithium", 0),
    named("Disease", "tremor", 5),
    named("Chemical", "lithium", 20, 1),
    named("Disease", "tremor", 22, 1),
    named("Gene", "ABL1", 25, 1),
  ];
  expect(conceptPairs(names, CAUSES)).toEqual([
    {
      head: "lithium",
      tail: "tremor",
      places: [
        [2, 3],
        [0, 1],
        [2, 1],
        [0, 3],
      ],
    },
  ]);
});

test("within sentences each sentence is a case of its own, and of a symmetric scheme the order of two names is no matter", () => {
  const names = [
    named("Chemical", "b", 0),
    named("Chemical", "a", 4),
    named("Chemical", "a", 20, 1),
    named("Chemical", "b", 24, 1),
    named("Chemical", "a", 28, 1),
  ];
  expect(conceptPairs(names, INTERACTS)).toEqual([
    { head: "a", tail: "b", places: [[0, 1]] },
    {
      head: "a",
      tail: "b",
      places: [
        [2, 3],
        [3, 4],
      ],
    },
  ]);
});

test("a composite name stands for each of its concepts; a name inside of another is never its argument", () => {
  const both: PlacedName = { type: "Disease", concepts: ["pain", "fever"], first: 6, last: 8, sentence: 0 };
  const inside = named("Chemical", "lithium", 7);
  expect(
    conceptPairs([named("Chemical", "aspirin", 0), both, inside], CAUSES).map(({ head, tail }) => [head, tail]),
  ).toEqual([
    ["aspirin", "pain"],
    ["aspirin", "fever"],
  ]);
});

const anyNames = fc.array(
  fc.record({
    type: fc.constantFrom("Chemical", "Disease"),
    concepts: fc.uniqueArray(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 2 }),
    first: fc.nat({ max: 30 }),
    last: fc.constant(0),
    sentence: fc.constant(0),
  }),
  { maxLength: 12 },
);

test("no pair twice, no argument of another type, no more places than there is use for", () => {
  fc.assert(
    fc.property(anyNames, fc.constantFrom(CAUSES, INTERACTS), (some, scheme) => {
      const names = some.map((name) => ({ ...name, last: name.first }));
      const pairs = conceptPairs(names, scheme);
      const keys = pairs.map(({ head, tail }) => `${head} ${tail}`);
      expect(new Set(keys).size).toBe(keys.length);
      for (const { head, tail, places } of pairs) {
        expect(head === tail).toBe(false);
        expect(places.length).toBeLessThanOrEqual(MOST_PLACES);
        for (const [h, t] of places) {
          expect([names[h]!.type, names[t]!.type]).toEqual([scheme.head, scheme.tail]);
          expect(names[h]!.first).not.toBe(names[t]!.first);
        }
      }
    }),
  );
});

test("arrays of two windows: rows of each, and what a pair may ask", () => {
  const names = [named("Chemical", "a", 0), named("Disease", "b", 2, 1, 3)];
  const window = (shift: number) => ({
    ...{ names, tokens: 5, sentences: [0, 0, 1, 1, 2], pairs: [[0, 1]] as const },
    rowOf: (token: number) => shift + token,
  });
  const arrays = pairArrays([window(0), window(5)], 10);
  expect([...arrays.first]).toEqual([0, 2, 5, 7]);
  expect([...arrays.last]).toEqual([0, 3, 5, 8]);
  expect([...arrays.head, ...arrays.tail]).toEqual([0, 2, 1, 3]);
  const reach = (pair: number) => [...arrays.reach.subarray(pair * 10, pair * 10 + 10)];
  expect(reach(0).slice(0, 5)).toEqual([0, 0, 0, 0, -3]);
  expect(
    reach(0)
      .slice(5)
      .every((value) => value < -1e8),
  ).toBe(true);
  expect(reach(1).slice(5)).toEqual([0, 0, 0, 0, -3]);
});

test("one name under two types is one name", () => {
  expect(isOneName(conceptOf("Chemical", "tremors"), conceptOf("Disease", "tremors"))).toBe(true);
  expect(isOneName(conceptOf("Chemical", "lithium"), conceptOf("Disease", "tremors"))).toBe(false);
});
