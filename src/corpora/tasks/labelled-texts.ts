/**
 * Texts with a label each, as users write them: JSON Lines of {"text", "label"}, or a table (CSV, TSV) whose first line names the two columns.
 * Plain or gzip; a file's form is told by its first character and line, never by its name.
 *
 * Other fields are left unread; an "id" is kept for messages. A label is a text, a whole number or true and false.
 */
import { parse } from "csv-parse/sync";
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import { decodeText, readBytes } from "./task-files.ts";

export interface LabelledText {
  readonly text: string;
  readonly label: string;
  /** For messages: `texts.csv:3`, or its id with that. */
  readonly name: string;
}

const FORM = 'Give {"text": …, "label": …} a line, or a table whose first line names the columns text and label.';

/** @throws BiogptError `corpora/labelled-text` naming the line, `corpora/encoding`, those of the file system */
export function readLabelledTexts(path: string): LabelledText[] {
  const text = decodeText({ path, bytes: readBytes(path).bytes });
  const found = /^\s*\{/.test(text) ? jsonLines(text, path) : table(text, path);
  if (found.length === 0) throw refused(path, "it holds no text");
  return found;
}

function jsonLines(content: string, path: string): LabelledText[] {
  return content.split(/\r?\n/).flatMap((line, at) => {
    if (line.trim() === "") return [];
    const where = `line ${at + 1} of ${path}`;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      throw refused(where, (cause as Error).message);
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw refused(where, "it is no object");
    return [labelled(value as Record<string, unknown>, where)];
  });
}

function table(content: string, path: string): LabelledText[] {
  const first = content.slice(0, Math.max(0, content.search(/\r?\n|$/)));
  const delimiter = ["\t", ",", ";"].find((one) => first.includes(one));
  if (delimiter === undefined) throw refused(path, `it begins with ${JSON.stringify(first.slice(0, 60))}`);
  let rows: { readonly record: Record<string, string>; readonly info: { readonly lines: number } }[];
  try {
    rows = parse(content, {
      ...{ delimiter, bom: true, columns: (names: string[]) => names.map((name) => name.trim()), info: true },
      ...{ skip_empty_lines: true, relax_quotes: delimiter === "\t" },
    });
  } catch (cause) {
    throw refused(path, (cause as Error).message);
  }
  return rows.map(({ record, info }) => labelled(record, `line ${info.lines} of ${path}`));
}

function labelled(record: Readonly<Record<string, unknown>>, where: string): LabelledText {
  const { text, label, id } = record;
  for (const [name, value] of Object.entries({ text, label })) {
    if (value !== undefined) continue;
    throw refused(where, `it has no "${name}"${didYouMean(name, Object.keys(record))}`);
  }
  if (typeof text !== "string" || text.trim() === "") throw refused(where, "its text is none");
  const said = typeof label === "string" ? label.trim() : isSimple(label) ? String(label) : "";
  if (said === "") throw refused(where, "its label is none");
  return { text, label: said, name: typeof id === "string" || typeof id === "number" ? `${id} (${where})` : where };
}

function isSimple(label: unknown): boolean {
  return typeof label === "boolean" || Number.isInteger(label);
}

function refused(where: string, why: string): BiogptError {
  return new BiogptError("corpora/labelled-text", { what: `${where} cannot be used: ${why}.`, fix: FORM });
}
