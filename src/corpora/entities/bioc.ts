/**
 * Mentions from BioC, XML or JSON: annotations of passages, with offsets that count from the document's start.
 *
 * Follows  BioC.dtd (Comeau et al., 2013) and the JSON that PubTator 3 serves (a document, or `{"PubTator3": [documents]}`).
 * Left out relations; BC5CDR's annotations of a composite mention's parts (`CompositeRole` IndividualMention), whose whole stands beside
 *          them; annotations of sentences inside of passages count like the passage's own. A mention over several places is taken from the first
 *          character to the last.
 */
import { SaxesParser } from "saxes";
import { BiogptError } from "../../base/errors.ts";
import type { PassageKind } from "../document.ts";
import { parseWholeXml } from "../xml.ts";
import {
  conceptIds,
  joinParts,
  type MentionCorpus,
  type MentionDocument,
  type MisplacedMention,
  placeMentions,
  type RawMention,
} from "./mention-document.ts";

interface Annotation {
  infons: Record<string, string>;
  text: string;
  locations: { offset: number; length: number }[];
}

interface BioCPassage {
  infons: Record<string, string>;
  offset: number;
  text: string;
  annotations: Annotation[];
}

interface BioCDocument {
  id: string;
  passages: BioCPassage[];
}

/** Infons in which corpora put a mention's concepts. */
const ID_KEYS = ["identifier", "Identifier", "MESH", "OMIM", "NCBI Gene", "NCBI Taxonomy", "dbSNP"];

/** @throws BiogptError `corpora/bioc`, `corpora/xml` */
export function readBioCMentions(text: string, name: string): MentionCorpus {
  const parsed = /^\s*[[{]/.test(text) ? fromJson(text, name) : fromXml(text, name);
  const misplaced: MisplacedMention[] = [];
  return { documents: parsed.map((document) => placed(document, name, misplaced)), misplaced };
}

function placed({ id, passages }: BioCDocument, name: string, misplaced: MisplacedMention[]): MentionDocument {
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

function rawMention({ infons, text, locations }: Annotation, shift: number): RawMention[] {
  if (infons["CompositeRole"] === "IndividualMention" || locations.length === 0) return [];
  const start = Math.min(...locations.map(({ offset }) => offset)) - shift;
  const end = Math.max(...locations.map(({ offset, length }) => offset + length)) - shift;
  const ids = conceptIds(ID_KEYS.map((key) => infons[key]).find((value) => value !== undefined));
  return start < 0 ? [] : [{ start, end, text, type: infons["type"] ?? "", ids }];
}

function passageKind(type: string): PassageKind {
  const word = type.toLowerCase();
  if (word === "title" || word === "front") return "title";
  return word === "abstract" ? "abstract" : "text";
}

function fromXml(xml: string, name: string): BioCDocument[] {
  const documents: BioCDocument[] = [];
  const parser = new SaxesParser({ fileName: name });
  let document: BioCDocument | undefined;
  let passage: BioCPassage | undefined;
  let annotation: Annotation | undefined;
  let relations = 0;
  let key = "";
  let content = "";
  parser.on("opentag", ({ name: tag, attributes }) => {
    content = "";
    if (tag === "document") {
      document = { id: "", passages: [] };
      documents.push(document);
    } else if (tag === "passage") {
      passage = { infons: {}, offset: 0, text: "", annotations: [] };
      document?.passages.push(passage);
    } else if (tag === "annotation") {
      annotation = { infons: {}, text: "", locations: [] };
      passage?.annotations.push(annotation);
    } else if (tag === "relation") relations++;
    else if (tag === "infon") key = String(attributes["key"] ?? "");
    else if (tag === "location") {
      annotation?.locations.push({ offset: Number(attributes["offset"]), length: Number(attributes["length"]) });
    }
  });
  parser.on("text", (chunk) => {
    content += chunk;
  });
  parser.on("closetag", ({ name: tag }) => {
    if (tag === "id" && document?.id === "") document.id = content.trim();
    else if (tag === "relation") relations--;
    else if (tag === "infon" && relations === 0) {
      const owner = annotation ?? passage;
      if (owner !== undefined) owner.infons[key] = content;
    } else if (tag === "offset" && passage !== undefined && passage.text === "") passage.offset = Number(content);
    else if (tag === "text") {
      if (annotation !== undefined) annotation.text = content;
      else if (passage !== undefined) passage.text += passage.text === "" ? content : ` ${content}`;
    } else if (tag === "annotation") annotation = undefined;
    else if (tag === "passage") passage = undefined;
    content = "";
  });
  parseWholeXml(parser, xml, name);
  return documents;
}

function fromJson(json: string, name: string): BioCDocument[] {
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
    const document = item as { id?: unknown; passages?: unknown } | null;
    if (!Array.isArray(document?.passages)) throw refuse(`, document ${index + 1}, has no passages`);
    return { id: String(document.id ?? ""), passages: document.passages.map((passage) => jsonPassage(passage)) };
  });
}

function jsonPassage(value: unknown): BioCPassage {
  const { infons, offset, text, annotations } = (value ?? {}) as Record<string, unknown>;
  return {
    infons: strings(infons),
    offset: Number(offset ?? 0),
    text: typeof text === "string" ? text : "",
    annotations: (Array.isArray(annotations) ? annotations : []).map((item: Record<string, unknown>) => ({
      infons: strings(item["infons"]),
      text: String(item["text"] ?? ""),
      locations: (Array.isArray(item["locations"]) ? item["locations"] : []).map(
        ({ offset: at, length }: Record<string, unknown>) => ({ offset: Number(at), length: Number(length) }),
      ),
    })),
  };
}

function strings(record: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries((record ?? {}) as object).map(([key, value]) => [key, String(value)]));
}
