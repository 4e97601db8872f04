/**
 * A knowledge graph that is served: opened a few times, so that one long question keeps out no other and the event loop waits for none (DuckDB works in
 * threads of its own), and anew after some questions each, as DuckDB keeps a little of each statement.
 */
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { BiogptError } from "../base/errors.ts";
import type { GraphStatistics } from "../knowledge-graph/query/answers.ts";
import { graphStatistics } from "../knowledge-graph/query/statistics.ts";
import { databasePath } from "../knowledge-graph/store/assemble.ts";
import type { Database } from "../knowledge-graph/store/database.ts";
import { type GraphFolder, readGraphFolder } from "../knowledge-graph/store/inputs.ts";
import { type OpenGraphOptions, openGraph } from "../knowledge-graph/store/open-graph.ts";
import { Admission } from "./admission.ts";
import { withoutPaths } from "./errors.ts";
import type { RouteRequest } from "./route.ts";

/** Questions at once: each holds one of the four threads that Node has for such work, which models and files need too. */
const CONNECTIONS = 2;
/** After so many a connection is opened anew, which takes some ten milliseconds. */
const QUESTIONS = 100;
/** Megabytes that DuckDB holds for all of them. */
const MEMORY = 1024;
const USUAL_WAITING = 64;
/** Milliseconds of one question; a path through millions of relations takes seconds. */
const LONGEST_QUESTION = 30_000;

export interface GraphSession extends Disposable {
  readonly graph: Database;
  readonly signal: AbortSignal;
}

export class ServedGraph implements Disposable {
  readonly name: string;
  readonly pipeline: GraphFolder["pipeline"];
  readonly #file: string;
  /** Of the file when it was opened. */
  readonly #state: string | undefined;
  readonly #free: Connection[];
  readonly #all: readonly Connection[];
  readonly #admission: Admission;
  #statistics: GraphStatistics | undefined;

  private constructor(
    folder: string,
    pipeline: GraphFolder["pipeline"],
    all: readonly Connection[],
    state: string | undefined,
  ) {
    this.name = basename(folder);
    this.#file = databasePath(folder);
    this.#state = state;
    this.pipeline = { hash: pipeline.hash, parts: mapped(pipeline.parts, withoutPaths) };
    this.#all = all;
    this.#free = [...all];
    this.#admission = new Admission({ places: all.length, mostWaiting: USUAL_WAITING });
  }

  /** @throws BiogptError those of `openGraph` */
  static async open(folder: string, options: OpenGraphOptions): Promise<ServedGraph> {
    const first = await openGraph(folder, { ...options, memory: MEMORY / CONNECTIONS });
    const { pipeline } = (await readGraphFolder(folder))!;
    const others = await Promise.all(Array.from({ length: CONNECTIONS - 1 }, () => first.again()));
    return new ServedGraph(
      folder,
      pipeline,
      [first, ...others].map((graph) => ({ graph, questions: 0 })),
      await stateOf(databasePath(folder)),
    );
  }

  /**
   * Waits for a connection, which is to be disposed when its answer is over. Its signal fires with the request's, and after 30 s.
   *
   * @throws BusyError `server/busy`; BiogptError `aborted`
   */
  async enter({ client, signal }: Pick<RouteRequest, "client" | "signal">): Promise<GraphSession> {
    const turn = await this.#admission.enter(client, 1, signal);
    const connection = this.#free.pop()!; // there are as many as turns
    if (connection.questions++ >= QUESTIONS) await this.#renew(connection);
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(tooLong()), LONGEST_QUESTION);
    return {
      graph: connection.graph,
      signal: AbortSignal.any([signal, deadline.signal]),
      [Symbol.dispose]: () => {
        clearTimeout(timer);
        this.#free.push(connection);
        turn[Symbol.dispose]();
      },
    };
  }

  /** One question. @throws BusyError `server/busy`; BiogptError `server/deadline`, `aborted`, what the question throws */
  async ask<Answer>(
    request: Pick<RouteRequest, "client" | "signal">,
    question: (graph: Database, signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    using session = await this.enter(request);
    try {
      return await question(session.graph, session.signal);
    } catch (error) {
      const { reason } = session.signal as { reason: unknown };
      throw reason instanceof BiogptError && reason.code === "server/deadline" ? reason : error;
    }
  }

  /** What is in the graph; counted once, as it does not change while it is served. Throws as `ask`. */
  async statistics(request: Pick<RouteRequest, "client" | "signal">): Promise<GraphStatistics> {
    this.#statistics ??= await this.ask(request, (database, signal) => graphStatistics(database, signal));
    return this.#statistics;
  }

  /** A file that is gone or another by now (mined into since) is not opened: the one that is open is read on. */
  async #renew(connection: Connection): Promise<void> {
    connection.questions = 0;
    const fresh =
      (await stateOf(this.#file)) === this.#state ? await connection.graph.again().catch(() => undefined) : undefined;
    if (fresh === undefined) return;
    connection.graph[Symbol.dispose]();
    connection.graph = fresh;
  }

  [Symbol.dispose](): void {
    for (const { graph } of this.#all) graph[Symbol.dispose]();
  }
}

interface Connection {
  graph: Database;
  questions: number;
}

/** Which file lies at a path, and since when; undefined where there is none. */
async function stateOf(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found && `${found.ino} ${found.mtimeMs} ${found.size}`;
}

function mapped(record: Readonly<Record<string, string>>, change: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, text]) => [key, change(text)]));
}

function tooLong(): BiogptError {
  return new BiogptError("server/deadline", {
    what: `The graph did not answer in ${LONGEST_QUESTION / 1000} s.`,
    fix: "Ask for less: fewer steps, a higher probability, years.",
  });
}
