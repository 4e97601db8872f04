/**
 * CSV for `neo4j-admin database import full --nodes=concepts.csv --relationships=relations.csv`. Every end of a relation is among the concepts.
 */
import { join } from "node:path";
import { stringify } from "csv-stringify/sync";
import type { Database } from "../store/database.ts";
import { biolinkCategory } from "./ontology.ts";
import { type ExportFilter, exportedConcepts, plainRelations } from "./rows.ts";
import { writeText } from "./text-file.ts";

type Cell = string | number | null;

const csvLine = (cells: readonly Cell[]): string => stringify([[...cells]], { quoted_string: true });

export async function exportNeo4j(graph: Database, folder: string, filter: ExportFilter): Promise<void> {
  await writeText(join(folder, "concepts.csv"), async (output) => {
    await output.write("id:ID,name,type,mentions:long,documents:long,:LABEL\n");
    for await (const piece of exportedConcepts(graph, filter))
      for (const { id, name, type, mentions, documents } of piece)
        await output.write(
          csvLine([
            id,
            oneLine(name),
            type,
            mentions,
            documents,
            `Concept;${biolinkCategory(type).slice("biolink:".length)}`,
          ]),
        );
  });
  await writeText(join(folder, "relations.csv"), async (output) => {
    await output.write(
      ":START_ID,:END_ID,:TYPE,relation,scheme,probability:double,evidence:long,documents:long,firstYear:long,lastYear:long,negated:long,speculative:long,retracted:long\n",
    );
    for await (const piece of plainRelations(graph, filter))
      for (const r of piece) {
        const counts = [r.evidence, r.documents, r.firstYear, r.lastYear, r.negated, r.speculative, r.retracted];
        await output.write(
          csvLine([r.head, r.tail, typeName(r.relation), r.relation, r.scheme, r.probability, ...counts]),
        );
      }
  });
}

/** Neo4j's usage: `CHEMICAL_INDUCED_DISEASE`. */
function typeName(relation: string): string {
  return (
    relation
      .toUpperCase()
      .replaceAll(/[^A-Z0-9]+/g, "_")
      .replaceAll(/^_|_$/g, "") || "RELATED_TO"
  );
}

/** neo4j-admin refuses line ends in cells unless it is told of them. */
function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]+/g, " ");
}
