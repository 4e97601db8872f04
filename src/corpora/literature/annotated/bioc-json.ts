/**
 * A BioC document as JSON has it, PubTator 3's export too: annotations, sentences and infons checked, numbers and other infons written out.
 */
import { BiogptError } from "../../../base/errors.ts";
import type { Document } from "../../document.ts";
import type { ReaderInput } from "../reader.ts";
import { type BiocAnnotation, type BiocDocument, type BiocPassage, documentFromBioc } from "./bioc-document.ts";
import { joinSentences } from "./bioc-xml.ts";
import type { BiocRelation } from "./stated-relations.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Whether an object is a BioC document rather than one of this package's: its passages have offsets or infons. */
export function isBiocDocument(record: Fields): boolean {
  const [first] = Array.isArray(record["passages"]) ? (record["passages"] as unknown[]) : [];
  return typeof first === "object" && first !== null && ("offset" in first || "infons" in first);
}

/**
 * @param where for messages, "line 3 of x.json"
 * @param fallback id of a document that has none
 * @throws BiogptError `corpora/bioc`
 */
export function documentFromBiocJson(
  record: Fields,
  { path, where, fallback }: { readonly path: string; readonly where: string; readonly fallback: string },
  event: ReaderInput["event"],
): Document {
  return documentFromBioc(parseBiocJson(record, where, fallback), path, event);
}

/** @throws BiogptError `corpora/bioc` */
export function parseBiocJson(record: Fields, where: string, fallback: string): BiocDocument {
  const id = [record["id"], record["pmid"], record["_id"]].find((value) => value !== undefined && value !== null);
  const passages = listOf(record["passages"], "passages", where).map((passage) => passageOf(passage, where));
  const relations = [record, ...listOf(record["passages"], "passages", where)].flatMap((holder) =>
    listOf(holder["relations"] ?? [], "relations", where).map((relation) => relationOf(relation, where)),
  );
  return { id: id === undefined || id === "" ? fallback : String(id), infons: infonsOf(record), passages, relations };
}

function passageOf(passage: Fields, where: string): BiocPassage {
  const offset = passage["offset"] ?? 0;
  if (typeof offset !== "number" || !Number.isInteger(offset))
    throw wrong(where, "a passage whose offset is no number");
  const sentences = listOf(passage["sentences"] ?? [], "sentences", where);
  const own = passage["text"];
  if (own !== undefined && own !== null && typeof own !== "string")
    throw wrong(where, "a passage whose text is no text");
  const text =
    typeof own === "string" && (own !== "" || sentences.length === 0)
      ? own
      : joinSentences(
          sentences.map((sentence) => ({
            offset: Number(sentence["offset"] ?? offset) - offset,
            text: String(sentence["text"] ?? ""),
          })),
        );
  const annotations = [passage, ...sentences].flatMap((holder) =>
    listOf(holder["annotations"] ?? [], "annotations", where).map((annotation) => annotationOf(annotation, where)),
  );
  return { offset, text, infons: infonsOf(passage), annotations };
}

function annotationOf(annotation: Fields, where: string): BiocAnnotation {
  const { id } = annotation;
  return {
    ...(id === undefined || id === null ? {} : { id: String(id) }),
    infons: infonsOf(annotation),
    places: listOf(annotation["locations"] ?? [], "locations", where).map((place) => ({
      offset: Number(place["offset"]),
      length: Number(place["length"]),
    })),
    text: String(annotation["text"] ?? ""),
  };
}

/** PubTator 3 gives the concepts of a relation as objects (`role1: {identifier, type, …}`), others as texts. */
function relationOf(relation: Fields, where: string): BiocRelation {
  const { id, infons } = relation;
  const roles = Object.entries((infons ?? {}) as Fields).flatMap(([key, value]) => {
    const { identifier } = (value ?? {}) as Fields;
    return typeof value === "object" && (typeof identifier === "string" || typeof identifier === "number")
      ? [[key, String(identifier)] as const]
      : [];
  });
  return {
    ...(id === undefined || id === null ? {} : { id: String(id) }),
    infons: { ...infonsOf(relation), ...Object.fromEntries(roles) },
    nodes: listOf(relation["nodes"] ?? [], "nodes", where).map((node) => String(node["refid"] ?? "")),
  };
}

function infonsOf(holder: Fields): Readonly<Record<string, string>> {
  const { infons } = holder;
  if (typeof infons !== "object" || infons === null) return {};
  return Object.fromEntries(
    Object.entries(infons)
      .filter(([, value]) => ["string", "number", "boolean"].includes(typeof value))
      .map(([key, value]) => [key, String(value)]),
  );
}

function listOf(value: unknown, name: string, where: string): readonly Fields[] {
  if (Array.isArray(value) && value.every((item) => typeof item === "object" && item !== null))
    return value as Fields[];
  throw wrong(where, `${name} that are no list of objects`);
}

function wrong(where: string, what: string): BiogptError {
  return new BiogptError("corpora/bioc", {
    what: `${where} has ${what}.`,
    why: "A BioC document is {id, infons, passages: [{offset, infons, text, annotations}]}.",
    fix: "Correct what wrote the file.",
  });
}
