/** A disease that names cells is nobody's. */
import { expect, test } from "vitest";
import { diseaseOfCells } from "./disease-of-cells.ts";
import { found } from "./found.fixture.ts";

function isOut(text: string, tail = "Disease"): boolean {
  const mentions = [found(text, "DRUG", "Chemical"), found(text, "ILLNESS", "Disease")];
  const filter = diseaseOfCells({ document: { passages: [{ kind: "abstract", text }] }, mentions, sentences: [] });
  return filter({ scheme: { head: "Chemical", tail }, probabilities: [1], places: [[0, 1]] } as never);
}

test.each([
  "It protected DRUG-induced rat ILLNESS (PC12 cells).",
  "We saw DRUG-induced human ILLNESS cell line apoptosis.",
  "DRUG was toxic to ILLNESS (N2a) cells.",
  "DRUG killed ILLNESS cells.",
])("cells: %s", (text) => {
  expect(isOut(text)).toBe(true);
  expect(isOut(text, "Gene")).toBe(false);
});

test.each([
  "DRUG-induced ILLNESS (POM) was rare.",
  "DRUG caused ILLNESS in cells of the liver.",
  "DRUG caused ILLNESS.",
])("no cells: %s", (text) => {
  expect(isOut(text)).toBe(false);
});
