/** Drugs that only stand beside each other in a text do not interact by that. */
import { expect, test } from "vitest";
import { besideDrugs } from "./beside-drugs.ts";
import { found } from "./found.fixture.ts";

function isBeside(text: string, tail = "Chemical"): boolean {
  const mentions = [found(text, "ALPHA", "Chemical"), found(text, "BETA", "Chemical")].sort(
    (a, b) => a.start - b.start,
  );
  const filter = besideDrugs({ document: { passages: [{ kind: "abstract", text }] }, mentions, sentences: [] });
  return filter({ scheme: { head: "Chemical", tail }, probabilities: [1], places: [[0, 1]] } as never);
}

test.each([
  "ALPHA works as well, similar to that seen with older BETA and others.",
  "ALPHA has few adverse effects compared with other BETA.",
  "ALPHA may help early, whereas the role of BETA is unclear.",
  "It protected from ALPHA-induced nephrotoxicity and BETA-induced cardiotoxicity.",
])("beside: %s", (text) => {
  expect(isBeside(text)).toBe(true);
  expect(isBeside(text, "Disease")).toBe(false);
});

test.each([
  "ALPHA increased the level of BETA compared with placebo.",
  "ALPHA attenuated BETA-induced respiration.",
  "Levels of ALPHA were higher with BETA, whereas clearance fell.",
  "ALPHA should not be taken with BETA.",
])("not only beside: %s", (text) => {
  expect(isBeside(text)).toBe(false);
});
