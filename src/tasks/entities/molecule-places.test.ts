/** Residues, their exchanges and locants are no names; genes and elements that look like them are. */
import { expect, test } from "vitest";
import { isMoleculePlace } from "./molecule-places.ts";

test.each([
  ["Glu387", " within the pocket"],
  ["Ile24Val", ","],
  ["p.Arg506Gln", " carriers"],
  ["Ser-198", ")"],
  ["Lys(42)", " of the kinase"],
  ["N", "-alkylation of the ring"],
  ["O", "-linked"],
])("%s%s is a place", (name, behind) => {
  expect(isMoleculePlace(name, behind)).toBe(true);
});

test.each([
  ["N", " and P were limiting"],
  ["C", "-C bonds"],
  ["Met", " receptor"],
  ["Ala", "-Gly"],
  ["CYP3A4", ""],
  ["Pro12345", ""],
  ["Glu", "387"],
])("%s%s is none", (name, behind) => {
  expect(isMoleculePlace(name, behind)).toBe(false);
});
