/** The table of error codes: what src/ throws stands in it, what stands in it is thrown, and docs/errors.md is the table. */
import { expect, test } from "vitest";
import { ERROR_CODES, EXIT_AND_STATUS } from "../src/base/error-codes.ts";
import { cell, expectGeneratedPart } from "./generated-page.ts";
import { SHIPPED_FILES, sourceText } from "./source-files.ts";

const TABLE = "base/error-codes.ts";
/** A code stands in the code as a literal whose folder is one of the table's; nothing else of src/ looks so. */
const FOLDERS = new Set(
  Object.keys(ERROR_CODES)
    .filter((code) => code.includes("/"))
    .map((code) => code.split("/")[0]!),
);
const LITERAL = /"([a-z][a-z-]*)\/([a-z0-9-]+)"/g;
/** The first argument of an error that is a literal, in any folder, or without one. */
const THROWN = /new BiogptError\(\s*"([^"]+)"/g;

const used = new Map<string, string>();
for (const file of SHIPPED_FILES) {
  if (file === TABLE) continue;
  const text = sourceText(file);
  for (const [, code] of text.matchAll(THROWN)) used.set(code!, file);
  for (const [, folder, reason] of text.matchAll(LITERAL))
    if (FOLDERS.has(folder!)) used.set(`${folder}/${reason}`, file);
}

test("every code that src/ throws stands in the table", () => {
  const missing = [...used].filter(([code]) => !(code in ERROR_CODES));
  expect(missing.map(([code, file]) => `add a row for "${code}" of ${file} to ${TABLE}`)).toEqual([]);
});

test("every code of the table is thrown somewhere", () => {
  const stale = Object.keys(ERROR_CODES).filter((code) => !used.has(code));
  expect(stale.map((code) => `"${code}" is thrown nowhere; delete its row`)).toEqual([]);
});

test("the table's texts are one sentence each, and its codes are in order", () => {
  const codes = Object.keys(ERROR_CODES);
  expect(codes.slice(2)).toEqual(codes.slice(2).sort());
  for (const [code, [, cause, fix]] of Object.entries(ERROR_CODES)) {
    expect(cause, code).toMatch(/^[A-Z`"/a-z-].{5,110}\.$/);
    expect(fix, code).toMatch(/^[A-Z`"/a-z-].{5,110}\.$/);
  }
});

test("docs/errors.md lists the codes", () => {
  const rows = Object.entries(ERROR_CODES).map(([code, [kind, cause, fix]]) => {
    const { exit, status } = EXIT_AND_STATUS[kind];
    return `| \`${code}\` | ${kind} | ${exit} | ${status} | ${cell(cause)} | ${cell(fix)} |`;
  });
  const head = "| code | kind | exit | HTTP | cause | fix |\n|---|---|---|---|---|---|";
  expectGeneratedPart("docs/errors.md", `${head}\n${rows.join("\n")}`);
});
