import { expect, test } from "vitest";
import { type FoundMention, wholeNames, withoutLooseEnd } from "./found-mentions.ts";

const text =
  "Cisplatin-induced acute renal failure. Six had acute renal failure, one subacute renal failure, two renal failure.";

function mention(name: string, from: number, type = "Disease"): FoundMention {
  const start = text.indexOf(name, from);
  return {
    passage: 0,
    start,
    end: start + name.length,
    text: name,
    type,
    ids: [],
    probability: 0.9,
    tagProbability: 0.9,
    typeProbability: 0.9,
  };
}

const spelt = (mentions: readonly FoundMention[]): string[] =>
  wholeNames(mentions, () => text).map(({ start, end, text: name }) => {
    expect(text.slice(start, end)).toBe(name);
    return name;
  });

test("a half is made whole where the whole name stands, and nowhere else", () => {
  const halves = [
    mention("renal failure", 0),
    mention("acute renal failure", 40),
    mention("renal failure", 70),
    mention("renal failure", 100),
  ];
  expect(spelt(halves)).toEqual(["acute renal failure", "acute renal failure", "renal failure", "renal failure"]);
});

test("a name of another type, or into which another name reaches, is left alone", () => {
  expect(spelt([mention("renal failure", 0), mention("acute renal failure", 40, "Gene")])).toEqual([
    "renal failure",
    "acute renal failure",
  ]);
  const reached = [mention("acute", 0, "Chemical"), mention("renal failure", 0), mention("acute renal failure", 40)];
  expect(spelt(reached)).toEqual(["acute", "renal failure", "acute renal failure"]);
});

test("two neighbours are not made whole over each other", () => {
  const words = "Renal failure risk. Acute renal failure and failure risk were renal failure risk.";
  const at = (name: string, from: number): FoundMention => {
    const start = words.indexOf(name, from);
    return {
      passage: 0,
      start,
      end: start + name.length,
      text: name,
      type: "Disease",
      ids: [],
      probability: 0.9,
      tagProbability: 0.9,
      typeProbability: 0.9,
    };
  };
  const found = wholeNames(
    [at("Renal", 0), at("risk", 0), at("renal failure", 20), at("failure risk", 40)],
    () => words,
  );
  expect(found.map(({ text: name }) => name)).toEqual(["Renal failure", "risk", "renal failure", "failure risk"]);
});

test.each([
  ["breast, and", "breast"],
  ["breast and", "breast"],
  ["colorectal,", "colorectal"],
  ["head and neck cancer", "head and neck cancer"],
  ["brand", "brand"],
  ["COX-2-", "COX-2"],
  ["T-", "T-"],
  ["MAO-B.", "MAO-B"],
  ["Escherichia coli K.12.", "Escherichia coli K.12."],
  [",", ","],
])("of %j the name is %j", (found, name) => {
  const whole: FoundMention = {
    passage: 0,
    start: 3,
    end: 3 + found.length,
    text: found,
    type: "Disease",
    ids: [],
    probability: 0.9,
    tagProbability: 0.9,
    typeProbability: 0.9,
  };
  expect(withoutLooseEnd(whole)).toEqual({ ...whole, text: name, end: 3 + name.length });
});
