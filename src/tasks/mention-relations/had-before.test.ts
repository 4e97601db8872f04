/** What patients had before a chemical was given is no effect of it. */
import { expect, test } from "vitest";
import { found } from "./found.fixture.ts";
import { hadBefore } from "./had-before.ts";

const text =
  "A woman known to have hypertrophic cardiomyopathy was managed with dobutamine, and a man with a history of severe asthma too. " +
  "Asthma came back under dobutamine. Its level was not related to outcome in those who have experienced thrombosis. Rats with a history of dobutamine-induced arrhythmia were treated for tuberculosis. Inclusion criteria were secondary cataracts.";
const names = [
  ["hypertrophic cardiomyopathy", "Disease", 0],
  ["dobutamine", "Chemical", 0],
  ["asthma", "Disease", 0],
  ["Asthma", "Disease", 100],
  ["arrhythmia", "Disease", 0],
  ["tuberculosis", "Disease", 0],
  ["cataracts", "Disease", 0],
  ["thrombosis", "Disease", 0],
] as const;
const mentions = names.map(([name, type, from]) => found(text, name, type, from));
const out = hadBefore({ document: { passages: [{ kind: "abstract", text }] }, mentions, sentences: [] });
const isOut = (tail: string, ...places: (readonly [number, number])[]): boolean =>
  out({ scheme: { head: "Chemical", tail }, probabilities: [], places } as never);

test("in every place", () => {
  expect(isOut("Disease", [1, 0])).toBe(true);
  expect(isOut("Disease", [1, 2])).toBe(true);
  expect(isOut("Disease", [1, 2], [1, 3])).toBe(false);
  expect(isOut("Disease", [1, 5])).toBe(true);
  expect(isOut("Disease", [1, 6])).toBe(true);
  expect(isOut("Disease", [1, 7])).toBe(true);
});

test("but not what a chemical had induced, and of diseases alone", () => {
  expect(isOut("Disease", [1, 4])).toBe(false);
  expect(isOut("Gene", [1, 0])).toBe(false);
});
