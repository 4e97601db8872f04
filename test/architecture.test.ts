/**
 * Holds the shape of src/: imports go to lower ranks and never in a circle, the portable folders import no Node module, files stay short, the command
 * line stays thin, and what a task or a model family is called stands in its own place.
 *
 * Where the code is not there yet, what is left is listed here and the list may only shrink: an entry that is mended fails the test until it is taken out.
 */
import { expect, test } from "vitest";
import { importedFiles, importsOf, isTest, SHIPPED_FILES, SOURCE_FILES, sourceText } from "./source-files.ts";

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
  web: 6,
  server: 8,
  cli: 9,
  client: 9,
  langchain: 10,
  "ai-sdk": 10,
  "index.ts": 11,
};
const PORTABLE = ["base", "graph", "tokenizers", "layers", "models", "generation"];

const folderOf = (file: string): string => file.split("/")[0]!;

test("a folder imports only from lower ranks", () => {
  const wrong: string[] = [];
  for (const file of SOURCE_FILES) {
    const folder = folderOf(file);
    const rank = RANKS[folder];
    if (rank === undefined) {
      wrong.push(`${file}: the folder ${folder} has no rank`);
      continue;
    }
    if (isTest(file)) continue;
    for (const target of importedFiles(file)) {
      const other = folderOf(target);
      if (other === "..") wrong.push(`${file} imports ${target}, outside src/`);
      else if (other !== folder && !((RANKS[other] ?? Number.POSITIVE_INFINITY) < rank))
        wrong.push(`${file} (rank ${rank}) imports ${target} (rank ${RANKS[other] ?? "none"})`);
    }
  }
  expect(wrong).toEqual([]);
});

test("the portable folders import no Node module and no native package", () => {
  const wrong = SHIPPED_FILES.filter((file) => PORTABLE.includes(folderOf(file)))
    .flatMap((file) => importsOf(file).map((name) => `${file}: ${name}`))
    .filter((line) => /: (node:|koffi|onnxruntime)/.test(line));
  expect(wrong).toEqual([]);
});

test("what runs in a browser reaches no Node module, through whatever it imports", () => {
  const reached = new Set(["web/index.ts"]);
  for (const file of reached) for (const target of importedFiles(file, "values")) reached.add(target);
  const wrong = [...reached].flatMap((file) => importsOf(file, "values").map((name) => `${file}: ${name}`));
  expect(reached).toContain("checkpoints/byte-source.ts");
  expect(reached).toContain("tasks/mention-relations/read-relations.ts");
  expect(wrong.filter((line) => /: (node:|koffi|onnxruntime)/.test(line))).toEqual([]);
});

/** Circles that are left; each is the files of one, in order of their names. */
const KNOWN_CIRCLES: readonly string[] = [];

test("no file imports itself in a circle, type imports included", () => {
  expect(circles(new Map(SHIPPED_FILES.map((file) => [file, importedFiles(file)])))).toEqual(KNOWN_CIRCLES);
});

test("circles are found: a circle of three, one of itself, none in a diamond", () => {
  const graph = { a: ["b"], b: ["c"], c: ["a", "d"], d: ["d"], e: ["f", "g"], f: ["h"], g: ["h"], h: [] };
  expect(circles(new Map(Object.entries(graph)))).toEqual(["a b c", "d"]);
});

/** The strongly connected parts of an import graph that are circles (Tarjan, 1972). */
function circles(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const found: string[] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    lowest.set(file, order.get(file)!);
    open.push(file);
    const targets = imports.get(file) ?? [];
    for (const target of targets) {
      if (!order.has(target)) visit(target);
      if (open.includes(target)) lowest.set(file, Math.min(lowest.get(file)!, lowest.get(target)!));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const members = open.splice(open.indexOf(file)).sort();
    if (members.length > 1 || targets.includes(file)) found.push(members.join(" "));
  };
  for (const file of imports.keys()) if (!order.has(file)) visit(file);
  return found.sort();
}

const MOST_LINES = 450;
/** What is left. */
const LONG_FILES: readonly string[] = [];

test(`no file has more than ${MOST_LINES} lines`, () => {
  expect(SOURCE_FILES.filter((file) => lines(file) > MOST_LINES)).toEqual(LONG_FILES);
});

function lines(file: string): number {
  return sourceText(file).trimEnd().split("\n").length;
}

/**
 * Where cli/ is to be: at most 3,000 lines without tests, and 80 for each of what came later: featurize, entities, completion, chat, ask, embed, serve,
 * convert, mine, worker, graph, export, normalize, vocabulary, files of results that are gone on with, and what `evaluate` does with classifiers and
 * answers, with unlabelled documents, and with texts about molecules.
 */
const CLI_LINES: number = 3_000 + 18 * 80;

test("cli/ only parses, calls and prints", () => {
  const count = SHIPPED_FILES.filter((file) => folderOf(file) === "cli").reduce((sum, file) => sum + lines(file), 0);
  expect(count).toBeLessThanOrEqual(CLI_LINES);
  expect(CLI_LINES - count < 100, `cli/ has ${count} lines: lower CLI_LINES`).toBe(true);
});

/** A task's name as a text, or as a key of a record. */
const TASK_NAME = /"(?:bc5cdr|ddi|kd-dti|hoc|pubmedqa)"|^\s*(?:bc5cdr|ddi|hoc|pubmedqa):/m;
/** Files that name a task and are not a task's own. To be at most three. */
const NAMING_TASKS: readonly string[] = [];

test("a task is named in tasks/, evaluation/ and corpora/ alone", () => {
  const naming = SHIPPED_FILES.filter((file) => !["tasks", "evaluation", "corpora"].includes(folderOf(file)));
  expect(naming.filter((file) => TASK_NAME.test(code(file)))).toEqual(NAMING_TASKS);
});

/** Files outside models/ that import BioGPT's folder or name its config. To be none. */
const NAMING_BIOGPT: readonly string[] = [];

test("BioGPT's folder is known to models/ alone", () => {
  const naming = SHIPPED_FILES.filter((file) => folderOf(file) !== "models").filter(
    (file) =>
      importedFiles(file).some((target) => target.startsWith("models/biogpt/")) || code(file).includes("BioGptConfig"),
  );
  expect(naming).toEqual(NAMING_BIOGPT);
});

/** A file without its comments, in which every name may stand. */
function code(file: string): string {
  return sourceText(file)
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/^\s*\/\/.*$/gm, "");
}

test("a path is made of a URL by fileURLToPath, which Windows needs", () => {
  expect(SOURCE_FILES.filter((file) => /import\.meta\.url\)\.pathname/.test(sourceText(file)))).toEqual([]);
});
