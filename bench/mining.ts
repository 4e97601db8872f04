/**
 * What mining costs, in the process's own processor time, which other work on the machine changes least.
 *
 *     npx tsc -p tsconfig.json --noEmit false --noCheck --declaration false --isolatedDeclarations false --outDir tmp/bench
 *     for part in models vocabularies package.json; do ln -sfn "$PWD/$part" tmp/bench/$part; done
 *     node tmp/bench/bench/mining.js model FILE [documents …]    # the embedded reader, three schemes, the package's vocabulary; each count in a process of its own
 *     node tmp/bench/bench/mining.js growth FILE [times …]       # the same documents again and again with new ids and names, extraction stubbed
 *     node tmp/bench/bench/mining.js workers FILE QUEUE [documents]   # two workers of one thread over a queue, against one process of two threads
 *     node tmp/bench/bench/mining.js graph [relations]           # a made-up graph: questions and exports
 *
 * `growth` replaces extraction by a reader of some frequent words, so that everything else is done as in earnest. Each prints a JSON line a row.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Document } from "../src/corpora/document.ts";
import { readDocuments } from "../src/corpora/literature/read.ts";
import { exportGraph } from "../src/knowledge-graph/export/export-graph.ts";
import { findConcepts } from "../src/knowledge-graph/query/concepts.ts";
import { evidence, neighbours, path } from "../src/knowledge-graph/query/relations.ts";
import { assembleGraph } from "../src/knowledge-graph/store/assemble.ts";
import { Database, literal } from "../src/knowledge-graph/store/database.ts";
import { DOCUMENT_COLUMNS, type DocumentRecord } from "../src/knowledge-graph/store/document-record.ts";
import { writeGraphFolder, writeInput } from "../src/knowledge-graph/store/inputs.ts";
import { openGraph } from "../src/knowledge-graph/store/open-graph.ts";
import { unitPath } from "../src/knowledge-graph/store/unit-files.ts";
import { packagedVocabularies } from "../src/knowledge-graph/vocabulary/packaged.ts";
import type { DocumentReader } from "../src/mining/document-reader.ts";
import { NativeProgram } from "../src/runtime/native/native-program.ts";
import { coordinate } from "../src/workflows/mining/coordinate.ts";
import { mineInto } from "../src/workflows/mining/mine.ts";
import { mineLiterature } from "../src/workflows/mining/mine-literature.ts";
import { openNormalizer } from "../src/workflows/mining/vocabulary-normalizer.ts";

const EXPORTED = ["kgx", "parquet", "turtle"];

function eachAlone(part: string, file: string, given: readonly string[], usual: readonly string[]): void {
  const program = fileURLToPath(import.meta.url);
  for (const size of given.length > 0 ? given : usual)
    execFileSync(process.execPath, [program, part, file, size], { stdio: "inherit" });
}

function processorSeconds(since?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}

const megabytes = (): number => Math.round(process.resourceUsage().maxRSS / 1024);
const rounded = (value: number): number => Number(value.toPrecision(4));

async function measured(work: () => Promise<unknown>): Promise<{ seconds: number; processorSeconds: number }> {
  const [started, used] = [performance.now(), process.cpuUsage()];
  await work();
  return {
    seconds: rounded((performance.now() - started) / 1000),
    processorSeconds: rounded(processorSeconds(used)),
  };
}

/** `mine` as the command does it, with the time that runs of the compiled model take. */
async function model(file: string, limit: number): Promise<void> {
  let [inModel, running] = [0, 0];
  let since = process.cpuUsage();
  const { run } = NativeProgram.prototype;
  NativeProgram.prototype.run = async function (...given) {
    if (running++ === 0) since = process.cpuUsage();
    try {
      return await run.apply(this, given);
    } finally {
      if (--running === 0) inModel += processorSeconds(since);
    }
  };
  let relations = 0;
  const settings = { out: join(folder, "kg"), schemes: ["all"] };
  const time = await measured(async () => {
    ({ relations } = await mineLiterature(documentsOf(file, limit), settings));
  });
  const documentsPerSecond = rounded(limit / time.seconds);
  const shareInModel = rounded(inModel / time.processorSeconds);
  const each = { documentsPerProcessorSecond: rounded(limit / time.processorSeconds) };
  const bytes = { bytesPerDocument: rounded(bytesOf(settings.out) / limit) };
  print({
    documents: limit,
    relations,
    ...time,
    documentsPerSecond,
    ...each,
    shareInModel,
    ...bytes,
    megabytes: megabytes(),
  });
}

async function* documentsOf(file: string, limit: number): AsyncGenerator<Document, void> {
  let left = limit;
  for await (const document of readDocuments([file])) {
    if (left-- <= 0) return;
    yield document;
  }
}

/** Milliseconds of processor time a document, of each part; what a process does once (opening, compiling) was done before on the same documents. */
async function growth(file: string, times: number): Promise<void> {
  const some: Document[] = [];
  for await (const document of documentsOf(file, 2000)) some.push(document);
  await costs(some, 1, join(folder, "before"));
  print(await costs(some, times, join(folder, "measured")));
}

async function costs(some: readonly Document[], times: number, into: string): Promise<object> {
  const all = function* (): Generator<Document, void> {
    for (let time = 0; time < times; time++)
      for (const document of some) {
        const id = `${document.id}-${time}`;
        // Names of their own too, so that the graph grows as the corpus does.
        const passages = document.passages.map((one) => ({ ...one, text: one.text.replaceAll(FREQUENT, `$&${time}`) }));
        yield { ...document, passages, id, citation: { ...document.citation, pmid: id } };
      }
  };
  const count = some.length * times;
  const out = join(into, "kg");
  const each: Record<string, number> = {};
  const perDocument = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    each[name] = rounded(((await measured(work)).processorSeconds * 1000) / count);
  };
  using normalizer = await openNormalizer(packagedVocabularies());
  let stored = process.cpuUsage();
  await perDocument("mine", async () => {
    await mineInto(
      all(),
      { out, reader: WORDS, normalizer },
      {
        onEvent: (event) => {
          if (event.type === "unit") stored = process.cpuUsage();
        },
      },
    );
    each["assemble"] = rounded((processorSeconds(stored) * 1000) / count);
  });
  using graph = await openGraph(out);
  for (const format of EXPORTED) await perDocument(format, () => exportGraph(graph, format, join(into, format), {}));
  const bytesPerDocument = rounded(bytesOf(out) / count);
  return { documents: count, millisecondsPerDocument: each, bytesPerDocument, megabytes: megabytes() };
}

const FREQUENT =
  /\b(?:cancer|diabetes|hypertension|obesity|asthma|depression|stroke|infection|disease|(?<chemical>insulin|glucose|protein|oxygen|cholesterol|calcium|alcohol|iron))\d*\b/gi;

/** In place of extraction: frequent words are names, and neighbouring ones are related. */
const WORDS: DocumentReader = {
  types: ["Disease", "Chemical"],
  schemes: [{ name: "beside" }],
  hash: "words",
  description: "frequent words",
  async *read(documents) {
    for (const document of documents) {
      const mentions = document.passages.flatMap(({ text }, passage) =>
        [...text.matchAll(FREQUENT)].map(({ 0: name, index, groups }) => ({
          ...{ passage, start: index, end: index + name.length, text: name, probability: 0.9 },
          type: groups?.["chemical"] === undefined ? "Disease" : "Chemical",
        })),
      );
      const relations = mentions.slice(1).map((_, at) => ({
        ...{ scheme: "beside", type: "beside", probability: 0.8 },
        head: { mentions: [at] },
        tail: { mentions: [at + 1] },
      }));
      yield { document, mentions, relations };
    }
  },
};

/** Documents of a unit, so that workers have several each. */
const SHARED_UNIT = 50;

async function workers(file: string, queue: string, limit: number): Promise<void> {
  const documents: Document[] = [];
  for await (const document of documentsOf(file, limit)) documents.push(document);
  const common = { schemes: ["all"], unitSize: SHARED_UNIT };
  const [one, two] = [join(folder, "one"), join(folder, "two")];
  const alone = await measured(() => mineLiterature(documents, { ...common, out: one, load: { threads: 2 } }));
  const command = fileURLToPath(new URL("../src/cli/main.js", import.meta.url));
  const shared = await measured(() =>
    coordinate(documents, {
      ...{ ...common, out: two, queue, workers: 2, load: { threads: 1 } },
      workerCommand: [process.execPath, command, "worker", "--quiet", "--threads", "1"],
    }),
  );
  const contents = [await contentOf(one), await contentOf(two)] as const;
  const isSame = JSON.stringify(contents[0]) === JSON.stringify(contents[1]);
  print({
    ...{ documents: documents.length, units: Math.ceil(documents.length / SHARED_UNIT) },
    ...{
      oneProcess: rounded(documents.length / alone.seconds),
      twoWorkers: rounded(documents.length / shared.seconds),
    },
    ...{ share: rounded(alone.seconds / shared.seconds), isSame, largestDifference: difference(...contents) },
  });
}

async function contentOf(out: string): Promise<unknown[]> {
  using graph = await openGraph(out, { threads: 1 });
  const tables = ["documents", "mentions", "concepts", "names", "evidence", "relations"];
  return await Promise.all(tables.map((table) => graph.rows(`SELECT * FROM ${table}`)));
}

/** Of numbers at equal places, which are probabilities where they are not whole; infinite where anything else differs. */
function difference(one: unknown, other: unknown): number {
  if (typeof one === "number" && typeof other === "number") return Math.abs(one - other);
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null)
    return one === other ? 0 : Number.POSITIVE_INFINITY;
  const [all, others] = [Object.entries(one), Object.entries(other)];
  if (all.length !== others.length) return Number.POSITIVE_INFINITY;
  return all.reduce(
    (most, [key, value]) => Math.max(most, difference(value, (other as Record<string, unknown>)[key])),
    0,
  );
}

/** Ten relations a document, between concepts of which a few are in many. */
async function madeUpGraph(relations: number): Promise<void> {
  const out = join(folder, "kg");
  await writeMadeUpUnits(out, Math.ceil(relations / 10));
  print({ what: "assemble", ...(await measured(() => assembleGraph(out))), bytes: bytesOf(out) });
  using graph = await openGraph(out);
  const [count] = await graph.rows(
    "SELECT (SELECT count(*) FROM relations) AS relations, (SELECT count(*) FROM evidence) AS evidence",
  );
  print({ ...count });
  const [hub, rare, other] = ["test:c0", "test:c39001", "test:d17"].map((id) => ({
    id,
    name: id,
    type: "",
    mentions: 0,
    documents: 0,
  }));
  const questions: Record<string, () => Promise<unknown>> = {
    "find, part of a name": () => findConcepts(graph, "Chemical c123"),
    "find, of no concept": () => findConcepts(graph, "zzzz"),
    "neighbours of a hub": () => neighbours(graph, hub!),
    "neighbours of a rare one": () => neighbours(graph, rare!),
    "neighbours, threshold 0.9": () => neighbours(graph, hub!, { threshold: 0.9 }),
    evidence: () => evidence(graph, hub!, other),
    path: () => path(graph, hub!, other!),
  };
  for (const [what, ask] of Object.entries(questions)) {
    await ask();
    const time = await measured(async () => {
      for (let round = 0; round < 10; round++) await ask();
    });
    print({
      what,
      milliseconds: rounded(time.seconds * 100),
      processorMilliseconds: rounded(time.processorSeconds * 100),
    });
  }
  for (const format of ["parquet", "kgx"]) {
    const time = await measured(() => exportGraph(graph, format, join(folder, format), {}));
    print({ what: format, ...time, bytes: bytesOf(join(folder, format)), megabytes: megabytes() });
  }
}

/** By DuckDB itself, from the numbers of documents: drawing and writing a million relations in JavaScript takes minutes. */
async function writeMadeUpUnits(out: string, documents: number): Promise<void> {
  const sentence = "A chemical caused a disease in some of the patients, who recovered after it was withdrawn.";
  const share = (salt: number): string => `((hash(document, number, ${salt}) % 1000003) / 1000003.0)`;
  const place = `{'passage': 0, 'start': 0, 'end': ${sentence.length}}`;
  const mention = (id: string, type: string, start: number): string =>
    `{'passage': 0, 'start': ${start}, 'end': ${start + 8}, 'text': '${type} ' || ${id}, 'type': '${type}', 'probability': 0.9,
      'concepts': [{'id': 'test:' || ${id}, 'name': '${type} ' || ${id}, 'score': 1.0}]}`;
  const argument = (id: string, type: string, at: string): string =>
    `{'concept': 'test:' || ${id}, 'name': '${type} ' || ${id}, 'type': '${type}', 'mention': (${at})::INTEGER}`;
  const columns: Readonly<Record<keyof DocumentRecord, string>> = {
    ...{ id: "document::VARCHAR", hash: "''", version: "1", pmid: "document::VARCHAR", pmcid: "NULL", doi: "NULL" },
    ...{ year: "1980 + document % 46", journal: "'J Bench'", retracted: "false", languages: "[]" },
    ...{ publicationTypes: "[]", mesh: "[]", notices: "[]" },
    passages: `[{'kind': 'abstract', 'label': NULL, 'text': '${sentence}'}]`,
    mentions: `flatten(list([${mention("c", "Chemical", 2)}, ${mention("d", "Disease", 20)}] ORDER BY number))`,
    relations: `list({'scheme': 'made-up', 'type': 'causes', 'head': ${argument("c", "Chemical", "2 * number")},
      'tail': ${argument("d", "Disease", "2 * number + 1")}, 'probability': 0.3 + 0.6 * ${share(3)}, 'places': [${place}],
      'sentence': '${sentence}', 'negated': number = 9, 'speculative': false, 'system': NULL} ORDER BY number)`,
  };
  const row = Object.entries(columns).map(
    ([name, value]) => `(${value})::${DOCUMENT_COLUMNS[name as keyof DocumentRecord]} AS "${name}"`,
  );
  const units: string[] = [];
  mkdirSync(join(out, "units"), { recursive: true });
  using database = await Database.open({ memory: 2048 });
  for (let from = 0; from < documents; from += 5000) {
    units.push(`${units.length}`.padStart(64, "0"));
    await database.run(
      `COPY (WITH drawn AS (
         SELECT document, number, 'c' || floor(40000 * ${share(1)} ** 1.5)::INTEGER AS c, 'd' || floor(12000 * ${share(2)} ** 1.5)::INTEGER AS d
         FROM range(${from}, ${Math.min(documents, from + 5000)}) AS a(document), range(10) AS b(number))
       SELECT ${row.join(", ")} FROM drawn GROUP BY document ORDER BY document)
       TO ${literal(unitPath(out, units.at(-1)!))} (FORMAT parquet, COMPRESSION zstd)`,
    );
  }
  const pipeline = { hash: "bench", parts: {} };
  await writeGraphFolder(out, pipeline);
  const rest = { deletions: [], problems: [], sequence: [1, 0] as const };
  await writeInput(out, { source: "made up", pipeline: pipeline.hash, documents, units, ...rest });
}

function bytesOf(path: string): number {
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

function print(row: object): void {
  console.log(JSON.stringify(row));
}

const [mode, ...words] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "biogpt-bench-"));
try {
  if (mode === "model") eachAlone("model-of", words[0]!, words.slice(1), ["200", "2000"]);
  else if (mode === "growth") eachAlone("growth-of", words[0]!, words.slice(1), ["1", "10", "100"]);
  else if (mode === "model-of") await model(words[0]!, Number(words[1]));
  else if (mode === "growth-of") await growth(words[0]!, Number(words[1]));
  else if (mode === "workers") await workers(words[0]!, words[1]!, Number(words[2] ?? 400));
  else if (mode === "graph") await madeUpGraph(Number(words[0] ?? 1_010_000));
  else
    throw new Error(
      "model FILE [documents …], growth FILE [times …], workers FILE QUEUE [documents], or graph [relations]",
    );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
