/**
 * Extracted relations as lines of text: JSON Lines, or a table with one row a relation for a spreadsheet or R. docs/formats/relation-table.md
 * names the columns.
 *
 * csv-stringify quotes the cells (RFC 4180); tables of a spreadsheet are attacked by cells that begin like a formula, which it escapes.
 */
import { type Options, stringify } from "csv-stringify/sync";
import type { DocumentRelations, ExtractedRelation } from "../tasks/relation-extraction/extract.ts";

export type RowFormat = "jsonl" | "csv" | "tsv";

type Cell = string | number;

const COLUMNS: readonly (readonly [name: string, cell: (relation: ExtractedRelation) => Cell])[] = [
  ["documentId", ({ documentId }) => documentId],
  ["relation", ({ relation }) => relation],
  ["head", ({ head }) => head.text],
  ["headType", ({ head }) => head.type],
  ["tail", ({ tail }) => tail.text],
  ["tailType", ({ tail }) => tail.type],
  ["probability", ({ probability }) => probability],
  ["sentence", ({ evidence }) => evidence?.text ?? ""],
  ["headSpans", ({ head }) => spansText(head)],
  ["tailSpans", ({ tail }) => spansText(tail)],
  ["scheme", ({ scheme }) => scheme],
  ["model", ({ model }) => model],
  ["pipeline", ({ pipeline }) => pipeline],
];

/** `0:12-24 1:0-12`: passage, start and end, UTF-16 offsets, `end` exclusive. */
function spansText({ spans }: ExtractedRelation["head"]): string {
  return spans.map(({ passage, start, end }) => `${passage}:${start}-${end}`).join(" ");
}

export interface RelationRows {
  /** What stands before the first row, with its end; "" for JSON Lines. */
  readonly head: string;
  /** The lines of a document, each with its end; none for a document without relations. */
  of(result: DocumentRelations): readonly string[];
}

export interface RowOptions {
  /** JSON Lines: a document without relations gets `{"documentId": …, "scheme": …, "relations": 0}`. Default false. */
  readonly withEmpty?: boolean | undefined;
}

export function relationRows(format: RowFormat, { withEmpty = false }: RowOptions = {}): RelationRows {
  if (format === "jsonl") {
    const line = (value: unknown): string => `${JSON.stringify(value)}\n`;
    return {
      head: "",
      of: ({ document, scheme, schemes = [scheme], relations }) => {
        const silent = schemes.filter((name) => !relations.some((relation) => relation.scheme === name));
        const empty = withEmpty ? silent : [];
        return [
          ...relations.map(line),
          ...empty.map((name) => line({ documentId: document.id, scheme: name, relations: 0 })),
        ];
      },
    };
  }
  const isCsv = format === "csv";
  const options: Options = isCsv
    ? { record_delimiter: "\r\n", escape_formulas: true }
    : { record_delimiter: "\n", delimiter: "\t" };
  const mark = isCsv ? "\uFEFF" : ""; // by which Excel knows UTF-8
  const row = (cells: readonly Cell[]): string => stringify([cells], options);
  return {
    head: mark + row(COLUMNS.map(([name]) => name)),
    of: ({ relations }) => relations.map((relation) => row(COLUMNS.map(([, cell]) => cell(relation)))),
  };
}
