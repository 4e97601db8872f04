/**
 * A document out of BioC, whether its XML or its JSON was read: passages, their kinds, and annotations as mentions.
 *
 * Offsets  of BioC count code points from the document's start; a passage says where it begins, which is used as given.
 * Kinds    the first title and the abstract's parts become title and abstract; headings of sections (`title_1`, ...) become the labels of what
 *          follows; references are left out; tables, captions and paragraphs are text, told apart by the infon `type`.
 * Text     is taken as it is, since annotations count in it.
 * Left out annotations outside their passage, in headings and references, and relations with them, which are counted by an event.
 */
import { utf16IndexOf } from "../../code-points.ts";
import { type Citation, type Document, isRetracted, type Mention, type Passage } from "../../document.ts";
import { bareDoi, fullCitation, yearOf } from "../fields.ts";
import type { ReaderInput } from "../reader.ts";
import { type BiocRelation, shareOf, statedRelations } from "./stated-relations.ts";

export interface BiocAnnotation {
  readonly id?: string;
  readonly infons: Readonly<Record<string, string>>;
  /** Code points from the document's start. */
  readonly places: readonly { readonly offset: number; readonly length: number }[];
  readonly text: string;
}

export interface BiocPassage {
  /** Code points from the document's start. */
  readonly offset: number;
  readonly text: string;
  readonly infons: Readonly<Record<string, string>>;
  readonly annotations: readonly BiocAnnotation[];
}

export interface BiocDocument {
  readonly id: string;
  readonly infons: Readonly<Record<string, string>>;
  readonly passages: readonly BiocPassage[];
  /** Of the document and of its passages. */
  readonly relations?: readonly BiocRelation[];
}

export function documentFromBioc(bioc: BiocDocument, path: string, event: ReaderInput["event"]): Document {
  const passages: Passage[] = [];
  const mentions: Mention[] = [];
  let outside = 0;
  let heading: string | undefined;
  /** Adds a passage's mentions, whose text now begins at `shift` of the passage `at`. */
  const annotate = (passage: BiocPassage, at: number, shift: number): void => {
    for (const annotation of passage.annotations) {
      const mention = mentionOf(annotation, passage, at, shift);
      if (mention === undefined) outside++;
      else mentions.push(mention);
    }
  };
  for (const passage of bioc.passages) {
    const role = roleOf(passage.infons, passages);
    if (passage.text.trim() === "" || role === "reference" || role === "heading") {
      if (role === "heading") heading = passage.text.trim();
      outside += passage.annotations.length;
      continue;
    }
    const abstract = passages.findIndex(({ kind }) => kind === "abstract");
    if (role === "abstract" && abstract >= 0) {
      const before = passages[abstract]!;
      annotate(passage, abstract, before.text.length + 1);
      passages[abstract] = { ...before, text: `${before.text} ${passage.text}` };
      continue;
    }
    annotate(passage, passages.length, 0);
    const label =
      role === "text" ? (heading ?? passage.infons["section_type"] ?? passage.infons["section"]) : undefined;
    const hasInfons = role === "text" && Object.keys(passage.infons).length > 0;
    passages.push({
      kind: role,
      text: passage.text,
      ...(label === undefined ? {} : { label }),
      ...(hasInfons ? { infons: passage.infons } : {}),
    });
  }
  if (outside > 0) event({ type: "mentions-left-out", source: path, id: bioc.id, mentions: outside });
  const citation = citationOf(bioc);
  const relations = statedRelations(bioc.relations ?? [], mentions);
  return {
    id: bioc.id,
    source: path,
    passages,
    ...(citation === undefined ? {} : { citation }),
    ...(mentions.length > 0 ? { mentions } : {}),
    ...(relations.length > 0 ? { relations } : {}),
  };
}

function roleOf(
  infons: Readonly<Record<string, string>>,
  before: readonly Passage[],
): "title" | "abstract" | "text" | "heading" | "reference" {
  const type = (infons["type"] ?? "").toLowerCase();
  const section = (infons["section_type"] ?? infons["section"] ?? "").toLowerCase();
  if (type === "ref" || section === "ref") return "reference";
  const hasTitle = before.some(({ kind }) => kind === "title");
  if (["title", "front", "article-title", "article_title"].includes(type) || (type === "" && section === "title"))
    return !hasTitle && before.length === 0 ? "title" : type === "title" ? "heading" : "text";
  if (type === "abstract" || type.startsWith("abstract_") || section === "abstract") return "abstract";
  return /^title_\d+$/.test(type) ? "heading" : "text";
}

function mentionOf(
  { id, infons, places, text: wording }: BiocAnnotation,
  { text, offset }: BiocPassage,
  passage: number,
  shift: number,
): Mention | undefined {
  const first = places.reduce((least, place) => Math.min(least, place.offset), Number.POSITIVE_INFINITY);
  const last = places.reduce((most, place) => Math.max(most, place.offset + place.length), 0);
  const span = spanOf(text, first - offset, last - offset, places.length === 1 ? wording : undefined);
  if (span === undefined) return undefined;
  const probability = shareOf(infons["probability"]);
  return {
    ...(id === undefined || id === "" ? {} : { id }),
    passage,
    start: shift + span.start,
    end: shift + span.end,
    text: wording,
    type: infons["type"] ?? "",
    identifiers: identifiersOf(infons),
    ...(probability === undefined ? {} : { probability }),
  };
}

/**
 * UTF-16 indices of a stretch that is given in code points, as BioC and PubTator mean it. Some tools write UTF-16 units: where only those cut out the
 * wording that the annotation gives, they are taken.
 */
export function spanOf(
  text: string,
  from: number,
  to: number,
  wording: string | undefined,
): { start: number; end: number } | undefined {
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 0 || to <= from) return undefined;
  const indexOf = utf16IndexOf(text);
  const [start, end] = [indexOf(from), indexOf(to)];
  if (wording !== undefined && text.slice(start, end) !== wording && text.slice(from, to) === wording)
    return { start: from, end: to };
  return end <= text.length ? { start, end } : undefined;
}

/** Infons of an annotation that name a concept, the plainest first. */
const IDENTIFIERS: readonly string[] =
  "identifier,MESH,MeSH,NCBI Gene,NCBI GENE,NCBI Species,NCBI Taxonomy,CHEBI,OMIM,dbSNP,Cellosaurus,CVCL".split(",");

function identifiersOf(infons: Readonly<Record<string, string>>): string[] {
  const key = IDENTIFIERS.find((name) => infons[name] !== undefined);
  return key === undefined ? [] : conceptIds(infons[key]!);
}

/** `D1|D2`, `D1,D2` and `9606;10090` are several, `p|SUB|V|1763|M` (tmVar's variants) is one; `-1`, `-` and nothing are none. */
export function conceptIds(text: string): string[] {
  const separators = /(?:^|;)\s*[a-z]\|/.test(text) ? /[;]/ : /^[\w:.-]+(?:,[\w:.-]+)+$/.test(text) ? /[|;,]/ : /[|;]/;
  return text
    .split(separators)
    .map((id) => id.trim())
    .filter((id) => id !== "" && id !== "-" && id !== "-1");
}

/** Several identifiers as one field, which `conceptIds` takes apart again. */
export function joinedIds(identifiers: readonly string[]): string {
  return identifiers.join(identifiers.some((id) => id.includes("|")) ? ";" : "|");
}

function citationOf({ id, infons, passages }: BiocDocument): Citation | undefined {
  const first: Readonly<Record<string, string>> = { ...infons, ...passages[0]?.infons };
  const pmcid = /^(?:PMC)?(\d{1,9})$/.exec(first["article-id_pmc"] ?? (/^PMC\d/.test(id) ? id : ""))?.[1];
  const types = (first["publication_types"] ?? "").split(/\s*;\s*/).filter((type) => type !== "");
  return fullCitation({
    pmid: first["article-id_pmid"] ?? (/^\d{1,9}$/.test(id) && passages.length > 0 && isPubMed(first) ? id : undefined),
    pmcid: pmcid === undefined ? undefined : `PMC${pmcid}`,
    doi: bareDoi(first["article-id_doi"]) ?? bareDoi(first["doi"]),
    journal: first["journal-title"] ?? first["journal"],
    year: yearOf(first["year"]),
    publicationTypes: types,
    retracted: isRetracted(types, []) || undefined,
  });
}

/** Whether a number is a PMID: collections of other things number their documents from 1. */
function isPubMed(infons: Readonly<Record<string, string>>): boolean {
  return infons["journal"] !== undefined || infons["article-id_pmc"] !== undefined || infons["year"] !== undefined;
}
