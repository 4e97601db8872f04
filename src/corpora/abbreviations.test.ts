import fc from "fast-check";
import { expect, test } from "vitest";
import { findAbbreviations } from "./abbreviations.ts";

const found = (text: string): string[] =>
  findAbbreviations(text).map(
    ({ short, long }) => `${text.slice(short.start, short.end)} = ${text.slice(long.start, long.end)}`,
  );

test.each([
  ["We gave parathyroid hormone (PTH) to rats.", ["PTH = parathyroid hormone"]],
  ["PTH (parathyroid hormone) was given.", ["PTH = parathyroid hormone"]],
  ["heat shock transcription factor (HSF) bound", ["HSF = heat shock transcription factor"]],
  ["gamma-aminobutyric acid (GABA; 10 mM)", ["GABA = gamma-aminobutyric acid"]],
  ["in patients with Parkinson's disease (PD).", ["PD = Parkinson's disease"]],
  [
    "Both acetylsalicylic acid (ASA) and non-steroidal anti-inflammatory drugs (NSAIDs) bleed.",
    ["ASA = acetylsalicylic acid", "NSAIDs = non-steroidal anti-inflammatory drugs"],
  ],
  ["angiotensin-converting enzyme (ACE)", ["ACE = angiotensin-converting enzyme"]],
  ["It fell (p < 0.05) in the group (n = 12).", []],
  ["The drug was safe. (PTH) rose.", []], // of another sentence
  ["lithium (Li) was given", ["Li = lithium"]],
  ["glucose (see Table 2)", []],
  ["the aorta (A)", []],
  ["a very long way of many words that says nothing of any use at all here (ab)", []],
])("%s", (text, expected) => {
  expect(found(text)).toEqual(expected);
});

test("of any text: both names lie in it, the long one is longer and holds the letters of the short one in their order", () => {
  const word = fc.constantFrom(
    "heat",
    "shock",
    "protein",
    "(HSP)",
    "(hs)",
    "HP",
    "(heat protein)",
    "(",
    ")",
    ". A",
    "α-toxin",
    "(AT;",
    "x)",
    " ",
  );
  const text = fc.oneof(
    fc.array(word, { maxLength: 20 }).map((words) => words.join(" ")),
    fc.string({ unit: "grapheme" }),
  );
  fc.assert(
    fc.property(text, (said) => {
      for (const { short, long } of findAbbreviations(said)) {
        const [brief, whole] = [short, long].map(({ start, end }) => said.slice(start, end)) as [string, string];
        expect(whole.length).toBeGreaterThan(brief.length);
        let rest = whole.toLowerCase();
        for (const letter of brief.toLowerCase().match(/[\p{L}\p{N}]/gu)!) {
          expect(rest).toContain(letter);
          rest = rest.slice(rest.indexOf(letter) + 1);
        }
      }
    }),
  );
});
