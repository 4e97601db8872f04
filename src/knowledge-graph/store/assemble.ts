/**
 * One DuckDB file out of the units: built aside, checkpointed, closed, renamed into place. It can always be built again, so nothing is lost
 * with it.
 *
 * Of the records of one document the highest version counts, of equal ones the last in the order of the inputs. A deletion takes away what
 * its own input and those before it have.
 */
import { rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { BiogptError } from "../../base/errors.ts";
import type { ReportProgress } from "../../base/progress.ts";
import { writeFileAtomically } from "../../files/atomic-file.ts";
import { withLock } from "../../files/file-lock.ts";
import { readOptionalJson } from "../../files/optional-json.ts";
import { Database, literal } from "./database.ts";
import { DOCUMENT_COLUMNS } from "./document-record.ts";
import { type InputRecord, readGraphFolder, readInputs, SCHEMA_VERSION, stateOf } from "./inputs.ts";
import { TABLES } from "./tables.ts";
import { isWholeUnit, unitPath } from "./unit-files.ts";

export interface AssembleOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
  /** DuckDB's threads. Default 1. The tables are the same for any number. */
  readonly threads?: number | undefined;
}

export function databasePath(folder: string): string {
  return join(folder, "graph.duckdb");
}

const stateSchema = z.object({ schema: z.number(), state: z.string(), bytes: z.number() });

/** Whether `graph.duckdb` is there, whole, and made of what the folder holds now. */
export async function isAssembled(folder: string, inputs: readonly InputRecord[]): Promise<boolean> {
  const said = stateSchema.safeParse(
    await readOptionalJson(`${databasePath(folder)}.json`, () => new Error("broken")).catch(() => undefined),
  );
  if (!said.success || said.data.schema !== SCHEMA_VERSION || said.data.state !== stateOf(inputs)) return false;
  const size = await stat(databasePath(folder)).then(
    (stats) => stats.size,
    () => -1,
  );
  return size === said.data.bytes;
}

/**
 * Assembles the graph of a folder, if it is not already of what the folder holds. Waits for another process that is at it.
 *
 * @returns whether there was anything to do
 * @throws BiogptError `knowledge-graph/no-graph`, `knowledge-graph/broken-unit`, `files/disk-full`, `aborted`
 */
export async function assembleGraph(folder: string, options: AssembleOptions = {}): Promise<boolean> {
  if ((await readGraphFolder(folder)) === undefined) throw noGraph(folder);
  if (await isAssembled(folder, await readInputs(folder))) return false; // without a lock, which a folder for reading alone cannot have
  return withLock(
    join(folder, "assemble.lock"),
    async () => {
      const inputs = await readInputs(folder);
      if (await isAssembled(folder, inputs)) return false;
      await assemble(folder, inputs, options);
      return true;
    },
    { signal: options.signal },
  );
}

export function noGraph(folder: string): BiogptError {
  return new BiogptError("knowledge-graph/no-graph", {
    what: `${folder} holds no graph.`,
    fix: "Name a folder that `biogpt mine … --out` made; the folder comes first.",
  });
}

async function assemble(folder: string, inputs: readonly InputRecord[], options: AssembleOptions): Promise<void> {
  const { signal, progress, threads = 1 } = options;
  await expectUnits(folder, inputs);
  const target = databasePath(folder);
  const [temporary, scratch] = [`${target}.assembling`, join(folder, "assembling.tmp")];
  await removeAll(temporary, scratch);
  try {
    {
      using database = await Database.open({ path: temporary, threads, memory: 1024, scratch });
      await collectRecords(database, folder, inputs, signal);
      try {
        for (const [step, [name, query]] of TABLES.entries()) {
          progress?.({ activity: `assembling ${name}`, done: step, total: TABLES.length, unit: "tables" });
          await database.run(`CREATE TABLE ${name} AS ${query}`, [], signal);
        }
      } catch (error) {
        throw await damagedUnit(database, folder, inputs, error);
      }
      await database.run(
        "CREATE TABLE runs (source VARCHAR, pipeline VARCHAR, documents BIGINT, units BIGINT, deletions BIGINT, problems BIGINT)",
      );
      for (const { source, pipeline, documents, units, deletions, problems } of inputs) {
        const row = [source, pipeline, documents, units.length, deletions.length, problems.length];
        await database.run("INSERT INTO runs VALUES ($1, $2, $3, $4, $5, $6)", row);
      }
      await database.run("CREATE TABLE schema_version AS SELECT $1::INTEGER AS version", [SCHEMA_VERSION]);
      await database.run("CHECKPOINT", [], signal);
      progress?.({ activity: "assembling", done: TABLES.length, total: TABLES.length, unit: "tables" });
    }
    const { size: bytes } = await stat(temporary);
    // Between these two a killed run leaves a new database with an old note, which is then built again.
    await rename(temporary, target);
    const note = { schema: SCHEMA_VERSION, state: stateOf(inputs), bytes };
    await writeFileAtomically(`${target}.json`, `${JSON.stringify(note)}\n`);
  } finally {
    await removeAll(temporary, scratch);
  }
}

async function removeAll(temporary: string, scratch: string): Promise<void> {
  for (const path of [temporary, `${temporary}.wal`, scratch]) await rm(path, { force: true, recursive: true });
}

/** @throws BiogptError `knowledge-graph/broken-unit` */
async function expectUnits(folder: string, inputs: readonly InputRecord[]): Promise<void> {
  for (const { source, units } of inputs) {
    for (const hash of units) if (!(await isWholeUnit(unitPath(folder, hash)))) throw brokenUnit(folder, hash, source);
  }
}

function brokenUnit(folder: string, hash: string, source: string, cause?: unknown): BiogptError {
  return new BiogptError("knowledge-graph/broken-unit", {
    what: `${unitPath(folder, hash)} is missing or damaged.`,
    why: cause instanceof Error ? cause.message.split("\n")[0]! : "It does not begin and end as a Parquet file does.",
    fix: `Mine ${source} into the folder again: only what is missing is done anew.`,
    cause,
  });
}

/**
 * The view `records`: the rows that count, each with its source. Each table reads of the units what it needs; as a table the texts would be written
 * once more, and take memory while all others are made.
 */
async function collectRecords(
  database: Database,
  folder: string,
  inputs: readonly InputRecord[],
  signal: AbortSignal | undefined,
): Promise<void> {
  await database.run("CREATE TEMP TABLE unit_places (file VARCHAR, unit BIGINT, input INTEGER, source VARCHAR)");
  await database.run("CREATE TEMP TABLE deletions (id VARCHAR, input INTEGER)");
  for (const [input, { source, units, deletions }] of inputs.entries()) {
    const places = JSON.stringify(units.map((hash) => unitPath(folder, hash)));
    await database.run(
      "INSERT INTO unit_places SELECT unnest(u), generate_subscripts(u, 1), $2, $3 FROM (SELECT ($1::JSON)::VARCHAR[] AS u)",
      [places, input, source],
    );
    await database.run("INSERT INTO deletions SELECT unnest(($1::JSON)::VARCHAR[]), $2", [
      JSON.stringify(deletions),
      input,
    ]);
  }
  const files = [...new Set(inputs.flatMap(({ units }) => units))].map((hash) => unitPath(folder, hash));
  if (files.length === 0) {
    const columns = Object.entries(DOCUMENT_COLUMNS).map(([name, type]) => `"${name}" ${type}`);
    await database.run(`CREATE TEMP TABLE records (${columns.join(", ")}, source VARCHAR)`);
    return;
  }
  const all = `read_parquet([${files.map(literal).join(", ")}], filename = true, file_row_number = true)`;
  try {
    await database.run(
      `CREATE TEMP TABLE chosen AS
       SELECT filename AS file, file_row_number AS place, source FROM (
         SELECT r.id, r.filename, r.file_row_number, p.source, p.input
         FROM ${all} r JOIN unit_places p ON r.filename = p.file
         QUALIFY row_number() OVER (PARTITION BY r.id ORDER BY r.version DESC, p.input DESC, p.unit DESC, r.file_row_number DESC) = 1) AS newest
       WHERE NOT EXISTS (SELECT 1 FROM deletions d WHERE d.id = newest.id AND d.input >= newest.input)`,
      [],
      signal,
    );
    const names = Object.keys(DOCUMENT_COLUMNS).map((name) => `r."${name}"`);
    await database.run(
      `CREATE TEMP VIEW records AS SELECT ${names.join(", ")}, c.source FROM ${all} r
       JOIN chosen c ON r.filename = c.file AND r.file_row_number = c.place`,
      [],
      signal,
    );
  } catch (error) {
    throw await damagedUnit(database, folder, inputs, error);
  }
}

/** Which unit it was that could not be read; the error itself where it was none. */
async function damagedUnit(
  database: Database,
  folder: string,
  inputs: readonly InputRecord[],
  error: unknown,
): Promise<unknown> {
  if (error instanceof BiogptError) return error;
  for (const { source, units } of inputs) {
    for (const hash of units) {
      const file = unitPath(folder, hash);
      try {
        await database.rows(`SELECT sum(hash(COLUMNS(*))) FROM read_parquet(${literal(file)})`);
      } catch (cause) {
        await rename(file, `${file}.damaged`);
        return brokenUnit(folder, hash, source, cause);
      }
    }
  }
  return error;
}
