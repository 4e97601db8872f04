/**
 * KGX tables after Biolink 4.4: `nodes.tsv`, `edges.tsv`. Lists are parted by `|`.
 *
 * An edge is a relation with the documents that state it; supporting text, places in it and extraction confidence are those of the most probable
 * sentence. `negated` is said of relations of which every sentence denies them.
 */
import { join } from "node:path";
import type { Database } from "../store/database.ts";
import { biolinkCategory, biolinkId, biolinkPredicate } from "./ontology.ts";
import { type ExportedRelation, type ExportFilter, exportedConcepts, exportedRelations } from "./rows.ts";
import { tabLine, writeText } from "./text-file.ts";

type Cell = string | number | boolean | null;

const NODE_COLUMNS = ["id", "category", "name", "provided_by"];

const EDGE_COLUMNS: readonly (readonly [name: string, cell: (relation: ExportedRelation, number: number) => Cell])[] = [
  ["id", (_, number) => `biogpt:${number}`],
  ["subject", ({ head }) => biolinkId(head)],
  ["predicate", ({ relation }) => biolinkPredicate(relation).predicate],
  ["object", ({ tail }) => biolinkId(tail)],
  ["category", () => "biolink:Association"],
  ["object_aspect_qualifier", ({ relation }) => biolinkPredicate(relation).aspect ?? ""],
  ["object_direction_qualifier", ({ relation }) => biolinkPredicate(relation).direction ?? ""],
  ["original_predicate", ({ relation }) => relation],
  ["negated", ({ negated, evidence }) => negated === evidence],
  ["knowledge_level", () => "not_provided"],
  ["agent_type", () => "text_mining_agent"],
  ["primary_knowledge_source", () => "infores:biogpt"],
  ["publications", ({ publications, sentences }) => publicationIds(publications, sentences).join("|")],
  ["evidence_count", ({ evidence }) => evidence],
  ["has_confidence_score", ({ probability }) => probability],
  ["extraction_confidence_score", ({ sentences: [best] }) => best?.probability ?? null],
  ["supporting_document", ({ sentences: [best] }) => (best === undefined ? "" : documentId(best))],
  ["supporting_text", ({ sentences: [best] }) => best?.text.replaceAll("|", "¦") ?? ""],
  ["subject_location_in_text", ({ sentences: [best] }) => best?.head?.join("|") ?? ""],
  ["object_location_in_text", ({ sentences: [best] }) => best?.tail?.join("|") ?? ""],
];

export async function exportKgx(graph: Database, folder: string, filter: ExportFilter): Promise<void> {
  await writeText(join(folder, "nodes.tsv"), async (output) => {
    await output.write(tabLine(NODE_COLUMNS));
    for await (const piece of exportedConcepts(graph, filter))
      for (const { id, name, type } of piece)
        await output.write(tabLine([biolinkId(id), biolinkCategory(type), name, "infores:biogpt"]));
  });
  await writeText(join(folder, "edges.tsv"), async (output) => {
    await output.write(tabLine(EDGE_COLUMNS.map(([name]) => name)));
    let number = 0;
    for await (const piece of exportedRelations(graph, filter, 1)) {
      for (const relation of piece) {
        number++;
        await output.write(tabLine(EDGE_COLUMNS.map(([, cell]) => cell(relation, number))));
      }
    }
  });
}

/** Documents are PMIDs where they are numbers, as PubMed's are. */
function publicationIds(publications: readonly string[], sentences: ExportedRelation["sentences"]): string[] {
  const known = new Map(sentences.map((sentence) => [sentence.document, documentId(sentence)]));
  return publications.map((id) => known.get(id) ?? (/^\d{1,9}$/.test(id) ? `PMID:${id}` : id));
}

function documentId({ document, pmid }: { readonly document: string; readonly pmid: string | null }): string {
  return pmid === null ? document : `PMID:${pmid}`;
}
