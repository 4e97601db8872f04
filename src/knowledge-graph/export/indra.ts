/**
 * `statements.json`: INDRA's statements with their evidence, after its JSON Schema. What a sentence denies is marked in its epistemics, as INDRA's
 * own readers do.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Database } from "../store/database.ts";
import { indraReferences, indraType } from "./ontology.ts";
import { type ExportedRelation, type ExportFilter, exportedRelations } from "./rows.ts";
import { writeText } from "./text-file.ts";

/** Sentences of a statement; the commonest relations have thousands. */
const MOST_SENTENCES = 1000;

export async function exportIndra(graph: Database, folder: string, filter: ExportFilter): Promise<void> {
  await writeText(join(folder, "statements.json"), async (output) => {
    let separator = "[\n";
    for await (const piece of exportedRelations(graph, filter, MOST_SENTENCES)) {
      for (const relation of piece) {
        await output.write(`${separator}${JSON.stringify(statement(relation))}`);
        separator = ",\n";
      }
    }
    await output.write(separator === "[\n" ? "[]\n" : "\n]\n");
  });
}

function statement(relation: ExportedRelation): object {
  const type = indraType(relation.relation);
  const subj = { name: relation.headName, db_refs: indraReferences(relation.head, relation.headName) };
  const obj = { name: relation.tailName, db_refs: indraReferences(relation.tail, relation.tailName) };
  const ends = type === "Complex" || type === "Association" ? { members: [subj, obj] } : { subj, obj };
  return {
    type,
    id: uuid(relation),
    belief: relation.probability,
    ...ends,
    evidence: relation.sentences.map(({ document, pmid, text, probability, negated, speculative, system }) => ({
      source_api: "biogpt",
      source_id: document,
      ...(pmid === null ? {} : { pmid }),
      text,
      annotations: {
        relation: relation.relation,
        scheme: relation.scheme,
        probability,
        ...(system === null ? {} : { system }),
      },
      epistemics: { ...(negated ? { negated: true } : {}), ...(speculative ? { hypothesis: true } : {}) },
    })),
  };
}

/** The same for the same relation: a version 8 UUID (RFC 9562) of its hash. */
function uuid({ head, scheme, relation, tail }: ExportedRelation): string {
  const hex = createHash("sha256")
    .update(JSON.stringify([head, scheme, relation, tail]))
    .digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
