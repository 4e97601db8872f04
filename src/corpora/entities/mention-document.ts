/**
 * Documents with the names that stand in them, whatever corpus or format they come from.
 *
 * Readers give offsets as their format counts them; `placeMentions` turns them into UTF-16 indices of a passage, and holds each
 * against the words that the corpus gives for it: corpora have a few annotations that are not where they say they are.
 */
import type { PassageKind } from "../document.ts";

export interface MentionPassage {
  readonly kind: PassageKind;
  readonly text: string;
}

export interface Mention {
  /** Index of the passage. */
  readonly passage: number;
  /** UTF-16 indices into the passage's text, end exclusive. */
  readonly start: number;
  readonly end: number;
  /** `text.slice(start, end)` of the passage. */
  readonly text: string;
  /** `Chemical`, `Disease`, `Gene`, `Species`, `Mutation`, `CellLine`, `Anatomy`, or the corpus's own word (`entityType`). */
  readonly type: string;
  /** As the corpus writes them, `-` and `-1` left out; those of a composite mention or of alternatives one by one. */
  readonly ids: readonly string[];
}

/** What a corpus says of two things: each is every place where it stands, or the one place that the corpus marks. */
export interface MentionRelation {
  /** The corpus's word: `CID`, `effect`, `INHIBITOR`. */
  readonly type: string;
  /** Indices of the document's mentions, one at least. */
  readonly head: readonly number[];
  readonly tail: readonly number[];
}

export interface MentionDocument {
  /** PMID where the corpus has one. */
  readonly id: string;
  readonly passages: readonly MentionPassage[];
  /** In order of passage, start and end. */
  readonly mentions: readonly Mention[];
  /** Absent where the format has none; empty where it has, and none is stated. */
  readonly relations?: readonly MentionRelation[];
}

/** A mention as a format gives it. */
export interface RawMention {
  /** Code points from the start of the document's text, end exclusive. */
  readonly start: number;
  readonly end: number;
  /** The words that should stand there. */
  readonly text: string;
  /** The corpus's word, which `entityType` turns into ours. */
  readonly type: string;
  readonly ids: readonly string[];
}

/** A mention that was left out. */
export interface MisplacedMention {
  readonly documentId: string;
  readonly text: string;
  /** As the format gives it. */
  readonly start: number;
  readonly found: string;
}

export interface MentionCorpus {
  readonly documents: readonly MentionDocument[];
  /** Mentions left out since other words stand at their place, or since they cross from one passage into the next. */
  readonly misplaced: readonly MisplacedMention[];
}

/** The corpora's words for what we name alike, in lower case. */
const TYPES: Readonly<Record<string, string>> = {
  chemical: "Chemical",
  chemicalentity: "Chemical",
  simple_chemical: "Chemical",
  drug: "Chemical",
  drug_n: "Chemical",
  brand: "Chemical",
  group: "Chemical",
  disease: "Disease",
  diseaseorphenotypicfeature: "Disease",
  // NCBI-disease's four kinds of one thing.
  specificdisease: "Disease",
  diseaseclass: "Disease",
  modifier: "Disease",
  compositemention: "Disease",
  gene: "Gene",
  "gene-y": "Gene",
  "gene-n": "Gene",
  geneorgeneproduct: "Gene",
  gene_or_gene_product: "Gene",
  species: "Species",
  organism: "Species",
  organismtaxon: "Species",
  mutation: "Mutation",
  sequencevariant: "Mutation",
  // tmVar3's kinds.
  acidchange: "Mutation",
  dnamutation: "Mutation",
  dnaallele: "Mutation",
  proteinmutation: "Mutation",
  proteinallele: "Mutation",
  othermutation: "Mutation",
  snp: "Mutation",
  cellline: "CellLine",
  cell_line: "CellLine",
  // AnatEM's and CG's kinds of anatomy.
  anatomical_system: "Anatomy",
  cell: "Anatomy",
  cellular_component: "Anatomy",
  developing_anatomical_structure: "Anatomy",
  immaterial_anatomical_entity: "Anatomy",
  "multi-tissue_structure": "Anatomy",
  organ: "Anatomy",
  organism_subdivision: "Anatomy",
  organism_substance: "Anatomy",
  pathological_formation: "Anatomy",
  tissue: "Anatomy",
};

/** Our word for a corpus's; its own where we have none (`FamilyName`, `DomainMotif`, `Cancer`). */
export function entityType(type: string): string {
  return TYPES[type.toLowerCase()] ?? type;
}

/** The parts of an id field: `D1|D2`, `D1+D2`, `D1;D2` and `D1,D2` name several. */
export function conceptIds(field: string | undefined): string[] {
  return (field ?? "")
    .split(/[|+;,]/)
    .map((id) => id.trim())
    .filter((id) => id !== "" && id !== "-" && id !== "-1");
}

/**
 * A document whose passages stand one behind another with one character between them, as PubTator and BRAT count.
 *
 * @param misplaced  gets what is left out
 */
export function placeMentions(
  id: string,
  passages: readonly MentionPassage[],
  raw: readonly RawMention[],
  misplaced: MisplacedMention[],
): MentionDocument {
  const whole = passages.map(({ text }) => text).join(" ");
  const unitsOf = codePointIndex(whole);
  const starts = passages.map((_, i) => passages.slice(0, i).reduce((sum, { text }) => sum + text.length + 1, 0));
  const mentions: Mention[] = [];
  for (const mention of raw) {
    const span = spanOf(whole, mention, unitsOf);
    const passage = span === undefined ? -1 : starts.findLastIndex((start) => start <= span.start);
    const shift = starts[passage];
    if (span === undefined || shift === undefined || span.end > shift + passages[passage]!.text.length) {
      const [start, end] = [unitsOf(mention.start), unitsOf(mention.end)];
      misplaced.push({ documentId: id, text: mention.text, start: mention.start, found: whole.slice(start, end) });
      continue;
    }
    mentions.push({
      passage,
      start: span.start - shift,
      end: span.end - shift,
      text: whole.slice(span.start, span.end),
      type: entityType(mention.type),
      ids: mention.ids,
    });
  }
  return { id, passages, mentions: inOrder(mentions) };
}

/** A relation as a format gives it: by what its two arguments are called. */
export interface RawRelation {
  readonly type: string;
  readonly head: string;
  readonly tail: string;
}

/**
 * Relations over the mentions that bear their arguments' names; those of which one is nowhere are left out.
 *
 * @param isCalled whether a mention is what a relation calls so; default one of its identifiers
 */
export function placeRelations(
  mentions: readonly Mention[],
  relations: readonly RawRelation[],
  isCalled: (mention: Mention, name: string) => boolean = ({ ids }, name) => ids.includes(name),
): MentionRelation[] {
  const called = (name: string): number[] => mentions.flatMap((mention, i) => (isCalled(mention, name) ? [i] : []));
  return relations.flatMap(({ type, head, tail }) => {
    const relation = { type, head: called(head), tail: called(tail) };
    return relation.head.length === 0 || relation.tail.length === 0 ? [] : [relation];
  });
}

/** One document of two parts of it: the later's passages behind the earlier's. Relations are of whole documents: the parts have none. */
export function joinParts(first: MentionDocument, next: MentionDocument): MentionDocument {
  const shift = first.passages.length;
  return {
    id: first.id,
    passages: [...first.passages, ...next.passages],
    mentions: [
      ...first.mentions,
      ...next.mentions.map((mention) => ({ ...mention, passage: mention.passage + shift })),
    ],
  };
}

export function inOrder(mentions: readonly Mention[]): Mention[] {
  return [...mentions].sort((a, b) => a.passage - b.passage || a.start - b.start || a.end - b.end);
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where the words stand: by code points, as the tools in Python that made these corpora count, or else by UTF-16 units. */
function spanOf(
  text: string,
  { start, end, text: words }: RawMention,
  unitsOf: (n: number) => number,
): Span | undefined {
  for (const span of [
    { start: unitsOf(start), end: unitsOf(end) },
    { start, end },
  ])
    if (span.end > span.start && sameWords(text.slice(span.start, span.end), words)) return span;
  return undefined;
}

/** Equal but for the kind and number of white space. */
function sameWords(left: string, right: string): boolean {
  return left === right || left.replaceAll(/\s+/g, " ").trim() === right.replaceAll(/\s+/g, " ").trim();
}

/** From code points to UTF-16 units; the identity where no character needs two. */
export function codePointIndex(text: string): (codePoints: number) => number {
  if (!/[\ud800-\udbff]/.test(text)) return (n) => n;
  const units: number[] = [];
  let at = 0;
  for (const character of text) {
    units.push(at);
    at += character.length;
  }
  units.push(at);
  return (n) => units[n] ?? text.length + 1;
}
