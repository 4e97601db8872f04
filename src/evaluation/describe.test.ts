import { expect, test } from "vitest";
import { distinct, repetition, textQuality } from "./describe.ts";

test("distinct-n counts over all texts, blind to case", () => {
  expect(distinct(["a b a b", "A c"], 1)).toBeCloseTo(3 / 6, 10); //   a b c of a b a b a c
  expect(distinct(["a b a b", "A c"], 2)).toBeCloseTo(3 / 4, 10); //   ab ba ac of ab ba ab ac: none across texts
  expect(distinct(["a"], 3)).toBe(0);
});

test("repetition is the share of 4-grams that came before", () => {
  expect(repetition("a b c d e")).toBe(0);
  expect(repetition("a a a a a a")).toBeCloseTo(2 / 3, 10);
  expect(repetition("a b c")).toBe(0);
  const quality = textQuality(["a b c d", "a a a a a a"]);
  expect(quality).toMatchObject({ texts: 2, words: 5 });
  expect(quality.repetition).toBeCloseTo(1 / 3, 10);
});
