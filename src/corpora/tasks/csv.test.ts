import fc from "fast-check";
import { expect, test } from "vitest";
import { parseCsv } from "./csv.ts";

test("quoted fields hold commas, quotes and line ends; empty lines are none", () => {
  const text = '\ufeffa,"b, ""c""\nd",\r\n\r\n1,,3';
  expect(parseCsv(text, "x.csv")).toEqual([
    ["a", 'b, "c"\nd', ""],
    ["1", "", "3"],
  ]);
  expect(parseCsv("", "x.csv")).toEqual([]);
  expect(parseCsv("a,", "x.csv")).toEqual([["a", ""]]);
});

test("what is written is read", () => {
  const field = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r", " ", "é") });
  const rows = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 4 });
  fc.assert(
    fc.property(rows, fc.constantFrom("\n", "\r\n"), (table, end) => {
      const text = table.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(",") + end).join("");
      expect(parseCsv(text, "x.csv")).toEqual(table);
    }),
  );
});

test("any text gives rows or says what is wrong, and ends", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r") }), (text) => {
      try {
        for (const row of parseCsv(text, "x.csv")) expect(row.length).toBeGreaterThan(0);
      } catch (error) {
        expect((error as { code: string }).code).toBe("corpora/csv");
      }
    }),
  );
});
