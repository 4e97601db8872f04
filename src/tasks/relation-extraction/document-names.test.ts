import { expect, test } from "vitest";
import { documentNames } from "./document-names.ts";

const names = (...texts: string[]) =>
  documentNames({ id: "1", passages: texts.map((text) => ({ kind: "abstract" as const, text })) });

test("a thing's names share a key, across passages, spacing and case; other names keep their own", () => {
  const { keyOf, othersOf } = names(
    "Parathyroid Hormone (PTH) in rats.",
    "PTH rose. Lithium (Li) fell; parathyroid hormone did not.",
  );
  expect(keyOf("pth")).toBe(keyOf("parathyroid  hormone"));
  expect(othersOf("pth")).toEqual(["Parathyroid Hormone"]);
  expect(othersOf("parathyroid hormone")).toEqual(["PTH"]);
  expect(othersOf("li")).toEqual(["Lithium"]);
  expect(othersOf("rats")).toEqual([]);
  expect(new Set(["pth", "li", "rats"].map(keyOf)).size).toBe(3);
});

test("the first definition of a short name counts; a thing may have several short names", () => {
  const { keyOf, othersOf } = names("heart rate (HR) and hazard ratio (HR), again heart rate (HRT)");
  expect(keyOf("HR")).toBe(keyOf("heart rate"));
  expect(keyOf("hazard ratio")).not.toBe(keyOf("HR"));
  expect(othersOf("heart rate")).toEqual(["HR", "HRT"]);
  expect(othersOf("HRT")).toEqual(["heart rate", "HR"]);
});

test("one and many of a thing are one; what ends in s in the singular is left as it is", () => {
  const { keyOf, othersOf } = names("ACE inhibitors (ACEIs) and an ACEI.");
  expect(keyOf("ACEI")).toBe(keyOf("ACE inhibitor"));
  expect(othersOf("ACEI")).toEqual(["ACE inhibitors"]);
  expect(keyOf("neuropathies")).toBe(keyOf("neuropathy"));
  expect(keyOf("seizures")).toBe(keyOf("seizure"));
  for (const name of ["thrombosis", "lupus", "abscess", "gas"]) expect(keyOf(name)).toBe(name);
});
