import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { READING_FILE, readingOf, readingText } from "./reading.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-reading-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const ALL = { unit: "document", contextWords: undefined } as const;

test("a folder without the file, or a model without a folder, reads all of a text", () => {
  expect(readingOf({ folder: undefined })).toEqual(ALL);
  expect(readingOf({ folder })).toEqual(ALL);
  expect(readingText(ALL)).toBeUndefined();
});

test.each([
  { unit: "sentence", contextWords: undefined } as const,
  { unit: "document", contextWords: 110 } as const,
  { unit: "sentence", contextWords: 5 } as const,
])("what is written is read again: %o", (reading) => {
  writeFileSync(join(folder, READING_FILE), readingText(reading)!);
  expect(readingOf({ folder })).toEqual(reading);
});

test.each(['{"unit": "page"}', '{"contextWords": 0}', '{"words": 3}', "{"])("refuses %s", (text) => {
  writeFileSync(join(folder, READING_FILE), text);
  expect(() => readingOf({ folder })).toThrow("does not say what the model reads");
});
