/**
 * The graph as RDF: Turtle with Biolink's words, each relation a reified statement that carries its numbers; and nanopublications, one a relation,
 * whose provenance is the sentences and articles.
 *
 * Follows the nanopublication guidelines (nanopub.net, head, assertion, provenance and publication info as four named graphs), PROV-O and Dublin Core.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Database } from "../store/database.ts";
import { biolinkCategory, biolinkPredicate, conceptIri } from "./ontology.ts";
import { type ExportedRelation, type ExportFilter, exportedConcepts, exportedRelations } from "./rows.ts";
import { writeText } from "./text-file.ts";

const PREFIXES = `@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix biolink: <https://w3id.org/biolink/vocab/> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix np: <http://www.nanopub.org/nschema#> .
`;

export async function exportTurtle(graph: Database, folder: string, filter: ExportFilter): Promise<void> {
  await writeText(join(folder, "graph.ttl"), async (output) => {
    await output.write(`${PREFIXES}\n`);
    for await (const piece of exportedConcepts(graph, filter))
      for (const { id, name, type } of piece)
        await output.write(
          `<${conceptIri(id)}> a ${biolinkCategory(type)} ; rdfs:label ${text(name)} ; dcterms:identifier ${text(id)} .\n`,
        );
    for await (const piece of exportedRelations(graph, filter, 1)) {
      for (const relation of piece) {
        const { probability, evidence, negated } = relation;
        const isDenied = negated === evidence; // then the triple itself is not asserted
        const lines = [
          ...(isDenied ? [] : [`${triple(relation)} .`]),
          `<urn:biogpt:relation:${relationHash(relation)}> a rdf:Statement, biolink:Association ;`,
          `  rdf:subject <${conceptIri(relation.head)}> ; rdf:predicate ${predicate(relation)} ; rdf:object <${conceptIri(relation.tail)}> ;`,
          `  biolink:original_predicate ${text(relation.relation)} ; biolink:negated ${isDenied} ;`,
          "  biolink:agent_type biolink:text_mining_agent ; biolink:knowledge_level biolink:not_provided ;",
          `  biolink:has_confidence_score ${double(probability)} ; biolink:evidence_count ${evidence}${cited(relation)} .`,
        ];
        await output.write(`${lines.join("\n")}\n`);
      }
    }
  });
}

function cited({ publications }: ExportedRelation): string {
  const articles = publications.map(articleIri).filter((iri) => iri !== undefined);
  return articles.length === 0 ? "" : ` ;\n  biolink:publications ${articles.map((iri) => `<${iri}>`).join(", ")}`;
}

export interface NanopubOptions extends ExportFilter {
  /** When the nanopublications were made. Default: now. */
  readonly created?: Date | undefined;
}

/** `nanopubs.trig`: relations that are denied throughout have none. */
export async function exportNanopubs(
  graph: Database,
  folder: string,
  { created = new Date(), ...filter }: NanopubOptions,
): Promise<void> {
  await writeText(join(folder, "nanopubs.trig"), async (output) => {
    await output.write(PREFIXES);
    for await (const piece of exportedRelations(graph, filter, MOST_SENTENCES))
      for (const relation of piece)
        if (relation.negated < relation.evidence) await output.write(nanopub(relation, created));
  });
}

/** Quotations of a nanopublication; its articles are all named. */
const MOST_SENTENCES = 5;

function nanopub(relation: ExportedRelation, created: Date): string {
  const base = `urn:biogpt:np:${relationHash(relation)}`;
  const part = (name: string): string => `<${base}#${name}>`;
  const articles = relation.publications.map(articleIri).filter((iri) => iri !== undefined);
  const quotations = relation.sentences.filter((sentence) => sentence.text !== "" && !sentence.negated);
  return `
${part("Head")} {
  <${base}> a np:Nanopublication ; np:hasAssertion ${part("assertion")} ; np:hasProvenance ${part("provenance")} ; np:hasPublicationInfo ${part("pubinfo")} .
}
${part("assertion")} {
  ${triple(relation)} .
}
${part("provenance")} {
  ${part("assertion")} prov:wasAttributedTo <https://www.npmjs.com/package/biogpt> ;
    biolink:agent_type biolink:text_mining_agent ; biolink:has_confidence_score ${double(relation.probability)} ; biolink:evidence_count ${relation.evidence} .
${articles.map((iri) => `  ${part("assertion")} prov:wasDerivedFrom <${iri}> .\n`).join("")}${quotations
  .map(({ text: words }) => `  ${part("assertion")} prov:value ${text(words)} .\n`)
  .join("")}}
${part("pubinfo")} {
  <${base}> dcterms:created "${created.toISOString()}"^^xsd:dateTime ; dcterms:creator <https://www.npmjs.com/package/biogpt> ;
    biolink:original_predicate ${text(relation.relation)} .
}
`;
}

function triple(relation: ExportedRelation): string {
  return `<${conceptIri(relation.head)}> ${predicate(relation)} <${conceptIri(relation.tail)}>`;
}

const predicate = ({ relation }: ExportedRelation): string => biolinkPredicate(relation).predicate;

function relationHash({ head, scheme, relation, tail }: ExportedRelation): string {
  return createHash("sha256")
    .update(JSON.stringify([head, scheme, relation, tail]))
    .digest("hex")
    .slice(0, 32);
}

/** PubMed's page of a document whose id is a PMID. */
function articleIri(document: string): string | undefined {
  return /^\d{1,9}$/.test(document) ? `https://pubmed.ncbi.nlm.nih.gov/${document}/` : undefined;
}

/** A literal of Turtle. */
function text(words: string): string {
  const escaped = words.replaceAll(/[\\"\n\r\t]/g, (character) => ESCAPES[character]!);
  return `"${escaped.replaceAll(/[\p{Cc}\p{Cs}]/gu, " ")}"`;
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t" };

const double = (value: number): string => `"${value}"^^xsd:double`;
