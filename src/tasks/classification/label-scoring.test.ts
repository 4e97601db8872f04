import { expect, test } from "vitest";
import { HOC_LABELS } from "../../corpora/tasks/hoc.ts";
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

test("training examples give the strings, most frequent first, and every single label", () => {
  const examples = [["empty"], ["empty"], ["a", "b"]].map((labels, at) =>
    hallmarkExample({ id: `${at}`, text: "x", labels }, ""),
  );
  expect(labelStrings(examples).slice(0, 2)).toEqual(["empty", "a|b"]);
  expect(labelStrings(examples)).toHaveLength(12);
  expect(labelStrings(examples, 2)).toHaveLength(11);
});
