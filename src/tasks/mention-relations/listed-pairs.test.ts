/** Lists of names, and what one pair says of the others of its list. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { certain } from "./found.fixture.ts";
import { sharedInLists } from "./listed-pairs.ts";
import { nameLists } from "./name-lists.ts";
import type { ReaderScheme } from "./reader-scheme.ts";
import type { RelatedPair } from "./related-pair.ts";

const scheme: ReaderScheme = {
  ...{ name: "chemical-disease", head: "Chemical", tail: "Disease", relations: ["chemical-induced disease"] },
  ...{ symmetric: false, scope: "document" },
};

/** @param marked a text whose names stand in brackets, chemicals as [name], diseases as {name} */
function read(marked: string) {
  let text = "";
  const mentions = [];
  for (const [part, chemical, disease] of marked.matchAll(/\[([^\]]+)\]|\{([^}]+)\}|[^[{]+/g)) {
    const name = chemical ?? disease;
    const start = text.length;
    text += name ?? part;
    if (name === undefined) continue;
    const type = chemical === undefined ? "Disease" : "Chemical";
    mentions.push(certain({ passage: 0, start, end: text.length, text: name, type }));
  }
  return { document: { passages: [{ kind: "abstract" as const, text }] }, mentions };
}

test.each([
  ["{Nausea}, {vomiting} and {headache} after [aspirin]", [[0, 1, 2], [0, 1, 2], [0, 1, 2], [3]]],
  [
    "[aspirin] (ASA), [ibuprofen], or the [naproxen]",
    [
      [0, 1, 2],
      [0, 1, 2],
      [0, 1, 2],
    ],
  ],
  [
    "[diclofenac] and other [NSAIDs]",
    [
      [0, 1],
      [0, 1],
    ],
  ],
  ["[aspirin], {ulcers} and {bleeding}", [[0], [1, 2], [1, 2]]],
  ["{tremor} without {nausea}; {ataxia}", [[0], [1], [2]]],
])("the lists of %s", (marked, lists) => {
  const { document, mentions } = read(marked);
  expect(nameLists(document.passages, mentions)).toEqual(lists);
});

const listed = read("{Nausea}, {vomiting} and {headache} under [aspirin]; no {ulcer}.");
/** One pair of each disease and aspirin. */
const pairsOf = (probabilities: readonly number[]): RelatedPair[] =>
  probabilities.map((probability, disease) => ({
    pair: { scheme, probabilities: [probability], places: [[3, disease < 3 ? disease : 4] as const] },
    ...{ relation: "chemical-induced disease", probability },
  }));

test("the likeliest of a list raises the others half of the way, in log-odds, and shows where", () => {
  const [nausea, vomiting, headache, ulcer] = sharedInLists(pairsOf([0.9, 0.1, 0.5, 0.1]), listed);
  expect(nausea!.probability).toBe(0.9);
  expect(nausea!.said).toBeUndefined();
  expect(vomiting!.probability).toBeCloseTo(0.5, 10);
  expect(vomiting!.said).toEqual([3, 1]);
  expect(headache!.probability).toBeCloseTo(0.75, 10);
  expect(ulcer!.probability).toBe(0.1); // in no list
});

test("nothing is raised over the likeliest of its list, and nothing is lowered", () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(share, { minLength: 4, maxLength: 4 }), (probabilities) => {
      const raised = sharedInLists(pairsOf(probabilities), listed).map(({ probability }) => probability);
      for (const [at, probability] of raised.entries()) {
        expect(probability).toBeGreaterThanOrEqual(probabilities[at]! - 2e-4);
        expect(probability).toBeLessThanOrEqual(Math.max(...probabilities) + 2e-4);
      }
    }),
  );
});
