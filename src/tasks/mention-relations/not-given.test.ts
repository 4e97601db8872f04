/** A chemical that is wanting causes nothing; what a body makes is no drug of an interaction. */
import { expect, test } from "vitest";
import { found } from "./found.fixture.ts";
import { notGiven } from "./not-given.ts";

const text =
  "Hypotension in sodium-depleted rats. Indomethacin inhibits the synthesis of prostaglandins. Prostaglandins and sodium were infused. " +
  "Edema came under dasatinib after the failure of imatinib and nilotinib in nilotinib-resistant disease. " +
  "N-methyl-D-aspartate (NMDA) receptor antagonists enhance the effect of morphine. Dopamine D2 blockers were not given, dopamine was. " +
  "Nitrogen-containing bisphosphonates inhibit farnesyl synthase.";
const names = [
  ["Hypotension", "Disease", 0],
  ["sodium", "Chemical", 0],
  ["Indomethacin", "Chemical", 0],
  ["prostaglandins", "Chemical", 0],
  ["sodium", "Chemical", 90],
  ["Prostaglandins", "Chemical", 0],
  ["Edema", "Disease", 0],
  ["dasatinib", "Chemical", 0],
  ["imatinib", "Chemical", 0],
  ["nilotinib", "Chemical", 0],
  ["nilotinib", "Chemical", 196],
  ["N-methyl-D-aspartate", "Chemical", 0],
  ["morphine", "Chemical", 0],
  ["Dopamine", "Chemical", 0],
  ["dopamine", "Chemical", 0],
  ["NMDA", "Chemical", 0],
  ["Nitrogen", "Chemical", 0],
  ["bisphosphonates", "Chemical", 0],
  ["farnesyl synthase", "Gene", 0],
] as const;
const mentions = names.map(([name, type, from]) => found(text, name, type, from));
const out = notGiven({ document: { passages: [{ kind: "abstract", text }] }, mentions, sentences: [] });
const isOut = (tail: string, ...places: (readonly [number, number])[]): boolean =>
  out({ scheme: { head: "Chemical", tail }, probabilities: [], places } as never);

test("wanting, in every place", () => {
  expect(isOut("Disease", [1, 0])).toBe(true);
  expect(isOut("Disease", [1, 0], [4, 0])).toBe(false);
  expect(isOut("Disease", [2, 0])).toBe(false);
});

test("given up before", () => {
  expect(isOut("Disease", [7, 6])).toBe(false);
  expect(isOut("Disease", [8, 6])).toBe(true);
  expect(isOut("Disease", [9, 6], [10, 6])).toBe(true);
});

test("made by a body", () => {
  expect(isOut("Chemical", [2, 3])).toBe(true);
  expect(isOut("Chemical", [2, 5])).toBe(false);
  expect(isOut("Gene", [3, 0])).toBe(false); // a product of an enzyme is what the scheme asks for
});

test("what another one holds", () => {
  expect(isOut("Gene", [16, 18])).toBe(true);
  expect(isOut("Gene", [17, 18])).toBe(false);
  expect(isOut("Chemical", [16, 17])).toBe(true);
  expect(isOut("Disease", [16, 0])).toBe(false); // "cisplatin-containing regimens" are cisplatin
});

test("part of the name of a class", () => {
  expect(isOut("Chemical", [11, 12], [15, 12])).toBe(true);
  expect(isOut("Disease", [11, 0])).toBe(true);
  expect(isOut("Disease", [12, 0])).toBe(false);
  expect(isOut("Disease", [13, 0], [14, 0])).toBe(false);
  expect(isOut("Gene", [11, 0])).toBe(false); // what binds to its receptor
});

test("what cells go without", () => {
  const text =
    "Necrosis came by oxygen-glucose deprivation, nitrogen and glucose deprivation, lactate uptake and iron deficiency.";
  const all = ["oxygen", "nitrogen", "iron", "lactate"].map((name) => found(text, name, "Chemical"));
  const filter = notGiven({ document: { passages: [{ kind: "abstract", text }] }, mentions: all, sentences: [] });
  const out = all.map((_, head) =>
    filter({ scheme: { head: "Chemical", tail: "Disease" }, probabilities: [], places: [[head, 0]] } as never),
  );
  expect(out).toEqual([true, true, true, false]);
});
