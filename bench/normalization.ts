/**
 * Normalisation at size: an index of a million names, names a second of one core where folding suffices and where trigrams are needed, and memory.
 *
 *     npx tsc -p tsconfig.json --noEmit false --noCheck --declaration false --isolatedDeclarations false --outDir tmp/bench
 *     node tmp/bench/bench/normalization.js [names]
 *
 * Names are made of words with the frequencies of a vocabulary (a few words in most names, most words in a few). Rates are of the process's own
 * processor time, so that a busy machine does not change them; memory is the largest resident size of a process that only looks up.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Random } from "../src/base/random.ts";
import { IndexBuilder } from "../src/knowledge-graph/vocabulary/build-index.ts";
import { openVocabularies } from "../src/knowledge-graph/vocabulary/vocabularies.ts";

const WORDS = 60_000;
const LOOKUPS = 20_000;
const SEARCHES = 2_000;

const SYLLABLES =
  "neo car ci no ma hy per ten si on gly co ly tic ane mi a phe nyl ke to ben zo di a ze pi ne thy ro id he pa ti tis os teo my lo blas dys tro phy syn drome".split(
    " ",
  );

function words(): string[] {
  const random = new Random(1);
  return Array.from({ length: WORDS }, () =>
    Array.from(
      { length: 2 + Math.floor(random.next() * 4) },
      () => SYLLABLES[Math.floor(random.next() * SYLLABLES.length)],
    ).join(""),
  );
}

/** The i-th name: two to five words, the frequent ones more often. */
function nameOf(all: readonly string[], i: number): string {
  const random = new Random(i + 7);
  const length = 2 + Math.floor(random.next() * 3.99);
  return Array.from({ length }, () => all[Math.floor(WORDS * random.next() ** 3)]).join(" ");
}

function seconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}

function megabytes(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}

function build(path: string, count: number): void {
  const all = words();
  const before = process.cpuUsage();
  const builder = new IndexBuilder();
  for (let i = 0; i < count; i++) {
    const id = `test:${Math.floor(i / 4)}`;
    builder.add({
      id,
      name: undefined,
      synonyms: [{ text: nameOf(all, i), scope: "exact", count: 1 }],
      alternatives: [],
      type: undefined,
    });
  }
  const { pieces } = builder.finish("obo", "synthetic", []);
  writeFileSync(path, pieces[0]!);
  for (const piece of pieces.slice(1)) writeFileSync(path, piece, { flag: "a" });
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  console.log(JSON.stringify({ built: builder.names, bytes, seconds: seconds(before), megabytes: megabytes() }));
}

async function look(path: string, count: number): Promise<void> {
  const all = words();
  using vocabularies = await openVocabularies([path]);
  const random = new Random(3);
  const some = (n: number): string[] => Array.from({ length: n }, () => nameOf(all, Math.floor(random.next() * count)));
  const folded = some(LOOKUPS).map((name) => name.split(" ").toReversed().join("-").toUpperCase());
  const misspelt = some(SEARCHES).map(
    (name) => `${name.slice(0, 3)}q${name.slice(3)} ${all[Math.floor(random.next() * WORDS)]}`,
  );
  for (const name of folded.slice(0, 500)) vocabularies.normalize(name);
  for (const name of misspelt.slice(0, 50)) vocabularies.normalize(name);
  for (const [what, names] of [
    ["folding", folded],
    ["trigrams", misspelt],
  ] as const) {
    const before = process.cpuUsage();
    let found = 0;
    for (const name of names) found += vocabularies.normalize(name).candidates.length;
    const rate = Math.round(names.length / seconds(before));
    console.log(
      JSON.stringify({ what, names: names.length, candidates: found, namesPerSecond: rate, megabytes: megabytes() }),
    );
  }
}

const [mode, given, path] = process.argv.slice(2);
if (mode === "build") build(path!, Number(given));
else if (mode === "look") await look(path!, Number(given));
else {
  const count = mode ?? "1000000";
  const folder = mkdtempSync(join(tmpdir(), "biogpt-bench-"));
  try {
    const file = join(folder, "synthetic.idx");
    for (const part of ["build", "look"]) {
      execFileSync(process.execPath, [fileURLToPath(import.meta.url), part, count, file], { stdio: "inherit" });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
