/**
 * JSON Lines: one document a line, in any of the shapes below, mixed freely; empty lines are skipped.
 *
 *     {"text": …}                                    one body
 *     {"title": …, "abstract": …}                    a citation; `abstract` may be null
 *     {"title": …, "section": …, "text": …}          one section of an article; consecutive lines make up the article
 *     {"passages": [{"kind": …, "text": …}, …]}      what this package writes
 *
 * each with an id under `id`, `pmid`, `pmcid` or `document_id`. Other fields are kept out, not refused.
 */
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import type { Line } from "../../files/lines.ts";
import type { Citation, Document, Passage, PassageKind } from "../document.ts";

const ID_FIELDS: readonly string[] = ["id", "pmid", "pmcid", "document_id"];
const TEXT_FIELDS: readonly string[] = ["text", "title", "abstract", "section", "passages"];
const KINDS: readonly PassageKind[] = ["title", "abstract", "text"];

type Fields = Readonly<Record<string, unknown>>;

/** @throws BiogptError `corpora/json`, `corpora/unknown-shape` naming the line */
export async function* readJsonLines(path: string, lines: AsyncIterable<Line>): AsyncGenerator<Document, void> {
  for await (const line of lines) {
    if (line.text.trim() !== "") yield parseJsonDocument(line.text, path, line.number);
  }
}

export function parseJsonDocument(text: string, path: string, line: number): Document {
  const where = `line ${line} of ${path}`;
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch (error) {
    throw new BiogptError("corpora/json", {
      what: `${where} is not JSON: ${(error as Error).message}.`,
      why: "JSON Lines holds one whole JSON object on each line.",
      fix: "A JSON array becomes JSON Lines with `jq -c '.[]' file.json > file.jsonl`.",
    });
  }
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) {
    throw unknownShape(where, `it is ${Array.isArray(fields) ? "an array" : JSON.stringify(fields).slice(0, 40)}`, []);
  }
  const record = fields as Fields;
  const passages = record.passages === undefined ? flatPassages(record, where) : listedPassages(record.passages, where);
  if (passages === undefined) {
    throw unknownShape(
      where,
      `its fields are ${Object.keys(record).slice(0, 12).join(", ") || "none"}`,
      Object.keys(record),
    );
  }
  const citation = citationOf(record, where);
  const own = ID_FIELDS.map((field) => scalar(record, field, where)).find((id) => id !== undefined);
  return {
    id: own ?? `${path}:${line}`,
    source: path,
    passages,
    ...(citation === undefined ? {} : { citation }),
  };
}

function flatPassages(record: Fields, where: string): Passage[] | undefined {
  if (!("text" in record) && !("abstract" in record) && !("title" in record)) return undefined;
  const section = scalar(record, "section", where);
  const passages: Passage[] = [];
  for (const kind of KINDS) {
    const text = scalar(record, kind, where);
    if (text === undefined || text === "") continue;
    passages.push(kind === "text" && section !== undefined ? { kind, text, label: section } : { kind, text });
  }
  return passages;
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

function citationOf(record: Fields, where: string): Citation | undefined {
  const pmid = scalar(record, "pmid", where);
  const pmcid = scalar(record, "pmcid", where);
  if (pmid === undefined && pmcid === undefined) return undefined;
  return { ...(pmid === undefined ? {} : { pmid }), ...(pmcid === undefined ? {} : { pmcid }) };
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
    why: "A line is {text}, {title, abstract}, {title, section, text} or {passages}, with an id, pmid or pmcid.",
    fix: `Rename the fields.${hint ?? ""}`,
  });
}
