import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { READING_FILE, readingText, readingUnitOf, sentenceSources } from "./reading-unit.ts";
import { RELATION_SCHEMES } from "./schemes.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-reading-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a folder says what its model reads; without a word of it, documents", () => {
  expect(readingUnitOf({ folder: undefined })).toBe("document");
  expect(readingUnitOf({ folder })).toBe("document");
  writeFileSync(join(folder, READING_FILE), readingText("sentence"));
  expect(readingUnitOf({ folder })).toBe("sentence");
  writeFileSync(join(folder, READING_FILE), '{"unit": "page"}');
  expect(() => readingUnitOf({ folder })).toThrow("does not say what the model reads");
});

test("sentences of every passage, each where it stands and as the model reads it", () => {
  const passages = [
    { kind: "title", text: "A Case" },
    { kind: "abstract", text: "Drug X failed. Drug Y did not." },
  ] as const;
  const sentences = sentenceSources({ id: "1", passages }, RELATION_SCHEMES["drug-drug"]);
  expect(sentences.map(({ passage, start, end, content }) => [passage, start, end, content.text])).toEqual([
    [0, 0, 6, "a case"],
    [1, 0, 14, "drug x failed."],
    [1, 15, 30, "drug y did not."],
  ]);
});
