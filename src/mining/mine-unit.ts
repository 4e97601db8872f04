/**
 * From the documents of a unit to what the graph keeps of them: read, normalised, each relation with its evidence and what its sentence says of it.
 *
 *     documents ─▶ reader ─▶ mentions, relations ─▶ normaliser ─▶ concepts ─▶ evidence and its context ─▶ records
 */
import type { BiogptError } from "../base/errors.ts";
import type { Document } from "../corpora/document.ts";
import type { DocumentRecord, MentionRecord } from "../knowledge-graph/store/document-record.ts";
import type { DocumentReader, ReadArgument, ReadDocument, ReadMention } from "./document-reader.ts";
import { longFormsOf } from "./normalize/document.ts";
import { type ConceptNormalizer, nameConcept, namesNothing, tidyName } from "./normalizer.ts";
import { EvidenceWriter } from "./relation-evidence.ts";
import { documentHash } from "./unit.ts";

export interface MineUnitOptions {
  readonly reader: DocumentReader;
  readonly normalizer: ConceptNormalizer;
  readonly signal?: AbortSignal | undefined;
  /** Called with each document that is done. */
  readonly onDocument?: ((record: DocumentRecord) => void) | undefined;
  /** Takes the error of a document that could not be read: it is kept without names and relations. */
  readonly onProblem?: ((error: BiogptError, document: Document) => void) | undefined;
}

/** One record a document, in their order, each when it is done. @throws BiogptError `aborted`, and what the reader throws */
export async function* mineUnit(
  documents: readonly Document[],
  { reader, normalizer, signal, onDocument, onProblem }: MineUnitOptions,
): AsyncGenerator<DocumentRecord, void, void> {
  const symmetric = new Set(reader.schemes.flatMap(({ name, symmetric: is }) => (is === true ? [name] : [])));
  for await (const found of reader.read(documents, signal)) {
    if (found.problem !== undefined) onProblem?.(found.problem, found.document);
    const record = recordOf(withoutNoNames(found), normalizer, symmetric);
    onDocument?.(record);
    yield record;
  }
}

function recordOf(found: ReadDocument, normalizer: ConceptNormalizer, symmetric: ReadonlySet<string>): DocumentRecord {
  const { document } = found;
  const { citation = {} } = document;
  const mentions = mentionRecords(document, withOneType(found), normalizer);
  return {
    id: document.id,
    hash: documentHash(document),
    version: citation.version ?? 0,
    pmid: citation.pmid ?? null,
    pmcid: citation.pmcid ?? null,
    doi: citation.doi ?? null,
    year: citation.year ?? null,
    journal: citation.journal ?? null,
    retracted: citation.retracted === true,
    languages: citation.languages ?? [],
    publicationTypes: citation.publicationTypes ?? [],
    mesh: (citation.mesh ?? []).map(({ id = null, name, major }) => ({ id, name, major })),
    notices: (citation.notices ?? []).map(({ type, pmid = null }) => ({ type, pmid })),
    passages: document.passages.map(({ kind, label = null, text }) => ({ kind, label, text })),
    mentions,
    relations: new EvidenceWriter(document, mentions, symmetric).evidenceOf(found.relations),
  };
}

function mentionRecords(
  document: Document,
  mentions: readonly ReadMention[],
  normalizer: ConceptNormalizer,
): MentionRecord[] {
  const open = mentions.flatMap((mention, index) => (mention.concepts === undefined ? [{ ...mention, index }] : []));
  const normalized = normalizer.normalize(document, open);
  const longForm = longFormsOf(document);
  const concepts = new Map(open.map(({ index }, at) => [index, normalized[at] ?? []] as const));
  return mentions.map(({ passage, start, end, text, type, probability, concepts: stated }, index) => {
    const known = concepts.get(index) ?? (stated ?? []).map((id) => ({ id, name: text, score: 1 }));
    // Short forms name other things in other documents: the concept is what this one says that they stand for.
    const tidy = tidyName(withItsBracket(text, document.passages[passage]?.text[end]));
    const name = longForm(tidy) ?? tidy;
    const itself = { id: nameConcept(name, type), name, score: 0 };
    return { ...{ passage, start, end, text, type, probability }, concepts: known.length > 0 ? known : [itself] };
  });
}

/** A name with the bracket that closes it, where it was cut off before that: `Zinc(II`. */
function withItsBracket(name: string, next: string | undefined): string {
  return next === ")" && /\([^()]+$/.test(name) ? `${name})` : name;
}

/** Without mentions of what is no name, and relations that have no other. */
function withoutNoNames(found: ReadDocument): ReadDocument {
  const kept = found.mentions.flatMap((mention, index) =>
    mention.concepts === undefined && namesNothing(mention.text) ? [] : [index],
  );
  if (kept.length === found.mentions.length) return found;
  const places = new Map(kept.map((index, place) => [index, place]));
  const keptOf = (argument: ReadArgument): ReadArgument => ({
    ...argument,
    mentions: argument.mentions.flatMap((index) => places.get(index) ?? []),
  });
  const isNamed = ({ mentions, concept }: ReadArgument): boolean => mentions.length > 0 || concept !== undefined;
  return {
    ...found,
    mentions: kept.map((index) => found.mentions[index]!),
    relations: found.relations
      .map((relation) => ({ ...relation, head: keptOf(relation.head), tail: keptOf(relation.tail) }))
      .filter(({ head, tail }) => isNamed(head) && isNamed(tail)),
  };
}

/**
 * A name that a document has under several types is of one there, else it would be several concepts: that of its relations' arguments, or the one
 * that its mentions are most probably of. Where arguments contradict each other, and where concepts are stated, it stays as it was read.
 */
function withOneType({ mentions, relations }: ReadDocument): ReadMention[] {
  const inRelations = new Set(relations.flatMap(({ head, tail }) => [...head.mentions, ...tail.mentions]));
  const names = new Map<string, { readonly weights: Map<string, number>; readonly ofArguments: Set<string> }>();
  const keyOf = ({ text }: ReadMention): string => text.toLowerCase();
  for (const [index, mention] of mentions.entries()) {
    if (mention.concepts !== undefined) continue;
    const name = names.get(keyOf(mention)) ?? { weights: new Map(), ofArguments: new Set() };
    names.set(keyOf(mention), name);
    name.weights.set(mention.type, (name.weights.get(mention.type) ?? 0) + mention.probability);
    if (inRelations.has(index)) name.ofArguments.add(mention.type);
  }
  return mentions.map((mention) => {
    const { weights, ofArguments } = names.get(keyOf(mention)) ?? {
      weights: new Map(),
      ofArguments: new Set<string>(),
    };
    if (mention.concepts !== undefined || weights.size < 2 || ofArguments.size > 1) return mention;
    const [likeliest] = [...weights].reduce((most, one) => (one[1] > most[1] ? one : most));
    return { ...mention, type: [...ofArguments][0] ?? likeliest };
  });
}
