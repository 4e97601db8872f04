/** docs/api/ has a page for each entry of the package, with exactly the names that it exports. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { apiPage, Declarations, plain } from "./api-pages.ts";
import { ROOT } from "./source-files.ts";

const FOLDER = join(ROOT, "docs/api");
const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  exports: Record<string, unknown>;
};
const ENTRIES = Object.keys(exports).filter((entry) => entry !== "./package.json");
const sources = new Declarations(join(ROOT, "src"), ".ts");

/** `./graph` to its page, its file and what a program imports. */
function placesOf(entry: string): { page: string; file: string; name: string } {
  const folder = entry.replace(/^\.\/?/, "");
  return folder === ""
    ? { page: "biogpt.md", file: "index", name: "biogpt" }
    : { page: `${folder}.md`, file: `${folder}/index`, name: `biogpt/${folder}` };
}

function writePages(): void {
  const out = mkdtempSync(join(tmpdir(), "biogpt-api-"));
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  const flags = ["-p", join(ROOT, "tsconfig.build.json"), "--noCheck", "--emitDeclarationOnly", "--outDir", out];
  execFileSync(process.execPath, [compiler, ...flags]);
  const declarations = new Declarations(out, ".d.ts");
  const pages = ENTRIES.map(placesOf).map(({ page, file, name }) => ({
    path: join(FOLDER, page),
    text: apiPage(name, file, declarations, sources.opening(file)),
  }));
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const { path, text } of pages) writeFileSync(path, text);
  rmSync(out, { recursive: true });
}

if (process.env["BIOGPT_UPDATE_DOCS"]) writePages();

test.each(ENTRIES)("the page of %s lists what it exports", (entry) => {
  const { page, file } = placesOf(entry);
  const path = join(FOLDER, page);
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const listed = [...text.matchAll(/^### (\w+)$/gm)].map(([, name]) => name!);
  expect(listed).toEqual(sources.exportsOf(file).map(({ name }) => name));
});

test("no page is left of an entry that is gone", () => {
  expect(readdirSync(FOLDER).sort()).toEqual(ENTRIES.map((entry) => placesOf(entry).page).sort());
});

test("comments lose their stars, and nothing else", () => {
  expect(plain("/**\n * One.\n *\n *     indented\n */")).toBe("One.\n\n    indented");
});
