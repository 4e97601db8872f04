/** The graph of a folder, open for questions: read only, assembled first where it is not there or not of what the folder holds. */
import { rename, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import type { ReportProgress } from "../../base/progress.ts";
import { assembleGraph, databasePath, noGraph } from "./assemble.ts";
import { Database } from "./database.ts";
import { readGraphFolder, readInputs, SCHEMA_VERSION } from "./inputs.ts";

export interface OpenGraphOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
  /** DuckDB's threads. Default 2. */
  readonly threads?: number | undefined;
  /** Megabytes that DuckDB holds. Default 1024. */
  readonly memory?: number | undefined;
  /** Is told of a database that could not be opened and was put aside. */
  readonly note?: ((text: string) => void) | undefined;
}

/**
 * Opens a graph. A database that does not open is put aside (`graph.duckdb.broken-1`) and built again from the units.
 *
 * @param folder that `biogpt mine … --out` made
 * @throws BiogptError `knowledge-graph/no-graph`, `knowledge-graph/unfinished`, `knowledge-graph/broken-unit`, `aborted`
 */
export async function openGraph(folder: string, options: OpenGraphOptions = {}): Promise<Database> {
  if ((await readGraphFolder(folder)) === undefined) throw noGraph(folder);
  if ((await readInputs(folder)).length === 0) {
    throw new BiogptError("knowledge-graph/unfinished", {
      what: `Mining into ${folder} has not come to the end of its first input.`,
      fix: "Run `biogpt mine` as before: it goes on where it was stopped.",
    });
  }
  const { signal, progress, threads = 2, memory = 1024 } = options;
  await assembleGraph(folder, { signal, progress });
  try {
    return await openChecked(folder, threads, memory);
  } catch (error) {
    if (error instanceof BiogptError && error.kind === "aborted") throw error;
    const aside = await putAside(databasePath(folder));
    options.note?.(`note: ${databasePath(folder)} could not be opened and lies as ${aside}; it is built again.`);
  }
  await assembleGraph(folder, { signal, progress });
  return openChecked(folder, threads, memory);
}

async function openChecked(folder: string, threads: number, memory: number): Promise<Database> {
  const database = await Database.open({
    ...{ path: databasePath(folder), readOnly: true, threads, memory },
    scratch: join(tmpdir(), "biogpt-graph"), // the graph's own folder may be another's
  });
  try {
    const [row] = await database.rows<{ version: number }>("SELECT version FROM schema_version");
    if (row?.version !== SCHEMA_VERSION) throw new Error(`schema ${row?.version}`);
    return database;
  } catch (error) {
    database[Symbol.dispose]();
    throw error;
  }
}

async function putAside(path: string): Promise<string> {
  for (let number = 1; ; number++) {
    const aside = `${path}.broken-${number}`;
    if (await stat(aside).catch(() => undefined)) continue;
    await rename(path, aside).catch(() => {});
    return aside;
  }
}
