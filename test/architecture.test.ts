/** Holds the arrows: a folder of src/ imports only from lower ranks, and the portable folders import no Node module. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { expect, test } from "vitest";

const RANKS: Readonly<Record<string, number>> = {
  base: 0,
  files: 1,
  graph: 1,
  tokenizers: 1,
  molecules: 1,
  corpora: 2,
  runtime: 2,
  layers: 2,
  checkpoints: 2,
  models: 3,
  generation: 3,
  training: 3,
  "knowledge-graph": 3,
  pretrained: 4,
  tasks: 5,
  evaluation: 6,
  mining: 6,
  workflows: 7,
  server: 8,
  cli: 9,
  "index.ts": 10,
};
const PORTABLE = ["base", "graph", "tokenizers", "layers", "models", "generation"];
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g;

const source = new URL("../src/", import.meta.url).pathname;
const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));

/** Tests and what only they use may reach anywhere. */
function isTest(file: string): boolean {
  return file.endsWith(".test.ts") || file.endsWith(".fixture.ts");
}

function importsOf(file: string): string[] {
  return [...readFileSync(join(source, file), "utf8").matchAll(IMPORT)].map((match) => match[1]!);
}

test("a folder imports only from lower ranks", () => {
  const wrong: string[] = [];
  for (const file of files) {
    const folder = file.split(sep)[0]!;
    const rank = RANKS[folder];
    if (rank === undefined) {
      wrong.push(`${file}: the folder ${folder} has no rank`);
      continue;
    }
    for (const target of importsOf(file).filter((name) => name.startsWith("."))) {
      const other = relative(source, join(source, file, "..", target)).split(sep)[0]!;
      if (other === "..") {
        if (!isTest(file)) wrong.push(`${file} imports ${target}, outside src/`);
      } else if (other !== folder && !((RANKS[other] ?? Number.POSITIVE_INFINITY) < rank) && !isTest(file)) {
        wrong.push(`${file} (rank ${rank}) imports ${target} (rank ${RANKS[other] ?? "none"})`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

test("the portable folders import no Node module and no native package", () => {
  const wrong = files
    .filter((file) => PORTABLE.includes(file.split(sep)[0]!) && !isTest(file))
    .flatMap((file) => importsOf(file).map((name) => `${file}: ${name}`))
    .filter((line) => /: (node:|koffi|onnxruntime)/.test(line));
  expect(wrong).toEqual([]);
});
