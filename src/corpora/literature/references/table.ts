/**
 * CSV and TSV with a header: a document a row, its columns known by the names of fields.ts. Separators are commas, semicolons or tabs; quotes as in RFC 4180.
 *
 * By csv-parse, whose stream holds one row. A row with another number of columns, or a quote that does not close, costs itself.
 * Text is taken as it is.
 */
import { type CsvError, parse } from "csv-parse";
import { parse as parseSync } from "csv-parse/sync";
import { BiogptError } from "../../../base/errors.ts";
import { markedUtf8, NOT_UTF8 } from "../../../files/bytes.ts";
import { notText } from "../../../files/lines.ts";
import type { Document, Passage } from "../../document.ts";
import { bareDoi, type FieldRole, fieldRoles, fullCitation, yearOf } from "../fields.ts";
import type { ReaderInput } from "../reader.ts";

/** A row holds one abstract or one full text. */
const MAX_ROW_CHARACTERS = 16 * 1024 * 1024;

export interface TableHeader {
  readonly delimiter: "," | ";" | "\t";
  readonly columns: readonly string[];
  readonly roles: Readonly<Partial<Record<FieldRole, readonly string[]>>>;
}

/** The header of a table whose first line names columns that are known; undefined for other text. */
export function tableHeader(firstLine: string): TableHeader | undefined {
  for (const delimiter of ["\t", ",", ";"] as const) {
    if (!firstLine.includes(delimiter)) continue;
    let columns: string[];
    try {
      [columns = []] = parseSync(firstLine, { delimiter, bom: true, relax_quotes: true }) as string[][];
    } catch {
      continue;
    }
    const roles = fieldRoles(columns);
    // A sentence with commas is no header: columns are few words, and one of them is known.
    const areNames = columns.length > 1 && columns.every((column) => column.length <= 60);
    if (areNames && Object.keys(roles).length > 0) return { delimiter, columns, roles };
  }
  return undefined;
}

/** Whether a table has what a document is made of. */
export function hasText({ roles }: TableHeader): boolean {
  return roles.abstract !== undefined || roles.text !== undefined;
}

export function readCsv(input: ReaderInput): AsyncGenerator<Document, void> {
  return readTable(input, [",", ";"]);
}

export function readTsv(input: ReaderInput): AsyncGenerator<Document, void> {
  return readTable(input, ["\t"]);
}

/** @throws BiogptError `corpora/table` naming the line, for a row through `problem` */
async function* readTable(
  { path, chunks, problem }: ReaderInput,
  delimiters: readonly string[],
): AsyncGenerator<Document, void> {
  const faults: BiogptError[] = [];
  const [first, rest] = await firstLineOf(markedUtf8(path, chunks, (error) => faults.push(error)));
  const header = tableHeader(first);
  if (
    header === undefined ||
    !delimiters.includes(header.delimiter) ||
    (!hasText(header) && header.roles.title === undefined)
  ) {
    throw new BiogptError("corpora/table", {
      what: `The first line of ${path} names no column of text: ${JSON.stringify(first.slice(0, 80))}.`,
      why: "A table has a header with `title` and `abstract`, or `text`, and may have `pmid`, `doi`, `year`, `journal`.",
      fix: "Add or rename the columns.",
    });
  }
  const rows: { readonly record: readonly string[]; readonly line: number }[] = [];
  let broken: CsvError | undefined;
  const parser = parse({
    delimiter: header.delimiter,
    bom: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: MAX_ROW_CHARACTERS,
    relax_quotes: header.delimiter === "\t",
    encoding: "utf8",
    // Rows are taken as they are found: what the stream still holds when an error ends it would be lost.
    on_record: (record: readonly string[], { lines }) => {
      rows.push({ record, line: lines });
      return null;
    },
  });
  parser.on("skip", (error: CsvError) => faults.push(badRow(path, error)));
  parser.on("error", (error: CsvError) => {
    broken = error;
  });
  let isHeader = true;
  const take = function* (): Generator<Document, void> {
    for (const { record, line } of rows.splice(0)) {
      const isOdd = record.some((cell) => cell.includes("\0"));
      if (!isHeader && !isOdd) yield documentOf(record, header, path, line);
      // Of what is not UTF-8 its line has told.
      else if (!isHeader && !record.some((cell) => cell.includes(NOT_UTF8))) faults.push(notText(path, line));
      isHeader = false;
    }
    for (const fault of faults.splice(0)) problem(fault);
  };
  try {
    for await (const chunk of rest) {
      await new Promise<void>((resolve) => parser.write(chunk, () => resolve()));
      yield* take();
      if (broken !== undefined) break;
    }
    if (broken === undefined) await new Promise<void>((resolve) => parser.end(() => resolve()));
    yield* take();
  } finally {
    parser.destroy();
  }
  // Behind a quote that does not close nothing can be told apart.
  if (broken !== undefined) problem(badRow(path, broken));
}

/** The first line, and the whole again. */
async function firstLineOf(source: AsyncIterable<Buffer>): Promise<[string, AsyncGenerator<Buffer, void>]> {
  const iterator = source[Symbol.asyncIterator]();
  const held: Buffer[] = [];
  for (let length = 0; length < MAX_HEADER_BYTES; ) {
    const { value, done } = await iterator.next();
    if (done === true) break;
    held.push(value);
    length += value.length;
    if (value.includes(0x0a)) break;
  }
  async function* again(): AsyncGenerator<Buffer, void> {
    yield* held;
    for (;;) {
      const { value, done } = await iterator.next();
      if (done === true) return;
      yield value;
    }
  }
  const text = Buffer.concat(held)
    .toString("utf8")
    .replace(/^\ufeff/, "");
  return [/^[^\r\n]*/.exec(text)![0], again()];
}

const MAX_HEADER_BYTES = 64 * 1024;

function documentOf(record: readonly string[], { columns, roles }: TableHeader, path: string, line: number): Document {
  const valueIn = (role: FieldRole): string | undefined =>
    roles[role]?.map((column) => record[columns.indexOf(column)]?.trim()).find((value) => value);
  const passages: Passage[] = [];
  for (const kind of ["title", "abstract", "text"] as const) {
    const text = valueIn(kind);
    const label = kind === "text" ? valueIn("label") : undefined;
    if (text !== undefined) passages.push(label === undefined ? { kind, text } : { kind, text, label });
  }
  const pmid = /^\d{1,9}$/.exec(
    valueIn("pmid")
      ?.replace(/^PMID:?\s*/i, "")
      .replace(/\.0$/, "") ?? "",
  )?.[0];
  const citation = fullCitation({
    pmid,
    pmcid: /PMC\d{1,9}/.exec(valueIn("pmcid") ?? "")?.[0],
    doi: bareDoi(valueIn("doi")),
    journal: valueIn("journal"),
    year: yearOf(valueIn("year")),
  });
  const id = pmid ?? valueIn("id") ?? citation?.pmcid ?? citation?.doi ?? `${path}:${line}`;
  return { id, source: path, passages, ...(citation === undefined ? {} : { citation }) };
}

function badRow(path: string, error: CsvError): BiogptError {
  const { lines } = error as unknown as { lines?: number };
  return new BiogptError("corpora/table", {
    what: `Line ${lines ?? "?"} of ${path} is a broken row: ${error.message.replace(/\.$/, "")}.`,
    why: "A row has as many columns as the header, and a field with a quote, comma or line end stands in quotes.",
    fix: "Correct the row, or write the table again with a program that quotes.",
    cause: error,
  });
}
