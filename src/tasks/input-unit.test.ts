/** How much of a text a model reads, said by a folder of an earlier version; what `task.json` says is task-file.test.ts's. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { READING_FILE } from "./old-task-files.ts";
import { inputOf } from "./task-file.ts";

const folder = mkdtempSync(join(tmpdir(), "biogpt-input-unit-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const ALL = { unit: "document", contextWords: undefined } as const;

test("a folder without the file, or a model without a folder, reads all of a text", () => {
  expect(inputOf({ folder: undefined })).toEqual(ALL);
  expect(inputOf({ folder })).toEqual(ALL);
});

test.each([
  [{ unit: "sentence" }, { unit: "sentence", contextWords: undefined }],
  [{ contextWords: 110 }, { unit: "document", contextWords: 110 }],
  [
    { unit: "sentence", contextWords: 5 },
    { unit: "sentence", contextWords: 5 },
  ],
] as const)("reads what %o says", (said, input) => {
  writeFileSync(join(folder, READING_FILE), JSON.stringify(said));
  expect(inputOf({ folder })).toEqual(input);
});

test.each(['{"unit": "page"}', '{"contextWords": 0}', '{"words": 3}', "{"])("refuses %s", (text) => {
  writeFileSync(join(folder, READING_FILE), text);
  expect(() => inputOf({ folder })).toThrow("does not say what the model reads");
});
