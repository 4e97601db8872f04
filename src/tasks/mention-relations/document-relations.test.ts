/** What is printed of scored pairs: the likeliest first, and how much a doubt about a name counts. */
import { expect, test } from "vitest";
import { candidateRelations, documentRelations } from "./document-relations.ts";
import type { ReaderScheme } from "./reader-scheme.ts";

const scheme: ReaderScheme = {
  ...{ name: "causes", head: "Chemical", tail: "Disease", relations: ["causes"] },
  ...{ symmetric: false, scope: "document" },
};
const text = "Lithium caused tremor and a fall.";
const names = [
  ["Lithium", "Chemical", 1, 1],
  ["tremor", "Disease", 0.9, 0.9],
  ["fall", "Disease", 0.5, 1],
] as const;
const mentions = names.map(([name, type, probability, typeProbability]) => {
  const start = text.indexOf(name);
  const place = { passage: 0, start, end: start + name.length, text: name, type, ids: [] };
  return { ...place, probability, tagProbability: probability, typeProbability };
});
const read = {
  document: { id: "1", source: "test", passages: [{ kind: "abstract" as const, text }] },
  mentions,
  pairs: [
    { scheme, probabilities: [0.9], places: [[0, 2] as const] },
    { scheme, probabilities: [0.8], places: [[0, 1] as const] },
  ],
};

test("a doubt about a name counts once, or as often as the rule says", () => {
  const shown = (options?: Parameters<typeof candidateRelations>[2]) =>
    candidateRelations(read, "causes", options).map(({ pair, probability }) => [
      mentions[pair.places[0]![1]]!.text,
      Number(probability.toFixed(4)),
    ]);
  expect(shown()).toEqual([
    ["tremor", 0.72],
    ["fall", 0.45],
  ]);
  expect(shown({ nameWeight: 2 })).toEqual([
    ["tremor", 0.648],
    ["fall", 0.225],
  ]);
  expect(shown({ nameWeight: 0 })).toEqual([
    ["fall", 0.9],
    ["tremor", 0.8],
  ]);
  // Where "fall" begins and ends is in doubt, not that it is a disease.
  const logistic = { pair: 1, name: 0, type: 1, bias: 0 };
  expect(shown({ logistic })).toEqual([
    ["fall", 0.9999],
    ["tremor", 0.973],
  ]);
  expect(shown({ logistic: { ...logistic, name: 2, type: 0 } })).toEqual([
    ["tremor", 0.9969],
    ["fall", 0.9],
  ]);
});

test("what is shown is a sentence that names both, where there is one that does not deny it", () => {
  const shown = (passages: readonly string[]) => {
    const all = passages.flatMap((words, passage) =>
      ["Lithium", "tremor"].flatMap((name) =>
        [...words.matchAll(new RegExp(name, "g"))].map(({ index }) => ({
          ...{ passage, start: index, end: index + name.length, text: name, ids: [] },
          ...{
            type: name === "tremor" ? "Disease" : "Chemical",
            probability: 1,
            tagProbability: 1,
            typeProbability: 1,
          },
        })),
      ),
    );
    const of = (type: string): number[] => all.flatMap((one, i) => (one.type === type ? [i] : []));
    const places = of("Chemical").flatMap((head) => of("Disease").map((tail) => [head, tail] as const));
    const { relations } = documentRelations(
      {
        document: { id: "1", source: "test", passages: passages.map((words) => ({ kind: "abstract", text: words })) },
        mentions: all,
        // The place that says most is of two sentences.
        pairs: [{ scheme, probabilities: [0.9], places: places.toReversed() }],
      },
      { scheme, rule: { threshold: 0.4 }, model: "reader", pipeline: "0" },
    );
    return [relations[0]!.evidence!.text, relations[0]!.evidence!.also?.text];
  };
  expect(shown(["Lithium caused tremor. It is a metal.", "Lithium is old."])).toEqual([
    "Lithium caused tremor.",
    undefined,
  ]);
  expect(shown(["Others had tremor from Lithium. Lithium did not cause tremor in two."])).toEqual([
    "Others had tremor from Lithium.",
    undefined,
  ]);
});

test("the scheme's rule weighs the names of what is printed", () => {
  const printed = (nameWeight?: number) =>
    documentRelations(read, {
      ...{ scheme, model: "reader", pipeline: "0" },
      rule: { threshold: 0.4, ...(nameWeight === undefined ? {} : { nameWeight }) },
    }).relations.map(({ tail }) => tail.text);
  expect(printed()).toEqual(["tremor", "fall"]);
  expect(printed(2)).toEqual(["tremor"]);
});

test("what the text says outright counts whatever the reader thinks, and is what is shown; of a scheme of one's own it is not", () => {
  const passages = ["Lithium and tremor were studied. Two had lithium-induced tremor."];
  const all = [
    ["Lithium", 0, "Chemical"],
    ["tremor", 0, "Disease"],
    ["lithium", 0, "Chemical"],
    ["tremor", 40, "Disease"],
  ] as const;
  const found = all.map(([name, from, type]) => {
    const start = passages[0]!.indexOf(name, from);
    const place = { passage: 0, start, end: start + name.length, text: name, type, ids: [] };
    return { ...place, probability: 1, tagProbability: 1, typeProbability: 1 };
  });
  const said = (relation: string) => {
    const asked = { ...scheme, relations: [relation] };
    const places = [0, 2].flatMap((head) => [1, 3].map((tail) => [head, tail] as const));
    const document = { id: "1", source: "test", passages: [{ kind: "abstract" as const, text: passages[0]! }] };
    const { relations } = documentRelations(
      { document, mentions: found, pairs: [{ scheme: asked, probabilities: [0.02], places }] },
      { scheme: asked, rule: { threshold: 0.5 }, model: "m", pipeline: "p" },
    );
    return relations.map(({ evidence, probability }) => [evidence?.text, probability]);
  };
  expect(said("chemical-induced disease")).toEqual([["Two had lithium-induced tremor.", 0.99]]);
  expect(said("causes")).toEqual([]);
});
