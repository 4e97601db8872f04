import { expect, test } from "vitest";
import { HOC_LABELS } from "../../corpora/tasks/hoc-labels.ts";
import { fakeLabelModel } from "../label-model.fixture.ts";
import { hallmarkExample, parseHallmarks } from "./hallmarks.ts";
import { chooseHallmarks, HALLMARK_STRINGS, hallmarkScorer, labelStrings } from "./label-scoring.ts";

test("each known string is read back as its labels, and no label is outside the closed set", () => {
  expect(new Set(HALLMARK_STRINGS).size).toBe(HALLMARK_STRINGS.length);
  for (const string of HALLMARK_STRINGS) {
    for (const label of string.split("|")) expect(HOC_LABELS).toContain(label);
    expect(parseHallmarks(`the type of this document is ${string}.`)).toEqual(string.split("|"));
  }
});

test("a label's probability is the sum over the strings that name it; thresholds choose labels one by one", async () => {
  const model = fakeLabelModel((word) => (word === "cell" ? 2 : word === "|" ? 5 : 0), { learned: 1 });
  const strings = ["resisting cell death", "empty", "resisting cell death|cellular energetics"];
  const scores = await hallmarkScorer(model, { strings })("Cells died.");
  const of = (label: string): number => scores.labels.find((entry) => entry.label === label)!.probability;
  expect(of("resisting cell death") + of("empty")).toBeCloseTo(1, 10);
  expect(of("resisting cell death")).toBeGreaterThan(of("cellular energetics"));
  expect(of("avoiding immune destruction")).toBe(0);
  expect(chooseHallmarks(scores)).toEqual(scores.best);
  expect(chooseHallmarks(scores, 1.1)).toEqual(["empty"]);
  expect(chooseHallmarks(scores, { "cellular energetics": 0 })).toEqual(["cellular energetics"]);
});

test("a tolerance saves tokens and changes no label: where it could, the sentence is scored in full", async () => {
  const strings = HALLMARK_STRINGS.slice(0, 20);
  let [exactTokens, boundedTokens] = [0, 0];
  for (const weight of [0, 2, 5]) {
    const weights = (word: string, history: readonly string[]): number =>
      word === "empty" || word === "." ? weight : word.length === history.length ? 1 : 0;
    const model = (): ReturnType<typeof fakeLabelModel> => fakeLabelModel(weights, { learned: 1, maxLength: 96 });
    const [exact, bounded] = [model(), model()];
    const wanted = await hallmarkScorer(exact, { strings })("Cells died.");
    // One threshold far from every probability, and one that a probability reaches exactly.
    for (const threshold of [0.9, wanted.labels[2]!.probability]) {
      const thresholds = Object.fromEntries(HOC_LABELS.map((label) => [label, threshold]));
      const scores = await hallmarkScorer(bounded, { strings, thresholds, tolerance: 0.1 })("Cells died.");
      expect(chooseHallmarks(scores, thresholds)).toEqual(chooseHallmarks(wanted, thresholds));
      for (const { label, probability } of scores.labels) {
        const truth = wanted.labels.find((entry) => entry.label === label)!.probability;
        expect(Math.abs(probability - truth)).toBeLessThanOrEqual(0.1 / 0.9);
      }
    }
    const bestOnly = model();
    const scores = await hallmarkScorer(bestOnly, { strings, tolerance: 0.1 })("Cells died.");
    expect(scores.best).toEqual(wanted.best);
    exactTokens += exact.decoder.tokens;
    boundedTokens += bestOnly.decoder.tokens;
  }
  expect(boundedTokens).toBeLessThan(0.8 * exactTokens);
});

test("training examples give the strings, most frequent first, and every single label", () => {
  const examples = [["empty"], ["empty"], ["a", "b"]].map((labels, at) =>
    hallmarkExample({ id: `${at}`, text: "x", labels }, ""),
  );
  expect(labelStrings(examples).slice(0, 2)).toEqual(["empty", "a|b"]);
  expect(labelStrings(examples)).toHaveLength(12);
  expect(labelStrings(examples, 2)).toHaveLength(11);
});
