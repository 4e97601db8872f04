/**
 * Names of DrugBank's drugs (DB…) and targets (BE…) from a file that the user is licensed to have: the full XML, or CSV.
 *
 * XML   `<drug><drugbank-id primary="true">DB00001</drugbank-id><name>Lepirudin</name>… <targets><target><id>BE0000048</id>
 *       <name>Prothrombin</name>`; read as a stream, 1.5 GB in constant memory but for the names.
 * CSV   a column of ids ("DrugBank ID", "ID", ...) and one of names ("Common name", "Name", ...), such as DrugBank's open
 *       vocabulary, which has the drugs but no targets; quotes as in RFC 4180.
 */
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { SaxesParser } from "saxes";
import { abortedError } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import type { ReportProgress } from "../../base/progress.ts";

/** `DB00001` or `BE0000048` → name. */
export type DrugBankNames = ReadonlyMap<string, string>;

/** DrugBank 5 has 17,000 drugs and 5,000 targets. */
const MAX_NAMES = 1_000_000;
const ID = /^(?:DB|BE)\d{5,}$/;
const ID_COLUMNS = ["drugbank id", "drugbank_id", "drugbank-id", "id"];
const NAME_COLUMNS = ["common name", "common_name", "name"];

export interface ReadDrugBankOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
}

/** @throws BiogptError `corpora/drugbank` when the file holds no names */
export async function readDrugBank(
  path: string,
  { signal, progress }: ReadDrugBankOptions = {},
): Promise<DrugBankNames> {
  const names = new Map<string, string>();
  const add = (id: string, name: string): void => {
    if (!ID.test(id) || name.trim() === "" || names.has(id)) return;
    if (names.size >= MAX_NAMES) throw unreadable(path, `it holds more than ${MAX_NAMES} names`);
    names.set(id, name.trim());
  };
  const file = createReadStream(path);
  const stream = path.endsWith(".gz") ? file.pipe(createGunzip()) : file;
  file.on("error", (error) => stream.destroy(error));
  stream.setEncoding("utf8");
  let sink: ((chunk: string) => void) | undefined;
  let done = 0;
  try {
    for await (const chunk of stream as AsyncIterable<string>) {
      if (signal?.aborted) throw abortedError(signal);
      sink ??= /^\uFEFF?\s*</.test(chunk) ? xmlSink(add) : csvSink(add, path);
      sink(chunk);
      done += chunk.length;
      progress?.({ activity: "reading DrugBank", done, unit: "bytes" });
    }
    sink?.("\n");
  } catch (cause) {
    if (cause instanceof BiogptError || (cause as NodeJS.ErrnoException).code === "ENOENT") throw cause;
    throw unreadable(path, (cause as Error).message, cause);
  } finally {
    file.destroy();
  }
  if (names.size === 0) throw unreadable(path, "no id such as DB00001 or BE0000048 with a name was found in it");
  return names;
}

function unreadable(path: string, why: string, cause?: unknown): BiogptError {
  return new BiogptError("corpora/drugbank", {
    what: `${path} cannot be read as a DrugBank file: ${why}.`,
    fix: 'Give the full database in XML, or a CSV file with the columns "DrugBank ID" and "Common name".',
    cause,
  });
}

/** Elements whose own `<id>` and `<name>` children name a protein. */
const PROTEINS = new Set(["target", "enzyme", "carrier", "transporter"]);

function xmlSink(add: (id: string, name: string) => void): (chunk: string) => void {
  const parser = new SaxesParser();
  const path: string[] = [];
  let content = "";
  let primary = false;
  let drug = { id: "", name: "" };
  let protein = { id: "", name: "" };
  parser.on("opentag", ({ name, attributes }) => {
    path.push(name);
    content = "";
    if (name === "drug" && path.length === 2) drug = { id: "", name: "" };
    else if (PROTEINS.has(name)) protein = { id: "", name: "" };
    else if (name === "drugbank-id") primary = attributes["primary"] === "true";
  });
  parser.on("text", (text) => {
    content += text;
  });
  parser.on("closetag", ({ name }) => {
    const parent = path.at(-2) ?? "";
    if (parent === "drug" && path.length === 3) {
      if (name === "drugbank-id" && (primary || drug.id === "")) drug.id = content;
      else if (name === "name") drug.name = content;
    } else if (PROTEINS.has(parent)) {
      if (name === "id") protein.id = content;
      else if (name === "name") protein.name = content;
    }
    if (PROTEINS.has(name)) add(protein.id, protein.name);
    else if (name === "drug" && path.length === 2) add(drug.id, drug.name);
    path.pop();
    content = "";
  });
  return (chunk) => {
    parser.write(chunk);
  };
}

function csvSink(add: (id: string, name: string) => void, path: string): (chunk: string) => void {
  let field = "";
  let row: string[] = [];
  let quoted = false;
  let closing = false; // a quote inside a quoted field: the end, or the first of two
  let columns: { id: number; name: number } | undefined;
  const finishRow = (): void => {
    row.push(field);
    field = "";
    if (row.length > 1 || row[0] !== "") {
      if (columns === undefined) {
        const header = row.map((title) =>
          title
            .replace(/^\uFEFF/, "")
            .trim()
            .toLowerCase(),
        );
        const find = (wanted: readonly string[]): number =>
          wanted.map((title) => header.indexOf(title)).find((at) => at >= 0) ?? -1;
        columns = { id: find(ID_COLUMNS), name: find(NAME_COLUMNS) };
        if (columns.id < 0 || columns.name < 0)
          throw unreadable(path, `its columns are ${row.join(", ").slice(0, 120)}`);
      } else add(row[columns.id]?.trim() ?? "", row[columns.name] ?? "");
    }
    row = [];
  };
  return (chunk) => {
    for (const character of chunk) {
      if (closing && character !== '"') [closing, quoted] = [false, false];
      if (closing) [closing, field] = [false, `${field}"`];
      else if (quoted && character === '"') closing = true;
      else if (quoted) field += character;
      else if (character === '"' && field === "") quoted = true;
      else if (character === ",") {
        row.push(field);
        field = "";
      } else if (character === "\n") finishRow();
      else if (character !== "\r") field += character;
    }
  };
}
