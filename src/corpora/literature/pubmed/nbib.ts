/**
 * MEDLINE's tagged format, which PubMed exports as .nbib and "PubMed" text: four letters, "- ", the value; lines that
 * begin with spaces go on.
 *
 *     PMID- 25903304
 *     TI  - Physician's peer exposure and the adoption of a new cancer
 *           treatment modality.
 *
 * Follows NLM's description of the MEDLINE display format. An empty line parts records, but also paragraphs of a book's abstract: behind one, a
 * line of spaces goes on, the tag that opened the file's first record begins another, and so does one that a record has once and this one has already.
 * Leaves out the tags that a `Citation` has no field for.
 */
import { BiogptError } from "../../../base/errors.ts";
import { readLines } from "../../../files/lines.ts";
import {
  type Citation,
  type Document,
  isRetracted,
  type MeshHeading,
  type Notice,
  type Passage,
} from "../../document.ts";
import { tidyText } from "../../markup.ts";
import type { ReaderInput, Revision } from "../reader.ts";
import { englishAbstract } from "./english-abstract.ts";

type Fields = Map<string, string[]>;

/** An abstract of PubMed has at most some 30,000 characters; a field a hundred times that is no citation. */
const MAX_FIELD_CHARACTERS = 4_000_000;
const TAGGED = /^([A-Z][A-Z0-9]{1,4}) *- ?(.*)$/;
/** Tags that a record has once. */
const ONCE: ReadonlySet<string> = new Set(["PMID", "OWN", "STAT", "TI", "BTI", "AB", "DP", "SO"]);

/** @throws BiogptError `corpora/nbib` naming the line and, where it is known, the PMID, through `problem` */
export async function* readNbib(
  path: string,
  { chunks, problem }: Pick<ReaderInput, "chunks" | "problem">,
): AsyncGenerator<Document, void> {
  let fields: Fields = new Map();
  let begun = 0;
  let opening: string | undefined;
  let gap = false;
  /** What is wrong with the present record. */
  let fault: BiogptError | undefined;
  const finish = function* (): Generator<Document, void> {
    const [record, error] = [fields, fault];
    fields = new Map();
    fault = undefined;
    gap = false;
    if (error !== undefined) problem(error);
    else if (record.size > 0 && record.has("PMID")) yield documentOf(record, path);
    else if (record.size > 0) problem(wrong(path, begun, "begins a record without PMID"));
  };
  let current: string[] | undefined;
  for await (const { text, number } of readLines(path, chunks, problem)) {
    const match = TAGGED.exec(text);
    if (match !== null) {
      const [, tag, value] = match as unknown as [string, string, string];
      opening ??= tag;
      const begins = gap && (tag === opening || (ONCE.has(tag) && fields.has(tag)));
      const isBehindDamage = fields.size === 0 && fault !== undefined && tag === opening;
      // Some tools leave the empty line out.
      if (begins || isBehindDamage || ((tag === "PMID" || (tag === opening && ONCE.has(tag))) && fields.has(tag)))
        yield* finish();
      gap = false;
      if (fields.size === 0) begun = number;
      current = fields.get(tag) ?? [];
      current.push(value.trim());
      fields.set(tag, current);
    } else if (text.trim() === "") {
      gap = true;
    } else if (/^\s{2,}/.test(text) && current !== undefined) {
      // Behind an empty line it may be the rest of a record whose first line was lost: what is wrong further on is not this record's.
      const joined = joinLines(current.at(-1)!, text.trim());
      if (joined.length > MAX_FIELD_CHARACTERS) {
        fault ??= wrong(path, number, "belongs to a field that does not end", fields);
      } else current[current.length - 1] = joined;
    } else {
      // What stood before the empty line is whole: the damage is the next record's, whose first line may be what is damaged.
      if (gap) yield* finish();
      gap = false;
      fault ??= wrong(path, number, `is no field: ${JSON.stringify(text.slice(0, 40))}`, fields);
    }
  }
  yield* finish();
}

/** Every PMID, in order. */
export async function* nbibRevisions({ path, chunks }: ReaderInput): AsyncGenerator<Revision, void> {
  for await (const { text } of readLines(path, chunks, () => {})) {
    const pmid = /^PMID *- ?(\d{1,9})\s*$/.exec(text)?.[1];
    if (pmid !== undefined) yield { pmid, version: 1, deleted: false };
  }
}

function joinLines(before: string, next: string): string {
  return before === "" ? next : `${before} ${next}`;
}

function documentOf(fields: Fields, source: string): Document {
  const all = (tag: string): string[] => (fields.get(tag) ?? []).filter((value) => value !== "");
  const first = (...tags: string[]): string | undefined => tags.flatMap(all)[0];
  const id = first("PMID") ?? "";
  const passages: Passage[] = [];
  const title = tidyText(first("TI", "BTI") ?? "");
  const languages = all("OABL");
  const otherAbstracts = all("OAB").map((text, at) => {
    const language = /^[a-z]{3}$/.exec(languages[at] ?? "")?.[0];
    return language === undefined ? { text } : { text, language };
  });
  const abstract = tidyText(first("AB") ?? englishAbstract(otherAbstracts));
  if (title !== "") passages.push({ kind: "title", text: title });
  if (abstract !== "") passages.push({ kind: "abstract", text: abstract });
  const year = Number(/\d{4}/.exec(first("DP") ?? "")?.[0]);
  const doi = [...all("LID"), ...all("AID")].find((value) => value.endsWith("[doi]"))?.replace(/\s*\[doi\]$/, "");
  const journal = first("JT", "TA");
  const pmcid = first("PMC");
  const vernacularTitle = first("TT");
  const publicationTypes = all("PT");
  const notices = Object.entries(NOTICE_TAGS).flatMap(([tag, type]) => all(tag).map((text) => noticeOf(type, text)));
  const lists = {
    languages: all("LA"),
    publicationTypes,
    mesh: all("MH").map(meshHeading),
    keywords: all("OT"),
    authors: [...all("AU"), ...all("CN")].map((author) => author.replace(/^(\S.*) ([A-Z]{1,4})$/, "$1, $2")),
    otherAbstracts,
    notices,
  };
  const citation: Citation = {
    pmid: id,
    ...(pmcid === undefined ? {} : { pmcid }),
    ...(doi === undefined ? {} : { doi }),
    ...(journal === undefined ? {} : { journal }),
    ...(Number.isNaN(year) ? {} : { year }),
    ...(vernacularTitle === undefined ? {} : { vernacularTitle }),
    ...(isRetracted(publicationTypes, notices) ? { retracted: true } : {}),
    ...Object.fromEntries(Object.entries(lists).filter(([, values]) => values.length > 0)),
  };
  return { id, source, passages, citation };
}

/** `*Calcium/blood/*metabolism`: an asterisk marks what the article is mainly about. */
function meshHeading(text: string): MeshHeading {
  const [descriptor = "", ...qualifiers] = text.split("/");
  const named = (part: string): { name: string; major: boolean } => ({
    name: part.replace(/^\*/, ""),
    major: part.startsWith("*"),
  });
  return { ...named(descriptor), qualifiers: qualifiers.map(named) };
}

/** Tags of notices, by PubMed XML's words for them. */
const NOTICE_TAGS: Readonly<Record<string, string>> = {
  RIN: "RetractionIn",
  ROF: "RetractionOf",
  EIN: "ErratumIn",
  EFR: "ErratumFor",
  ECI: "ExpressionOfConcernIn",
  ECF: "ExpressionOfConcernFor",
  CRI: "CorrectedandRepublishedIn",
  CRF: "CorrectedandRepublishedFrom",
  RPI: "RepublishedIn",
  RPF: "RepublishedFrom",
};

/** `Lancet. 2010 Feb 6;375(9713):445. PMID: 20137807`. */
function noticeOf(type: string, text: string): Notice {
  const pmid = /\bPMID: ?(\d{1,9})/.exec(text)?.[1];
  const reference = text.replace(/\s*\bPMID: ?\d{1,9}\.?\s*$/, "");
  return { type, ...(pmid === undefined ? {} : { pmid }), ...(reference === "" ? {} : { reference }) };
}

function wrong(path: string, line: number, what: string, fields?: Fields): BiogptError {
  const pmid = fields?.get("PMID")?.[0];
  return new BiogptError("corpora/nbib", {
    what: `Line ${line} of ${path}${pmid === undefined ? "" : ` (PMID ${pmid})`} ${what}.`,
    why: "MEDLINE's format has lines such as `TI  - A title` and lines that go on after six spaces.",
    fix: "Export the records from PubMed again, or give --input-format text if it is plain text.",
  });
}
