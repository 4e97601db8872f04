/** The graph's tables as they are: one file a kind, TSV or Parquet, rows in one order and nothing of the run in them. */
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Database, literal } from "../store/database.ts";
import type { ExportFilter } from "./rows.ts";

const KINDS = ["documents", "mentions", "concepts", "relations", "evidence"] as const;

/** What a table has as plain cells; lists are parted by `|`. */
const FLAT: Readonly<Record<(typeof KINDS)[number], string>> = {
  documents: `id, version, pmid, pmcid, doi, year, journal, retracted, array_to_string(languages, '|') AS languages,
    array_to_string(publication_types, '|') AS publication_types, array_to_string(list_transform(mesh, lambda m: m.name), '|') AS mesh,
    (SELECT string_agg(p.text, ' ') FROM (SELECT unnest(list_filter(passages, lambda p: p.kind = 'title')) AS p)) AS title`,
  mentions: `document, mention, passage, start, "end", text, type, probability, array_to_string(concepts, '|') AS concepts`,
  concepts: "id, name, type, mentions, documents",
  relations: "*",
  evidence: `document, scheme, type, head, tail, head_name, tail_name, head_type, tail_type, head_mention, tail_mention, probability, negated, speculative,
    system, year, retracted, array_to_string(list_transform(places, lambda p: p.passage || ':' || p.start || '-' || p."end"), ' ') AS places, sentence`,
};

export async function exportTsv(graph: Database, folder: string, filter: ExportFilter): Promise<void> {
  for (const kind of KINDS) {
    const rows = `SELECT ${FLAT[kind]} FROM ${kind}${conditionOf(kind, filter)}`;
    await copy(graph, rows, join(folder, `${kind}.tsv`), "FORMAT csv, DELIMITER '\\t', HEADER", filter.signal);
  }
}

export async function exportParquet(graph: Database, folder: string, filter: ExportFilter): Promise<void> {
  for (const kind of KINDS) {
    const rows = `SELECT * FROM ${kind}${conditionOf(kind, filter)}`;
    await copy(graph, rows, join(folder, `${kind}.parquet`), "FORMAT parquet, COMPRESSION zstd", filter.signal);
  }
}

/** Tables are sorted, and DuckDB gives rows in the order in which they lie. */
function conditionOf(kind: string, { threshold = 0 }: ExportFilter): string {
  return kind === "relations" && threshold > 0 ? ` WHERE probability >= ${Number(threshold)}` : "";
}

async function copy(
  graph: Database,
  query: string,
  path: string,
  options: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const aside = `${path}.${process.pid}.tmp`;
  try {
    await graph.run(`COPY (${query}) TO ${literal(aside)} (${options})`, [], signal);
    await rename(aside, path);
  } finally {
    await rm(aside, { force: true });
  }
}
