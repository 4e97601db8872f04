/**
 * Mentions from BioC, XML or JSON: annotations of passages, with offsets that count from the document's start.
 *
 * Follows  BioC.dtd (Comeau et al., 2013) and the JSON that PubTator 3 serves (a document, or `{"PubTator3": [documents]}`).
 * Left out relations; BC5CDR's annotations of a composite mention's parts (`CompositeRole` IndividualMention), whose whole stands beside
 *          them; annotations of sentences inside of passages count like the passage's own. A mention over several places is taken from the first
 *          character to the last.
 */
import { BiogptError } from "../../base/errors.ts";
import type { PassageKind } from "../document.ts";
import type { BiocAnnotation, BiocDocument } from "../literature/annotated/bioc-document.ts";
import { parseBiocJson } from "../literature/annotated/bioc-json.ts";
import { parseWholeBioc } from "../whole-bioc.ts";
import {
  conceptIds,
  joinParts,
  type MentionCorpus,
  type MentionDocument,
  type MisplacedMention,
  placeMentions,
  type RawMention,
} from "./mention-document.ts";

/** Infons in which corpora put a mention's concepts. */
const ID_KEYS = ["identifier", "Identifier", "MESH", "OMIM", "NCBI Gene", "NCBI Taxonomy", "dbSNP"];

/** @throws BiogptError `corpora/bioc`, `corpora/xml` */
export function readBioCMentions(text: string, name: string): MentionCorpus {
  const parsed = /^\s*[[{]/.test(text) ? fromJson(text, name) : parseWholeBioc(text, name);
  const misplaced: MisplacedMention[] = [];
  return { documents: parsed.map((document) => placed(document, name, misplaced)), misplaced };
}

function placed(
  { id, passages }: Pick<BiocDocument, "id" | "passages">,
  name: string,
  misplaced: MisplacedMention[],
): MentionDocument {
  const parts = passages.map((passage) => {
    const raw = passage.annotations.flatMap((annotation) => rawMention(annotation, passage.offset));
    const kind = passageKind(passage.infons["type"] ?? passage.infons["section_type"] ?? "");
    return placeMentions(id, [{ kind, text: passage.text.replaceAll(/[\r\n]/g, " ") }], raw, misplaced);
  });
  const [first, ...rest] = parts;
  if (first === undefined)
    throw new BiogptError("corpora/bioc", { what: `${name}: the document ${id} has no passage.` });
  return rest.reduce(joinParts, first);
}

function rawMention({ infons, text, places }: BiocAnnotation, shift: number): RawMention[] {
  if (infons["CompositeRole"] === "IndividualMention" || places.length === 0) return [];
  const start = Math.min(...places.map(({ offset }) => offset)) - shift;
  const end = Math.max(...places.map(({ offset, length }) => offset + length)) - shift;
  const ids = conceptIds(ID_KEYS.map((key) => infons[key]).find((value) => value !== undefined));
  return start < 0 ? [] : [{ start, end, text, type: infons["type"] ?? "", ids }];
}

function passageKind(type: string): PassageKind {
  const word = type.toLowerCase();
  if (word === "title" || word === "front") return "title";
  return word === "abstract" ? "abstract" : "text";
}

function fromJson(json: string, name: string): BiocDocument[] {
  const refuse = (what: string, cause?: unknown): BiogptError =>
    new BiogptError("corpora/bioc", {
      what: `${name} ${what}.`,
      why: "A BioC document has an id and passages.",
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(json.replace(/^\ufeff/, ""));
  } catch (cause) {
    throw refuse(`is not JSON: ${(cause as Error).message}`, cause);
  }
  const collection = (Array.isArray(value) ? value[0] : value) as Record<string, unknown> | null;
  const list = collection?.["documents"] ?? collection?.["PubTator3"] ?? (Array.isArray(value) ? value : [value]);
  if (!Array.isArray(list)) throw refuse("holds no list of documents");
  return list.map((item: unknown, index) => {
    const document = item as Record<string, unknown> | null;
    if (!Array.isArray(document?.["passages"])) throw refuse(`, document ${index + 1}, has no passages`);
    return parseBiocJson(document, `document ${index + 1} of ${name}`, "");
  });
}
