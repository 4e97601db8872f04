/** DuckDB, opened for one piece of work: settings that keep memory flat and touch no network, values as plain JavaScript. */
import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBValue,
  type DuckDBValueConverter,
  type JS,
  JSDuckDBValueConverter,
} from "@duckdb/node-api";
import { abortedError, throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";

export type Row = Readonly<Record<string, unknown>>;
export type Parameter = string | number | boolean | null | readonly string[];

export interface DatabaseOptions {
  /** Default: in memory. */
  readonly path?: string | undefined;
  readonly readOnly?: boolean | undefined;
  /** Default 1: rows then come in one order, whatever the machine. */
  readonly threads?: number | undefined;
  /** Megabytes that DuckDB holds before it writes to `scratch`. Default 512. */
  readonly memory?: number | undefined;
  /** Folder for what does not fit into memory. Default: none. */
  readonly scratch?: string | undefined;
}

/**
 * A query of a few rows frees some hundred kilobytes, which DuckDB's allocator keeps a while by default: a graph that is asked for hours held a hundred
 * megabytes more for it, at 0.9 ms less a query (docs/experiments.md, "An hour of requests").
 */
const GIVE_BACK = { allocator_bulk_deallocation_flush_threshold: "256KB" };

export class Database implements Disposable {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  /** Whether the instance is closed with it. */
  readonly #isFirst: boolean;
  readonly #options: DatabaseOptions;

  private constructor(
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    isFirst: boolean,
    options: DatabaseOptions,
  ) {
    this.#instance = instance;
    this.#connection = connection;
    this.#isFirst = isFirst;
    this.#options = options;
  }

  /** @throws what DuckDB says of a file that it cannot open */
  static async open(options: DatabaseOptions = {}): Promise<Database> {
    const { path, readOnly = false, threads = 1, memory = 512, scratch } = options;
    const instance = await DuckDBInstance.create(path ?? ":memory:", {
      threads: String(threads),
      memory_limit: `${memory}MB`,
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      ...(readOnly ? { access_mode: "READ_ONLY", ...GIVE_BACK } : {}),
      ...(scratch === undefined ? {} : { temp_directory: scratch }),
    });
    try {
      return new Database(instance, await instance.connect(), true, options);
    } catch (error) {
      instance.closeSync();
      throw error;
    }
  }

  /** The same database once more, for statements beside those of this one: a signal stops only its own. To be disposed before the first. */
  async connected(): Promise<Database> {
    return new Database(this.#instance, await this.#instance.connect(), false, this.#options);
  }

  /**
   * The same file opened once more, by itself. DuckDB keeps one to four kilobytes of each statement until its instance is closed: who asks for hours opens it
   * anew from time to time (docs/experiments.md, "An hour of requests").
   */
  again(): Promise<Database> {
    return Database.open(this.#options);
  }

  /** @throws BiogptError `aborted`, `files/disk-full`; else what DuckDB says */
  async run(sql: string, parameters: readonly Parameter[] = [], signal?: AbortSignal): Promise<void> {
    await this.#guarded(() => this.#connection.run(sql, parameters as DuckDBValue[]), signal);
  }

  /** All rows; 64-bit integers as numbers, lists as arrays, structs as objects. */
  async rows<Result = Row>(
    sql: string,
    parameters: readonly Parameter[] = [],
    signal?: AbortSignal,
  ): Promise<Result[]> {
    const reader = await this.#guarded(() => this.#connection.runAndReadAll(sql, parameters as DuckDBValue[]), signal);
    return reader.convertRowObjects(plain) as Result[];
  }

  /** The rows in pieces as DuckDB gives them, without holding all of them. */
  async *stream<Result = Row>(
    sql: string,
    parameters: readonly Parameter[] = [],
    signal?: AbortSignal,
  ): AsyncGenerator<Result[], void, void> {
    const result = await this.#guarded(() => this.#connection.stream(sql, parameters as DuckDBValue[]), signal);
    for await (const piece of result.yieldConvertedRowObjects(plain)) {
      throwIfAborted(signal);
      yield piece as Result[];
    }
  }

  /**
   * The rows of a whole answer as columns, some thousands a piece: texts, numbers and nulls as they are, which is several times as fast as rows that are
   * objects. Other statements may come before its end.
   */
  async *columns(
    sql: string,
    parameters: readonly Parameter[] = [],
    signal?: AbortSignal,
  ): AsyncGenerator<readonly (readonly DuckDBValue[])[], void, void> {
    const result = await this.#guarded(() => this.#connection.run(sql, parameters as DuckDBValue[]), signal);
    for (;;) {
      const piece = await result.fetchChunk();
      throwIfAborted(signal);
      if (piece === null || piece.rowCount === 0) return;
      yield piece.getColumns();
    }
  }

  async #guarded<Value>(work: () => Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
    throwIfAborted(signal);
    const stop = (): void => this.#connection.interrupt();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      return await work();
    } catch (error) {
      if (signal?.aborted) throw abortedError(signal);
      throw asDiskFull(error);
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  [Symbol.dispose](): void {
    this.#connection.closeSync();
    if (this.#isFirst) this.#instance.closeSync();
  }
}

function asDiskFull(error: unknown): unknown {
  const { message = "" } = (error ?? {}) as Error;
  if (!/No space left on device|could not allocate block|max_temp_directory_size|Disk quota/i.test(message))
    return error;
  return new BiogptError("files/disk-full", {
    what: `The disk is full: ${message.split("\n")[0]}`,
    fix: "Free some space and run it again; what is done is kept.",
    cause: error,
  });
}

/** BigInts as numbers: counts and places, far below 2 ** 53. */
const plain: DuckDBValueConverter<JS> = (value, type, converter) =>
  typeof value === "bigint" ? Number(value) : JSDuckDBValueConverter(value, type, converter);

/** A text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
