/** The files of src/ and what they import, for the tests of structure. */
import { readdirSync, readFileSync } from "node:fs";
import { join, posix, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT: string = fileURLToPath(new URL("../", import.meta.url));
const SOURCE = join(ROOT, "src");

/** Every TypeScript file of src/, as `folder/file.ts` with forward slashes. */
export const SOURCE_FILES: readonly string[] = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => name.split(sep).join("/"))
  .sort();

/** Tests and what only they use. */
export function isTest(file: string): boolean {
  return file.endsWith(".test.ts") || file.endsWith(".fixture.ts");
}

/** What is shipped: `SOURCE_FILES` without tests. */
export const SHIPPED_FILES: readonly string[] = SOURCE_FILES.filter((file) => !isTest(file));

export function sourceText(file: string): string {
  return readFileSync(join(SOURCE, file), "utf8");
}

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g;

/** A statement that is gone when types are taken out. */
const TYPE_STATEMENT = /^(?:import|export) type [^;]*;$/gm;

/** What a file names after `from`, `import` or in `import(…)`; `values`: what is left of it when it runs. */
export function importsOf(file: string, which: "all" | "values" = "all"): string[] {
  const text = which === "all" ? sourceText(file) : sourceText(file).replace(TYPE_STATEMENT, "");
  return [...text.matchAll(IMPORT)].map((match) => match[1]!);
}

/** Those of `importsOf` that are files, as paths from src/ on; `../…` for what lies outside. */
export function importedFiles(file: string, which: "all" | "values" = "all"): string[] {
  return importsOf(file, which)
    .filter((target) => target.startsWith("."))
    .map((target) => posix.join(posix.dirname(file), target));
}
