/** `biogpt worker`: does the units that a coordinator hands out over a queue, until it is stopped. */
import { Worker as Thread } from "node:worker_threads";
import { BiogptError } from "../../base/errors.ts";
import type { DocumentRecord } from "../../knowledge-graph/store/document-record.ts";
import { writeUnit } from "../../knowledge-graph/store/unit-files.ts";
import { mineUnit } from "../../mining/mine-unit.ts";
import type { LoadSettings } from "../open-model.ts";
import type { NoteEvent, WorkflowContext } from "../workflow.ts";
import { isDone, pipelineOf } from "./graph-writer.ts";
import type { LeaseMessage } from "./lease-thread.ts";
import type { MineEvent, UnitEvent } from "./mine.ts";
import { type OpenedReading, openReading } from "./mine-literature.ts";
import { handedOut } from "./unit-hand-out.ts";
import { brokerOf, expectBroker, LEASE, QUEUE_NAME, type UnitJob } from "./unit-queue.ts";

export interface WorkerSettings {
  readonly queue: string;
  /** The graph's folder, where this machine has it under another path than the coordinator. Default: the coordinator's. */
  readonly out?: string | undefined;
  readonly load?: LoadSettings | undefined;
}

/** How often a broker looks for units whose worker is gone, in milliseconds. */
const LOOK_FOR_LOST = 15_000;

/**
 * Works until the signal fires; the unit in work is then left to another worker.
 *
 * @returns units that were done
 * @throws BiogptError `mining/no-broker`, `mining/queue-url`, `mining/no-queue-library`
 */
export async function runWorker(
  { queue: url, out, load }: WorkerSettings,
  { signal, onEvent }: WorkflowContext<NoteEvent | UnitEvent> = {},
): Promise<number> {
  const { Worker, connection } = await brokerOf(url);
  const bench = new Workbench(load, { signal, onEvent: (event) => event.type === "note" && onEvent?.(event) });
  const lease = new Thread(new URL("./lease-thread.js", import.meta.url), { workerData: { url } });
  lease.on("error", () => {}); // without it leases last as long as they last
  let done = 0;
  const worker = new Worker<UnitJob>(
    QUEUE_NAME,
    async (job, token) => {
      const id = job.id!;
      lease.postMessage({ id, token: token! } satisfies LeaseMessage);
      try {
        const relations = await bench.unit({ ...job.data, folder: out ?? job.data.folder });
        if (relations === undefined) return;
        done++;
        const { hash } = job.data;
        onEvent?.({
          type: "unit",
          source: job.data.folder,
          hash,
          documents: relations.documents,
          relations: relations.found,
        });
      } finally {
        lease.postMessage({ id } satisfies LeaseMessage);
      }
    },
    {
      connection,
      concurrency: 1,
      lockDuration: LEASE,
      skipLockRenewal: true,
      stalledInterval: LOOK_FOR_LOST,
      maxStalledCount: 100,
      autorun: false,
    },
  );
  let trouble = "";
  worker.on("error", ({ message }) => {
    if (message !== trouble && message !== "") onEvent?.({ type: "note", text: `note: the queue: ${message}` });
    trouble = message;
  });
  worker.on("failed", (_, { message }) => onEvent?.({ type: "note", text: `note: a unit failed: ${message}` }));
  try {
    await expectBroker(url, worker.waitUntilReady(), () => trouble);
    const running = worker.run();
    await new Promise<void>((resolve) => {
      if (signal?.aborted) resolve();
      signal?.addEventListener("abort", () => resolve(), { once: true });
      running.then(resolve, resolve);
    });
    return done;
  } finally {
    await Promise.race([
      worker.close(true).catch(() => {}),
      new Promise((resolve) => setTimeout(resolve, 5000).unref()),
    ]);
    await lease.terminate();
    bench.close();
  }
}

/** The reader of the present pipeline, opened when its first unit comes and kept for the next. */
class Workbench {
  readonly #load: LoadSettings | undefined;
  readonly #context: WorkflowContext<MineEvent>;
  #opened: { readonly pipeline: string; readonly reading: OpenedReading } | undefined;

  constructor(load: LoadSettings | undefined, context: WorkflowContext<MineEvent>) {
    this.#load = load;
    this.#context = context;
  }

  /** @returns what was found; undefined where the unit is done already */
  async unit({ hash, folder, pipeline, reading }: UnitJob): Promise<{ documents: number; found: number } | undefined> {
    if (await isDone(folder, hash)) return undefined;
    const documents = await handedOut(folder, hash);
    if (documents === undefined) return undefined;
    const { reader, normalizer } = await this.#reading(pipeline, reading);
    const { signal } = this.#context;
    let found = 0;
    const onDocument = ({ relations }: DocumentRecord): void => {
      found += relations.length;
    };
    await writeUnit(folder, hash, mineUnit(documents, { reader, normalizer, signal, onDocument }), signal);
    return { documents: documents.length, found };
  }

  async #reading(pipeline: string, settings: UnitJob["reading"]): Promise<OpenedReading> {
    if (this.#opened?.pipeline === pipeline) return this.#opened.reading;
    this.#opened?.reading[Symbol.dispose]();
    this.#opened = undefined;
    const reading = await openReading({ ...settings, load: this.#load ?? settings.load }, this.#context);
    const { hash } = pipelineOf(reading.reader, reading.normalizer);
    if (hash !== pipeline) {
      reading[Symbol.dispose]();
      throw new BiogptError("mining/other-worker", {
        what: `This worker's models and vocabularies are not the coordinator's (${hash}, not ${pipeline}).`,
        fix: "Install the same version of biogpt, with the same models and vocabularies under the same paths.",
      });
    }
    this.#opened = { pipeline, reading };
    return reading;
  }

  close(): void {
    this.#opened?.reading[Symbol.dispose]();
  }
}
