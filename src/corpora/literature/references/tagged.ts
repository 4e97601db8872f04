/**
 * The two tagged exports of reference managers: RIS (`TY  - JOUR` … `ER  - `) and EndNote's import format (`%0 Journal Article`, also called Refer).
 *
 * Follows  the RIS specification of Research Information Systems and what databases write: one or two spaces around the hyphen, values that go on in
 *          lines without a tag, records without `ER`. Where an abstract stands differs (AB, N2, and N1 in some), so does the title (TI, T1).
 * Left out tags that a document has no field for. No library: the ones on npm read whole strings and drop what they do not know without a word.
 */
import { BiogptError } from "../../../base/errors.ts";
import { readLines } from "../../../files/lines.ts";
import type { Document } from "../../document.ts";
import type { ReaderInput } from "../reader.ts";
import { documentFromReference, type Reference } from "./reference.ts";

/** Longest field; an abstract of PubMed has at most some 30,000 characters. */
const MAX_FIELD_CHARACTERS = 4_000_000;

interface Tagging {
  readonly name: "RIS" | "EndNote";
  readonly line: RegExp;
  readonly begins: string;
  readonly ends?: string;
  /** Whether a line without a tag goes on with the field above. */
  readonly reference: (fields: ReadonlyMap<string, readonly string[]>) => Reference;
}

const RIS: Tagging = {
  name: "RIS",
  line: /^([A-Z][A-Z0-9]) {1,2}-(?: (.*))?$/,
  begins: "TY",
  ends: "ER",
  reference: (fields) => {
    const first = firstOf(fields);
    const isMedline = /pubmed|medline|nlm/i.test([...(fields.get("DB") ?? []), ...(fields.get("DP") ?? [])].join(" "));
    return {
      title: first("TI", "T1", "CT", "BT"),
      abstract: first("AB", "N2"),
      pmid: first("PMID") ?? (isMedline ? digits(first("AN", "ID")) : undefined) ?? pmidInNotes(fields.get("N1")),
      pmcid: first("C2"),
      doi: first("DO", "M3", "L3"),
      journal: first("JF", "T2", "JO", "JA", "J2"),
      year: first("PY", "Y1", "DA"),
      authors: ["AU", "A1"].flatMap((tag) => fields.get(tag) ?? []),
      keywords: fields.get("KW") ?? [],
      publicationTypes: (fields.get("M3") ?? []).filter((type) => /^[A-Za-z ]+$/.test(type)),
    };
  },
};

const ENDNOTE: Tagging = {
  name: "EndNote",
  line: /^(%[A-Z0-9@!?$&()*+>[\]^~<]) ?(.*)$/,
  begins: "%0",
  reference: (fields) => {
    const first = firstOf(fields);
    const isMedline = /pubmed|medline|nlm/i.test([...(fields.get("%W") ?? []), ...(fields.get("%~") ?? [])].join(" "));
    return {
      title: first("%T"),
      abstract: first("%X"),
      pmid: isMedline ? digits(first("%M")) : undefined,
      pmcid: first("%2"),
      doi: first("%R"),
      journal: first("%J", "%B"),
      year: first("%D", "%8"),
      authors: fields.get("%A") ?? [],
      keywords: fields.get("%K") ?? [],
      publicationTypes: fields.get("%9") ?? [],
    };
  },
};

/** @throws BiogptError `corpora/ris` naming the line, through `problem` */
export function readRis(input: ReaderInput): AsyncGenerator<Document, void> {
  return readTagged(input, RIS);
}

/** @throws BiogptError `corpora/endnote` naming the line, through `problem` */
export function readEndnoteTagged(input: ReaderInput): AsyncGenerator<Document, void> {
  return readTagged(input, ENDNOTE);
}

async function* readTagged({ path, chunks, problem }: ReaderInput, tagging: Tagging): AsyncGenerator<Document, void> {
  let fields: Map<string, string[]> | undefined;
  let begun = 0;
  let current: string[] | undefined;
  let fault: BiogptError | undefined;
  const finish = function* (): Generator<Document, void> {
    const [record, error] = [fields, fault];
    fields = undefined;
    current = undefined;
    fault = undefined;
    if (error !== undefined) problem(error);
    else if (record !== undefined) yield documentFromReference(tagging.reference(record), path, begun);
  };
  for await (const { text, number } of readLines(path, chunks, problem)) {
    const [, tag, value = ""] = tagging.line.exec(text.trimEnd()) ?? [];
    if (tag !== undefined && tag === tagging.ends) yield* finish();
    else if (tag === tagging.begins) {
      yield* finish();
      fields = new Map();
      begun = number;
    } else if (fields === undefined) {
      // Between records databases write numbers, names of providers, empty lines; a field there belongs to a record whose beginning is lost.
      if (tag !== undefined) fault ??= wrong(tagging, path, number, "belongs to no record");
    } else if (tag !== undefined) {
      current = fields.get(tag) ?? [];
      current.push(value.trim());
      fields.set(tag, current);
    } else if (current !== undefined && text.trim() !== "") {
      const joined = `${current.at(-1)} ${text.trim()}`.trim();
      if (joined.length > MAX_FIELD_CHARACTERS)
        fault ??= wrong(tagging, path, number, "belongs to a field that does not end");
      else current[current.length - 1] = joined;
    }
  }
  yield* finish();
}

function firstOf(fields: ReadonlyMap<string, readonly string[]>): (...tags: string[]) => string | undefined {
  return (...tags) => tags.flatMap((tag) => fields.get(tag) ?? []).find((value) => value !== "");
}

function digits(text: string | undefined): string | undefined {
  return /^\d{1,9}$/.test(text ?? "") ? text : undefined;
}

/** Zotero writes `PMID: 12345` among the notes. */
function pmidInNotes(notes: readonly string[] | undefined): string | undefined {
  return /\bPMID: ?(\d{1,9})\b/.exec((notes ?? []).join("\n"))?.[1];
}

function wrong({ name, begins }: Tagging, path: string, line: number, what: string): BiogptError {
  return new BiogptError(name === "RIS" ? "corpora/ris" : "corpora/endnote", {
    what: `Line ${line} of ${path} ${what}.`,
    why: `A record of ${name} begins with ${begins}${name === "RIS" ? " and ends with ER" : ""}.`,
    fix: "Export the records again.",
  });
}
