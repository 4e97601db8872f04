/**
 * Pages of docs/ that are made from the code. A test compares what stands on the page with what the code says;
 * `BIOGPT_UPDATE_DOCS=1 npx vitest run test` writes it anew.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { ROOT } from "./source-files.ts";

const BEGIN = "<!-- generated: begin (BIOGPT_UPDATE_DOCS=1 npx vitest run test) -->";
const END = "<!-- generated: end -->";

/** Holds the part of `path` between its two marks to `content`; what stands around them is written by hand. */
export function expectGeneratedPart(path: string, content: string): void {
  const page = readFileSync(join(ROOT, path), "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  expect(begin, `${path} has no mark "${BEGIN}"`).toBeGreaterThanOrEqual(0);
  expect(end, `${path} has no mark "${END}"`).toBeGreaterThan(begin);
  const wanted = `${page.slice(0, begin + BEGIN.length)}\n\n${content.trim()}\n\n${page.slice(end)}`;
  if (process.env["BIOGPT_UPDATE_DOCS"]) writeFileSync(join(ROOT, path), wanted);
  else expect(page).toBe(wanted);
}

/** Holds a whole file to `content`. */
export function expectGeneratedFile(path: string, content: string): void {
  const file = join(ROOT, path);
  if (process.env["BIOGPT_UPDATE_DOCS"]) writeFileSync(file, content);
  else expect(existsSync(file) ? readFileSync(file, "utf8") : "").toBe(content);
}

/** A cell of a Markdown table: one line, its bars and, outside of code, its angle brackets escaped. */
export function cell(text: string): string {
  const line = text.replaceAll("\n", " ").replaceAll("|", "\\|");
  return line.replace(/`[^`]*`|</g, (part) => (part === "<" ? "\\<" : part));
}
