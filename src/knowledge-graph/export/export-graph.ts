/** The formats that a graph is written in, by their names. */
import { mkdir } from "node:fs/promises";
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import type { Database } from "../store/database.ts";
import { exportBioc, exportPubtator } from "./annotated-formats.ts";
import { EXPORT_FORMATS, type ExportFormat } from "./format-names.ts";
import { exportIndra } from "./indra.ts";
import { exportKgx } from "./kgx.ts";
import { exportNeo4j } from "./neo4j.ts";
import { exportCytoscape, exportGraphml, exportSif } from "./network-formats.ts";
import { exportNanopubs, exportTurtle } from "./rdf.ts";
import type { ExportFilter } from "./rows.ts";
import { exportParquet, exportTsv } from "./table-formats.ts";

type Exporter = (graph: Database, folder: string, filter: ExportFilter) => Promise<void>;

const EXPORTERS: Readonly<Record<ExportFormat, Exporter>> = {
  kgx: exportKgx,
  neo4j: exportNeo4j,
  turtle: exportTurtle,
  nanopub: exportNanopubs,
  indra: exportIndra,
  cytoscape: exportCytoscape,
  graphml: exportGraphml,
  sif: exportSif,
  tsv: exportTsv,
  parquet: exportParquet,
  bioc: exportBioc,
  pubtator: exportPubtator,
};

/**
 * Writes a graph into a folder; each file appears whole or not at all.
 *
 * @throws BiogptError `knowledge-graph/unknown-format`, `files/…`, `aborted`
 */
export async function exportGraph(
  graph: Database,
  format: string,
  folder: string,
  filter: ExportFilter = {},
): Promise<void> {
  const exporter = Object.hasOwn(EXPORTERS, format) ? EXPORTERS[format as ExportFormat] : undefined;
  if (exporter === undefined) {
    throw new BiogptError("knowledge-graph/unknown-format", {
      what: `A graph is not written as ${JSON.stringify(format)}.`,
      fix: `Formats: ${EXPORT_FORMATS.join(", ")}.${didYouMean(format, EXPORT_FORMATS)}`,
    });
  }
  await mkdir(folder, { recursive: true });
  await exporter(graph, folder, filter);
}
