/**
 * Mining with the work handed out: this process reads the sources, cuts units, and waits for their files; workers do the units. At the end the graph
 * is assembled here.
 *
 * A unit whose job is lost with its broker, or failed on the way, is handed out again.
 */
import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { abortedError, throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import { assembleGraph } from "../../knowledge-graph/store/assemble.ts";
import { cutIntoUnits } from "../../mining/unit.ts";
import type { DocumentInput } from "../documents.ts";
import { progressEvents, type WorkflowContext } from "../workflow.ts";
import { claimFolder, InputPlaces, isDone, pipelineOf } from "./graph-writer.ts";
import type { MineEvent, MineSettings, MineSummary } from "./mine.ts";
import { openReading, type ReadingSettings } from "./mine-literature.ts";
import { miningSources } from "./sources.ts";
import { handOut, takeBack } from "./unit-hand-out.ts";
import { brokerOf, expectBroker, jobId, QUEUE_NAME, type UnitJob } from "./unit-queue.ts";

export interface CoordinateSettings
  extends Omit<MineSettings, "reader" | "normalizer" | "shard" | "onAllRead">,
    ReadingSettings {
  /** Address of the broker. */
  readonly queue: string;
  /** Workers that this process starts. Default 0: they are started elsewhere. */
  readonly workers?: number | undefined;
  /** How a worker is started: program and arguments, to which `--queue URL` is added. */
  readonly workerCommand?: readonly string[] | undefined;
}

/** Units that wait for workers at most: what lies in `waiting/` stays small. */
const MOST_WAITING = 64;
const POLL = 250;
/** Milliseconds between two looks at the jobs of units that are still not done. */
const LOOK = 5000;
const ATTEMPTS = 3;

type Queue = import("bullmq").Queue;

/** @throws BiogptError as `mineInto`; `mining/no-broker`, `mining/queue-url`, `mining/no-queue-library`, `mining/unit-failed` */
export async function coordinate(
  input: DocumentInput,
  settings: CoordinateSettings,
  context: WorkflowContext<MineEvent> = {},
): Promise<MineSummary> {
  const { queue: url, workers = 0, workerCommand, out, redo = false } = settings;
  const { signal, onEvent } = context;
  const { annotations, vocabularies, schemes, model, load } = settings;
  const reading: ReadingSettings = { annotations, vocabularies, schemes, model, load };
  const { Queue: OpenQueue, connection } = await brokerOf(url);
  const queue = new OpenQueue(QUEUE_NAME, { connection });
  let trouble = "";
  queue.on("error", ({ message }) => {
    trouble = message; // told by expectBroker; later it is waited for
  });
  const children: ReturnType<typeof spawn>[] = [];
  try {
    await expectBroker(url, queue.waitUntilReady(), () => trouble);
    const pipeline = await pipelineOfReading(reading, context);
    const sources = await miningSources(input, {
      ...settings,
      signal,
      note: (text) => onEvent?.({ type: "note", text }),
    });
    await claimFolder(out, pipeline, redo);
    for (let number = 0; number < workers; number++) children.push(startWorker(workerCommand!, url));
    const job = { folder: out, pipeline: pipeline.hash, reading };
    const totals = { documents: 0, before: 0, relations: 0, problems: 0 };
    const progress = progressEvents(onEvent);
    const hands = new HandOut(queue, job, signal, (hash, documents) => {
      totals.documents += documents;
      onEvent?.({ type: "unit", source: out, hash, documents });
      progress?.({ activity: "mining", done: totals.documents, unit: "documents" });
    });
    const places = await InputPlaces.open(out);
    for (const [place, source] of sources.list.entries()) {
      const [units, deletions, problems]: [string[], string[], { code: string; what: string }[]] = [[], [], []];
      const onProblem = (error: BiogptError): void => {
        problems.push({ code: error.code, what: error.what });
        totals.problems++;
        onEvent?.({ type: "problem", error });
      };
      let documents = 0;
      const read = source.read({ onProblem, onDeletion: (id) => deletions.push(id) });
      for await (const unit of cutIntoUnits(read, pipeline.hash, settings.unitSize)) {
        throwIfAborted(signal);
        units.push(unit.hash);
        documents += unit.documents.length;
        if (await isDone(out, unit.hash)) {
          totals.documents += unit.documents.length;
          totals.before += unit.documents.length;
        } else {
          await handOut(out, unit.hash, unit.documents);
          await hands.give(unit.hash, unit.documents.length);
        }
      }
      await hands.all();
      await places.note({ source: source.name, pipeline: pipeline.hash, documents, units, deletions, problems }, place);
    }
    await assembleGraph(out, { signal, progress });
    const summary = { ...totals, assembled: true };
    onEvent?.({ type: "summary", ...summary });
    return summary;
  } finally {
    for (const child of children) child.kill("SIGTERM");
    await Promise.race([queue.close().catch(() => {}), delay(2000)]); // one that was never connected cannot be closed
  }
}

/** The models are opened for their hashes, and closed again: here nothing is read. */
async function pipelineOfReading(
  settings: ReadingSettings,
  context: WorkflowContext<MineEvent>,
): Promise<ReturnType<typeof pipelineOf>> {
  using reading = await openReading(settings, context);
  return pipelineOf(reading.reader, reading.normalizer);
}

function startWorker([program = "", ...words]: readonly string[], url: string): ReturnType<typeof spawn> {
  return spawn(program, [...words, "--queue", url], { stdio: ["ignore", "ignore", "inherit"] });
}

/** The units that are out, and whether they have come back. */
class HandOut {
  readonly #queue: Queue;
  readonly #job: Omit<UnitJob, "hash">;
  readonly #signal: AbortSignal | undefined;
  readonly #onDone: (hash: string, documents: number) => void;
  readonly #out = new Map<string, { readonly documents: number; tries: number }>();
  #looked = performance.now();

  constructor(
    queue: Queue,
    job: Omit<UnitJob, "hash">,
    signal: AbortSignal | undefined,
    onDone: (hash: string, documents: number) => void,
  ) {
    this.#queue = queue;
    this.#job = job;
    this.#signal = signal;
    this.#onDone = onDone;
  }

  async give(hash: string, documents: number): Promise<void> {
    while (this.#out.size >= MOST_WAITING) await this.#gather();
    this.#out.set(hash, { documents, tries: 0 });
    await this.#add(hash);
  }

  async all(): Promise<void> {
    while (this.#out.size > 0) await this.#gather();
  }

  async #add(hash: string): Promise<void> {
    const id = jobId({ hash, folder: this.#job.folder });
    await (await this.#queue.getJob(id))?.remove().catch(() => {}); // an earlier run's, which would be taken for this one
    const kept = { removeOnComplete: true, removeOnFail: false };
    await this.#queue.add(
      "unit",
      { ...this.#job, hash },
      { jobId: id, attempts: ATTEMPTS, backoff: { type: "fixed", delay: 1000 }, ...kept },
    );
  }

  async #gather(): Promise<void> {
    await delay(POLL, undefined, this.#signal === undefined ? {} : { signal: this.#signal }).catch(() => {
      throw abortedError(this.#signal);
    });
    const { folder } = this.#job;
    for (const [hash, { documents }] of this.#out) {
      if (!(await isDone(folder, hash))) continue;
      this.#out.delete(hash);
      await takeBack(folder, hash);
      this.#onDone(hash, documents);
    }
    if (performance.now() - this.#looked < LOOK) return;
    this.#looked = performance.now();
    for (const [hash, out] of this.#out) await this.#look(hash, out).catch((error: unknown) => this.#told(error));
  }

  /** Hands out again what the broker does not know any more. @throws BiogptError `mining/unit-failed` */
  async #look(hash: string, out: { tries: number }): Promise<void> {
    const job = await this.#queue.getJob(jobId({ hash, folder: this.#job.folder }));
    const state = await job?.getState();
    if (state === "failed") {
      throw new BiogptError("mining/unit-failed", {
        what: `A unit failed ${ATTEMPTS} times: ${job!.failedReason}`,
        fix: "Mend what it says and run it again: units that are done are kept.",
      });
    }
    if (job !== undefined && state !== "completed" && state !== "unknown") return;
    if (await isDone(this.#job.folder, hash)) return;
    out.tries++;
    await this.#add(hash);
  }

  /** A broker that is away comes back, or the user stops. */
  #told(error: unknown): void {
    if (error instanceof BiogptError) throw error;
  }
}
