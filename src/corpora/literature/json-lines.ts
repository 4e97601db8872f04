/**
 * Documents in JSON: one a line (JSON Lines), in one array, or one behind the other over any number of lines; in any of the shapes below, mixed freely.
 *
 *     {"text": …}                                    one body
 *     {"title": …, "abstract": …}                    a citation; `abstract` may be null, or a list of its sections
 *     {"title": …, "section": …, "text": …}          one section of an article; consecutive lines make up the article
 *     {"passages": [{"kind": …, "text": …}, …]}      what this package writes
 *     {"passages": [{"offset": …, "infons": …}, …]}  BioC, also in {"documents": […]} and PubTator 3's {"PubTator3": […]}
 *
 * each with an id under `id`, `pmid`, `pmcid`, `document_id` or another name of fields.ts, which also knows `abstractText` and its like.
 * Other fields are kept out, not refused. Text is taken as it is: offsets count in it.
 */
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import { readLines } from "../../files/lines.ts";
import { type Citation, type Document, isRetracted, type Passage, type PassageKind } from "../document.ts";
import { documentFromBiocJson, isBiocDocument } from "./annotated/bioc-json.ts";
import { bareDoi, type FieldRole, fieldRoles, fullCitation, yearOf } from "./fields.ts";
import { cutJsonValues } from "./json-values.ts";
import type { ReaderInput } from "./reader.ts";

const ID_FIELDS: readonly string[] = ["id", "pmid", "pmcid", "document_id"];
const TEXT_FIELDS: readonly string[] = ["text", "title", "abstract", "section", "passages"];
const KINDS: readonly PassageKind[] = ["title", "abstract", "text"];

type Fields = Readonly<Record<string, unknown>>;

/** @throws BiogptError `corpora/json`, `corpora/unknown-shape`, `corpora/bioc` naming the line, through `problem` */
export async function* readJsonLines(input: ReaderInput): AsyncGenerator<Document, void> {
  const { path, chunks, problem, event } = input;
  for await (const { text, number } of readLines(path, chunks, problem)) {
    if (text.trim() !== "") yield* documentsOf(text, { path, line: number, problem, event });
  }
}

/** JSON over any number of lines. @throws as readJsonLines */
export async function* readJson(input: ReaderInput): AsyncGenerator<Document, void> {
  const { path, problem, event } = input;
  for await (const { text, line } of cutJsonValues(input)) {
    yield* documentsOf(text, { path, line, problem, event });
  }
}

/** One document. @throws BiogptError `corpora/json`, `corpora/unknown-shape`, `corpora/bioc` naming the line */
export function parseJsonDocument(text: string, path: string, line: number): Document {
  return documentOf(parseObject(text, `line ${line} of ${path}`), path, line, () => {});
}

/** One document, or those of a BioC collection that stands on one line. */
function* documentsOf(
  text: string,
  { path, line, problem, event }: Pick<ReaderInput, "path" | "problem" | "event"> & { readonly line: number },
): Generator<Document, void> {
  const where = `line ${line} of ${path}`;
  let records: readonly unknown[] = [];
  try {
    const record = parseObject(text, where);
    const collection = record["documents"] ?? record["PubTator3"];
    records = Array.isArray(collection) ? collection : [record];
  } catch (error) {
    if (!(error instanceof BiogptError)) throw error;
    problem(error);
  }
  for (const record of records) {
    let document: Document;
    try {
      if (typeof record !== "object" || record === null) throw unknownShape(where, "its documents are no objects", []);
      document = documentOf(record as Fields, path, line, event);
    } catch (error) {
      if (!(error instanceof BiogptError)) throw error;
      problem(error);
      continue;
    }
    yield document;
  }
}

function parseObject(text: string, where: string): Fields {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch (error) {
    throw new BiogptError("corpora/json", {
      what: `${where} is not JSON: ${(error as Error).message}.`,
      why: "JSON Lines holds one whole JSON object on each line.",
      fix: "JSON over several lines, an array or one object, is read with --input-format json.",
    });
  }
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) {
    throw unknownShape(where, `it is ${Array.isArray(fields) ? "an array" : JSON.stringify(fields).slice(0, 40)}`, []);
  }
  return fields as Fields;
}

function documentOf(record: Fields, path: string, line: number, event: ReaderInput["event"]): Document {
  const where = `line ${line} of ${path}`;
  if (isBiocDocument(record)) return documentFromBiocJson(record, { path, where, fallback: `${path}:${line}` }, event);
  const roles = fieldRoles(Object.keys(record));
  /** What is said besides the text may have any shape ("journal": {"name": …}) and is then left out. */
  const valueIn = (role: FieldRole): string | undefined =>
    roles[role]
      ?.map((field) => record[field])
      .filter((value) => typeof value === "string" || typeof value === "number")
      .map(String)
      .find((value) => value !== "");
  const passages =
    record.passages === undefined ? flatPassages(record, roles, where) : listedPassages(record.passages, where);
  if (passages === undefined) {
    throw unknownShape(
      where,
      `its fields are ${Object.keys(record).slice(0, 12).join(", ") || "none"}`,
      Object.keys(record),
    );
  }
  const citation = citationOf(record, valueIn);
  const own = ID_FIELDS.map((field) => scalar(record, field, where)).find((id) => id !== undefined);
  const id = own ?? citation?.pmid ?? citation?.pmcid ?? valueIn("id") ?? citation?.doi ?? `${path}:${line}`;
  return { id, source: path, passages, ...(citation === undefined ? {} : { citation }) };
}

function flatPassages(
  record: Fields,
  roles: Readonly<Partial<Record<FieldRole, readonly string[]>>>,
  where: string,
): Passage[] | undefined {
  if (KINDS.every((kind) => roles[kind] === undefined)) return undefined;
  const section = "section" in record ? scalar(record, "section", where) : undefined;
  const passages: Passage[] = [];
  for (const kind of KINDS) {
    for (const field of roles[kind] ?? []) {
      const sections = kind === "title" ? undefined : sectionsOf(record[field]);
      const text = sections === undefined ? scalar(record, field, where) : undefined;
      if (sections !== undefined) {
        if (kind === "text") passages.push(...sections.map((part) => ({ kind, ...part })));
        else passages.push({ kind, text: sections.map(({ label, text: part }) => labelled(label, part)).join(" ") });
        break;
      }
      if (text === undefined || text === "") continue;
      passages.push(kind === "text" && section !== undefined ? { kind, text, label: section } : { kind, text });
      break;
    }
  }
  return passages;
}

/** The sections of a text that is a list of `{text, label}`, as PubMed's and CORD-19's JSON have it; undefined for what is none. */
function sectionsOf(value: unknown): { text: string; label?: string }[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const sections: { text: string; label?: string }[] = [];
  for (const item of value as unknown[]) {
    if (typeof item !== "object" || item === null) return undefined;
    const roles = fieldRoles(Object.keys(item));
    const fields = item as Fields;
    const text = fields[roles.text?.[0] ?? ""];
    if (typeof text !== "string") return undefined;
    const label = fields["label"] ?? fields["Label"] ?? fields[roles.label?.[0] ?? ""];
    sections.push(typeof label === "string" && label !== "" ? { text, label } : { text });
  }
  return sections;
}

function labelled(label: string | undefined, text: string): string {
  return label === undefined ? text : `${label}: ${text}`;
}

function listedPassages(list: unknown, where: string): Passage[] {
  if (!Array.isArray(list)) throw unknownShape(where, "its passages are not a list", []);
  return list.map((item: unknown): Passage => {
    const { kind, text, label } = (typeof item === "object" && item !== null ? item : {}) as Fields;
    if (typeof text !== "string" || !KINDS.includes(kind as PassageKind)) {
      const hint = typeof kind === "string" ? didYouMean(kind, KINDS) : "";
      throw new BiogptError("corpora/unknown-shape", {
        what: `${where} has a passage of kind ${JSON.stringify(kind)} and text of type ${typeof text}.`,
        why: "A passage is {kind, text} with kind title, abstract or text.",
        fix: `Correct the line.${hint}`,
      });
    }
    return { kind: kind as PassageKind, text, ...(typeof label === "string" ? { label } : {}) };
  });
}

function citationOf(record: Fields, valueIn: (role: FieldRole) => string | undefined): Citation | undefined {
  const types = [record["publicationTypes"], record["publication_types"]].find(Array.isArray) as unknown[] | undefined;
  const publicationTypes = types?.filter((type): type is string => typeof type === "string") ?? [];
  const hasRetraction = isRetracted(publicationTypes, []) || record["retracted"] === true;
  return fullCitation({
    pmid: valueIn("pmid"),
    pmcid: valueIn("pmcid"),
    doi: bareDoi(valueIn("doi")),
    journal: valueIn("journal"),
    year: yearOf(valueIn("year")),
    publicationTypes,
    retracted: hasRetraction || undefined,
  });
}

/** A string, or a number written out; undefined for null and absent fields. */
function scalar(record: Fields, field: string, where: string): string | undefined {
  const value = record[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  throw new BiogptError("corpora/unknown-shape", {
    what: `The field "${field}" of ${where} is ${Array.isArray(value) ? "a list" : `of type ${typeof value}`}.`,
    why: "It must be a string.",
    fix: "Correct the line.",
  });
}

function unknownShape(where: string, why: string, names: readonly string[]): BiogptError {
  const hint = names
    .map((name) => didYouMean(name, TEXT_FIELDS).replace("Did you mean", `For "${name}", did you mean`))
    .find((text) => text !== "");
  return new BiogptError("corpora/unknown-shape", {
    what: `${where} is no document: ${why}.`,
    why: "A document is {text}, {title, abstract}, {title, section, text} or {passages}, with an id, pmid or pmcid.",
    fix: `Rename the fields.${hint ?? ""}`,
  });
}
