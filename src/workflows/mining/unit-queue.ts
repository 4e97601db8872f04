/**
 * Units handed out over Redis or PostgreSQL, by BullMQ's one API for both. The queue is only a way to say who does what: whether a unit is done is
 * said by its file, so nothing is lost with the broker, and a unit that two workers finish is one.
 */
import { createHash } from "node:crypto";
import { BiogptError } from "../../base/errors.ts";
import type { ReadingSettings } from "./mine-literature.ts";

/** What a worker is told of a unit; its documents lie in the graph's folder (unit-hand-out.ts). */
export interface UnitJob {
  readonly hash: string;
  /** The graph's folder, as the coordinator names it. */
  readonly folder: string;
  readonly pipeline: string;
  readonly reading: ReadingSettings;
}

export const QUEUE_NAME = "biogpt-units";
/** Milliseconds for which a worker has a unit without renewing it. */
export const LEASE = 30_000;

type BullMq = typeof import("bullmq");

export interface Broker {
  readonly Queue: BullMq["Queue"];
  readonly Worker: BullMq["Worker"];
  readonly Job: BullMq["Job"];
  /** As BullMQ's constructors take it. */
  readonly connection: Readonly<Record<string, unknown>>;
}

/**
 * BullMQ for a broker's address; nothing is connected yet.
 *
 * @param url `redis://HOST[:PORT]`, `rediss://…`, `postgres://…`, `postgresql://…`
 * @throws BiogptError `mining/queue-url`, `mining/no-queue-library`
 */
export async function brokerOf(url: string): Promise<Broker> {
  const kind = /^(?:(rediss?)|(postgres(?:ql)?)):\/\/./.exec(url);
  if (kind === null) {
    throw new BiogptError("mining/queue-url", {
      what: `${JSON.stringify(url)} is no address of a queue.`,
      fix: "Give redis://HOST:PORT or postgres://USER@HOST/DATABASE.",
    });
  }
  const library = await import("bullmq").catch((error: unknown) => {
    throw noLibrary("bullmq", error);
  });
  const { Job } = library;
  // Which BullMQ loads by itself, and says less of where it is missing.
  const driver = kind[1] !== undefined ? "ioredis" : "pg";
  await import(driver).catch((error: unknown) => {
    throw noLibrary(driver, error);
  });
  if (kind[1] !== undefined) {
    // Null: a worker waits for a broker that is restarted as long as it takes.
    return { Queue: library.Queue, Worker: library.Worker, Job, connection: { url, maxRetriesPerRequest: null } };
  }
  const { Queue, Worker } = library.withBackend(library.createPostgresBackend);
  const connection = { connectionString: url, migrate: true };
  return { Queue: Queue as unknown as BullMq["Queue"], Worker: Worker as unknown as BullMq["Worker"], Job, connection };
}

function noLibrary(name: string, cause: unknown): BiogptError {
  return new BiogptError("mining/no-queue-library", {
    what: `The package ${name} is not installed.`,
    why: "Only work that is shared over a queue needs it.",
    fix: `Install it beside biogpt (npm install ${name}), or share the work without a broker: --shard 1/2.`,
    cause,
  });
}

/**
 * @param trouble what the connection has last complained of, which is tried again all the while
 * @throws BiogptError `mining/no-broker` where it cannot be reached within some seconds
 */
export async function expectBroker(url: string, connected: Promise<unknown>, trouble: () => string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => {
      const said = trouble() === "" ? "" : ` (${trouble()})`;
      reject(new Error(`it does not answer within 10 seconds${said}`));
    }, 10_000);
  });
  try {
    await Promise.race([connected, late]);
  } catch (error) {
    throw new BiogptError("mining/no-broker", {
      what: `The queue at ${withoutPassword(url)} cannot be used: ${(error as Error).message || "it refuses the connection"}.`,
      fix: "Check that it runs and that its address and password are right, or share the work without one: --shard 1/2.",
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}

export function withoutPassword(url: string): string {
  return url.replace(/\/\/([^/@:]*):[^/@]*@/, "//$1:…@");
}

/** BullMQ's ids may not be whole numbers or hold colons; a folder has its own, so that two graphs may share a queue. */
export function jobId({ hash, folder }: Pick<UnitJob, "hash" | "folder">): string {
  return `u${createHash("sha256").update(folder).digest("hex").slice(0, 8)}-${hash}`;
}
