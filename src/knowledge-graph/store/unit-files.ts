/**
 * One Parquet file a unit of documents: the truth of a graph, written aside and renamed, named by what it was made of.
 *
 * Rows go through a file of JSON lines, which DuckDB reads with the columns of document-record.ts. What is killed on the way leaves a
 * temporary file, which `removeUnfinished` takes away.
 */
import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isUnfinished } from "../../files/atomic-file.ts";
import { Database, literal } from "./database.ts";
import { DOCUMENT_COLUMNS, type DocumentRecord } from "./document-record.ts";

const UNITS = "units";
/** DuckDB takes a buffer of twice the longest row; most documents are far shorter. */
const LEAST_ROW_BYTES = 1024 * 1024;

export function unitPath(folder: string, hash: string): string {
  return join(folder, UNITS, `${hash}.parquet`);
}

/**
 * Writes a unit's file, which appears whole or not at all, when the last record has come; one that is there already is replaced by the same.
 *
 * DuckDB is opened for each: it keeps what a unit took of memory as long as it is open.
 */
export async function writeUnit(
  folder: string,
  hash: string,
  records: Iterable<DocumentRecord> | AsyncIterable<DocumentRecord>,
  signal?: AbortSignal,
): Promise<void> {
  const target = unitPath(folder, hash);
  await mkdir(join(folder, UNITS), { recursive: true });
  const mark = `${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  const [lines, parquet] = [`${target}.json.${mark}`, `${target}.${mark}`];
  try {
    const longest = await writeLines(lines, records);
    const columns = Object.entries(DOCUMENT_COLUMNS).map(([name, type]) => `${literal(name)}: ${literal(type)}`);
    using database = await Database.open({ memory: 1024 });
    await database.run(
      `COPY (SELECT * FROM read_json(${literal(lines)}, format = 'newline_delimited', columns = {${columns.join(", ")}}, ` +
        `maximum_object_size = ${Math.max(LEAST_ROW_BYTES, longest)})) TO ${literal(parquet)} (FORMAT parquet, COMPRESSION zstd)`,
      [],
      signal,
    );
    await flush(parquet);
    await rename(parquet, target);
  } catch (error) {
    // Node names no file where writing fails, as on a full disk.
    if (typeof error === "object" && error !== null && "errno" in error && !("path" in error))
      Object.assign(error, { path: target });
    throw error;
  } finally {
    await rm(lines, { force: true });
    await rm(parquet, { force: true });
  }
}

/** @returns bytes of the longest line */
async function writeLines(
  path: string,
  records: Iterable<DocumentRecord> | AsyncIterable<DocumentRecord>,
): Promise<number> {
  const handle = await open(path, "wx");
  try {
    let longest = 0;
    for await (const record of records) {
      const line = Buffer.from(`${lineOf(record)}\n`);
      longest = Math.max(longest, line.length);
      await handle.writeFile(line);
    }
    return longest;
  } finally {
    await handle.close();
  }
}

/** Halves of surrogate pairs, which JSON may hold by their numbers and UTF-8 and DuckDB cannot, become U+FFFD: as long, so that places hold. */
function lineOf(record: DocumentRecord): string {
  const line = JSON.stringify(record);
  if (!/\\ud[89a-f]/.test(line)) return line;
  return JSON.stringify(record, (_, value: unknown) =>
    typeof value === "string" ? value.replaceAll(LONE_SURROGATES, "\ufffd") : value,
  );
}

const LONE_SURROGATES = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

async function flush(path: string): Promise<void> {
  const handle = await open(path, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whether the file is there and ends as a Parquet file does: what a disk or a copy cut short does not. */
export async function isWholeUnit(path: string): Promise<boolean> {
  const size = await stat(path).then(
    (stats) => stats.size,
    () => 0,
  );
  if (size < 12) return false;
  const handle = await open(path, "r");
  try {
    const ends = Buffer.alloc(12);
    await handle.read(ends, 0, 4, 0);
    await handle.read(ends, 4, 8, size - 8);
    const footer = ends.readUInt32LE(4);
    return ends.toString("latin1", 0, 4) === "PAR1" && ends.toString("latin1", 8) === "PAR1" && footer + 12 <= size;
  } finally {
    await handle.close();
  }
}

/** What killed runs left. Only for whoever knows that nobody writes to the folder. */
export async function removeUnfinished(folder: string): Promise<void> {
  for (const part of ["", UNITS, "inputs"]) {
    const names = await readdir(join(folder, part)).catch(() => []);
    for (const name of names.filter(isUnfinished)) await rm(join(folder, part, name), { force: true });
  }
}
