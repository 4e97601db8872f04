/**
 * Rows of the tables in which vocabularies are served: tabs or commas between columns, named by a header line or, as CTD does it, by the comment
 * behind `# Fields:`. Column names are compared without case, spaces and signs. Flat memory.
 */
import { parse } from "csv-parse/sync";
import { readLines } from "../../files/lines.ts";
import { notOfKind, type VocabularyFile } from "./vocabulary-file.ts";

export interface TableRow {
  readonly number: number;
  /** A column's text; "" for one that the table or this row has not. @param names the first that the table has is taken */
  get(...names: string[]): string;
}

/** Wider than any table of the field (HGNC's has 54). */
const MAX_COLUMNS = 1000;

/**
 * @param needed  columns, of each group one, without which it is no table of the kind
 * @throws BiogptError `corpora/vocabulary` naming the line; those of `readLines`
 */
export async function* readTable(
  { path, chunks }: VocabularyFile,
  needed: readonly (readonly string[])[],
  kind: string,
): AsyncGenerator<TableRow, void> {
  let columns: ReadonlyMap<string, number> | undefined;
  let commas = false;
  let announced = false;
  const take = (line: string, number: number): void => {
    commas = !line.includes("\t");
    columns = columnsOf(cells(line, commas, path, number));
    const missing = needed.find((group) => !group.some((name) => columns!.has(plain(name))));
    if (missing === undefined) return;
    const why = `It was read as a table of the kind ${kind}, which names its columns in its first line.`;
    throw notOfKind(
      path,
      `line ${number}`,
      `its header is "${line.slice(0, 80)}", without ${missing.join(" or ")}`,
      why,
    );
  };
  for await (const { text, number } of readLines(path, chunks)) {
    if (text.trim() === "") continue;
    if (text.startsWith("#")) {
      // NCBI's headers begin with the sign itself.
      if (columns === undefined && (announced || /^#\w+\t/.test(text))) take(text.replace(/^#\s*/, ""), number);
      announced = /^#\s*fields\s*:?\s*$/i.test(text);
      continue;
    }
    if (columns === undefined) {
      take(text, number);
      continue;
    }
    const row = cells(text, commas, path, number);
    const places = columns;
    yield {
      number,
      get(...names) {
        const place = names.map((name) => places.get(plain(name))).find((index) => index !== undefined);
        return place === undefined ? "" : (row[place] ?? "").trim();
      },
    };
  }
  if (columns === undefined) throw notOfKind(path, "all of it", "it has no header line", `It was read as ${kind}.`);
}

function columnsOf(names: readonly string[]): ReadonlyMap<string, number> {
  const columns = new Map<string, number>();
  for (const [index, name] of names.slice(0, MAX_COLUMNS).entries())
    if (!columns.has(plain(name))) columns.set(plain(name), index);
  return columns;
}

function cells(line: string, commas: boolean, path: string, number: number): string[] {
  // Tables with tabs quote a cell as a whole or not at all (HGNC, the Disease Ontology).
  if (!commas) return line.split("\t").map((cell) => /^"(.*)"$/s.exec(cell.trim())?.[1]?.replaceAll('""', '"') ?? cell);
  try {
    return (parse(line, { relax_column_count: true }) as string[][])[0] ?? [];
  } catch (cause) {
    throw notOfKind(
      path,
      `line ${number}`,
      `it is no CSV: ${(cause as Error).message}`,
      "A quote that opens must close.",
    );
  }
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** The parts of a cell that holds several. */
export function partsOf(cell: string, separator: string | RegExp = "|"): string[] {
  return cell
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== "" && part !== "-");
}
