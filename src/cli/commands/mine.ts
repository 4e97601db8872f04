/** `biogpt mine`: literature in, a knowledge graph out. */
import { countOf } from "../../base/count-of.ts";
import type { MineEvent } from "../../workflows/mining/mine.ts";
import type { CommandModule } from "../define.ts";
import { DOCUMENT_OPTIONS, documentEvents, expectNoProblems, pace } from "../documents.ts";
import { loadSettings, MODEL_OPTIONS } from "../model-options.ts";
import { noEffect } from "../no-effect.ts";
import { addOptions, count, type FlagsOf, flag, list, repeated, required, text } from "../options.ts";
import type { Terminal } from "../terminal.ts";

const OPTIONS = {
  out: required(text("folder", "of the graph; one that is there is added to, and only what is new is done")),
  scheme: list(
    "name",
    "relations to look for: chemical-disease, drug-drug, drug-target, or all (default: chemical-disease)",
  ),
  vocabulary: repeated(
    "index",
    "of `biogpt vocabulary build`, by which names become identifiers; the first named wins ties",
  ),
  annotations: flag("take the names and relations that PubTator or BioC files state; no model reads them"),
  query: text("query", "mine what PubMed finds, in place of files; NCBI_API_KEY and NCBI_EMAIL are told to NCBI"),
  limit: count("n", "with --query: at most so many articles, the most recent first", { min: 1 }),
  baseUrl: text("url", "with --query: where the E-utilities are (default: NCBI's)"),
  shard: text(
    "number/of",
    "do this part of the work; several processes share the folder, and the last one assembles the graph",
  ),
  queue: text("url", "hand the work out to `biogpt worker` over redis://HOST or postgres://HOST/DATABASE"),
  workers: count("n", "with --queue: workers to start on this machine (default: none)", { min: 1, max: 64 }),
  redo: flag("do anew what another model or vocabulary has done"),
  inputFormat: DOCUMENT_OPTIONS.inputFormat,
  ...MODEL_OPTIONS,
};
type Flags = FlagsOf<typeof OPTIONS>;

export const mineCommand: CommandModule = {
  examples: [
    "biogpt mine pubmed26n*.xml.gz --out kg --scheme all --vocabulary medic.index",
    'biogpt mine --query "metformin AND lactic acidosis" --out kg',
    "biogpt mine pubmed26n*.xml.gz --out kg --shard 3/100",
    "biogpt mine pubmed26n*.xml.gz --out kg --queue redis://localhost --workers 2",
  ],
  register(program, terminal) {
    addOptions(program.command("mine"), OPTIONS)
      .summary("build a knowledge graph from the literature")
      .description(
        "Reads PubMed XML, MEDLINE, JATS, PubTator, BioC, CSV, JSON, text and more (also gzip, zip and Zstandard; - is standard input; folders by their files) and keeps names, " +
          "concepts and relations with their sentences in a folder: Parquet files, and graph.duckdb for any DuckDB client. A stopped run goes on when it is run again.",
      )
      .argument("[files...]", "files or folders to read, or - for standard input")
      .action((files: string[], flags: Flags) => run(files, flags, terminal));
  },
};

async function run(files: readonly string[], flags: Flags, terminal: Terminal): Promise<void> {
  const { mineLiterature } = await import("../../workflows/mining/mine-literature.ts");
  const { filesOf } = await import("../../workflows/mining/folders.ts");
  const { parseShard } = await import("../../workflows/mining/shard.ts");
  const { coordinate } = await import("../../workflows/mining/coordinate.ts");
  checkFlags(files, flags);
  const {
    out,
    queue,
    workers,
    scheme: schemes,
    vocabulary: vocabularies,
    annotations,
    query,
    limit,
    baseUrl,
    shard,
    redo,
    model,
    inputFormat,
  } = flags;
  const { NCBI_API_KEY: apiKey, NCBI_EMAIL: email } = process.env;
  const { onEvent: show, problems } = documentEvents(terminal);
  const started = performance.now();
  const settings = {
    ...{ out, schemes, vocabularies, annotations, query, redo, model, inputFormat },
    load: loadSettings(flags),
    entrez: { baseUrl, apiKey, email, limit },
    shard: shard === undefined ? undefined : parseShard(shard),
    standardInput: terminal.input,
  };
  const onEvent = (event: MineEvent): void => {
    if (event.type !== "unit" && event.type !== "summary") show(event);
  };
  const context = { signal: terminal.signal, onEvent };
  const paths = await filesOf(files);
  const mining =
    queue === undefined
      ? mineLiterature(paths, settings, context)
      : coordinate(paths, { ...settings, queue, workers, workerCommand: workerCommand(flags) }, context);
  const summary = await mining.catch((error: unknown) => {
    if (terminal.signal.aborted) terminal.note("What is done is kept: the same command goes on from there.");
    throw error;
  });
  const { documents, before, relations, assembled } = summary;
  const done = before === 0 ? "" : `, of them ${before} before or elsewhere`;
  const found = `${countOf(relations, "relation")} found ${pace(documents - before, started)}`;
  terminal.note(`${countOf(documents, "document")}${done}; ${documents === before ? "nothing is new." : found}`);
  if (assembled) terminal.note(`The graph is in ${out}: \`biogpt graph stats ${out}\`.`);
  else terminal.note("Other parts are missing; the last one assembles the graph.");
  expectNoProblems(problems(), `They are named above, and in ${out}/inputs; mend them and mine the file again.`);
}

/** What would be without effect. */
function checkFlags(
  files: readonly string[],
  { query, limit, baseUrl, queue, workers, shard, annotations, model }: Flags,
): void {
  const idle = (name: string, without: string): Error =>
    noEffect(`${name} has no effect without ${without}.`, "Leave it out.");
  if (query === undefined && limit !== undefined) throw idle("--limit", "--query");
  if (query === undefined && baseUrl !== undefined) throw idle("--base-url", "--query");
  if (queue === undefined && workers !== undefined) throw idle("--workers", "--queue");
  if (queue !== undefined && (shard !== undefined || query !== undefined))
    throw noEffect("--queue goes with files alone.", "Leave out --shard and --query.");
  if (annotations === true && model !== undefined)
    throw noEffect("--annotations takes no model.", "Leave out one of the two.");
  if (queue !== undefined && files.length === 0) throw noEffect("--queue has no effect without files.", "Name files.");
}

/** This program as a worker, with the same threads. */
function workerCommand({ threads }: Flags): string[] {
  const own = [process.execPath, process.argv[1]!, "worker", "--quiet"];
  return threads === undefined ? own : [...own, "--threads", String(threads)];
}
