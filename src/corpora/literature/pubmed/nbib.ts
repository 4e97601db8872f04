/**
 * MEDLINE's tagged format, which PubMed exports as .nbib and "PubMed" text: four letters, "- ", the value; lines that
 * begin with six spaces go on; an empty line ends a record.
 *
 *     PMID- 25903304
 *     TI  - Physician's peer exposure and the adoption of a new cancer
 *           treatment modality.
 *
 * Follows NLM's description of the MEDLINE display format. Leaves out the tags that a `Citation` has no field for.
 */
import { BiogptError } from "../../../base/errors.ts";
import type { Line } from "../../../files/lines.ts";
import type { Citation, Document, MeshHeading, Passage } from "../../document.ts";

type Fields = Map<string, string[]>;

/** An abstract of PubMed has at most some 30,000 characters; a field a hundred times that is no citation. */
const MAX_FIELD_CHARACTERS = 4_000_000;
const TAGGED = /^([A-Z][A-Z0-9]{1,4}) *- ?(.*)$/;

/** @throws BiogptError `corpora/nbib` naming the line */
export async function* readNbib(path: string, lines: AsyncIterable<Line>): AsyncGenerator<Document, void> {
  let fields: Fields = new Map();
  let current: string[] | undefined;
  let begun = 0;
  for await (const { text, number } of lines) {
    const match = TAGGED.exec(text);
    if (match !== null && !text.startsWith(" ")) {
      if (match[1] === "PMID" && fields.has("PMID")) {
        yield documentOf(fields, path, begun); // some tools leave the empty line out
        fields = new Map();
      }
      if (fields.size === 0) begun = number;
      current = fields.get(match[1]!) ?? [];
      current.push(match[2]!.trim());
      fields.set(match[1]!, current);
    } else if (text.trim() === "") {
      if (fields.size > 0) yield documentOf(fields, path, begun);
      fields = new Map();
      current = undefined;
    } else if (/^ {2,}/.test(text) && current !== undefined) {
      const joined = joinLines(current.at(-1)!, text.trim());
      if (joined.length > MAX_FIELD_CHARACTERS) throw wrong(path, number, "belongs to a field that does not end");
      current[current.length - 1] = joined;
    } else {
      throw wrong(path, number, `is no field: ${JSON.stringify(text.slice(0, 40))}`);
    }
  }
  if (fields.size > 0) yield documentOf(fields, path, begun);
}

function joinLines(before: string, next: string): string {
  return before === "" ? next : `${before} ${next}`;
}

function documentOf(fields: Fields, source: string, line: number): Document {
  const all = (tag: string): string[] => (fields.get(tag) ?? []).filter((value) => value !== "");
  const first = (...tags: string[]): string | undefined => tags.flatMap(all)[0];
  const id = first("PMID");
  if (id === undefined) throw wrong(source, line, "begins a record without PMID");
  const passages: Passage[] = [];
  const title = first("TI", "BTI");
  const abstract = first("AB");
  if (title !== undefined) passages.push({ kind: "title", text: title });
  if (abstract !== undefined) passages.push({ kind: "abstract", text: abstract });
  const year = Number(/\d{4}/.exec(first("DP") ?? "")?.[0]);
  const doi = [...all("LID"), ...all("AID")].find((value) => value.endsWith("[doi]"))?.replace(/\s*\[doi\]$/, "");
  const journal = first("JT", "TA");
  const pmcid = first("PMC");
  const vernacularTitle = first("TT");
  const lists = {
    languages: all("LA"),
    publicationTypes: all("PT"),
    mesh: all("MH").map(meshHeading),
    keywords: all("OT"),
    authors: [...all("AU"), ...all("CN")].map((author) => author.replace(/^(\S.*) ([A-Z]{1,4})$/, "$1, $2")),
    otherAbstracts: all("OAB").map((text) => ({ text })),
  };
  const citation: Citation = {
    pmid: id,
    ...(pmcid === undefined ? {} : { pmcid }),
    ...(doi === undefined ? {} : { doi }),
    ...(journal === undefined ? {} : { journal }),
    ...(Number.isNaN(year) ? {} : { year }),
    ...(vernacularTitle === undefined ? {} : { vernacularTitle }),
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

function wrong(path: string, line: number, what: string): BiogptError {
  return new BiogptError("corpora/nbib", {
    what: `Line ${line} of ${path} ${what}.`,
    why: "MEDLINE's format has lines such as `TI  - A title` and lines that go on after six spaces.",
    fix: "Export the records from PubMed again, or give --format text if it is plain text.",
  });
}
