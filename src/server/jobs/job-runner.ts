/**
 * Runs jobs one after the other, oldest first, beside the requests that people wait for: a job takes one of the places of documents at its
 * model. What is done stays on the disk; a job that a killed or drained server left is gone on with by the next.
 */
import type { Logger } from "pino";
import { abortedError } from "../../base/cancellation.ts";
import { RateMeter } from "../../base/progress.ts";
import { asBiogptError } from "../../base/system-errors.ts";
import type { JobRequest, WireJob } from "../contract.ts";
import { BusyError, errorAnswer, RequestError } from "../errors.ts";
import { type JobEnd, type JobRecord, JobStore } from "./job-store.ts";
import type { JobWork } from "./job-work.ts";

/** Jobs that are kept, ended ones among them. */
const MOST_JOBS = 10_000;
/** When a client may come again that found the list full, milliseconds. */
const COME_AGAIN = 60_000;

interface Job {
  readonly record: JobRecord;
  readonly stop: AbortController;
  /** Fulfilled at its end. */
  readonly over: Promise<void>;
  readonly isOver: () => void;
  end: JobEnd | undefined;
  running: boolean;
  cancelled: boolean;
  done: number;
  problems: number;
  meter: RateMeter;
  rate: number;
}

export class JobRunner {
  readonly #store: JobStore;
  readonly #work: JobWork;
  readonly #log: Logger;
  readonly #jobs = new Map<string, Job>();
  #drained = false;
  #started = false;
  #loop: Promise<void> | undefined;

  private constructor(store: JobStore, work: JobWork, log: Logger) {
    this.#store = store;
    this.#work = work;
    this.#log = log;
  }

  /** Finds the jobs of earlier servers; `start` goes on with them. */
  static async open(dataFolder: string, work: JobWork, log: Logger): Promise<JobRunner> {
    const store = await JobStore.open(dataFolder);
    const runner = new JobRunner(store, work, log);
    for (const record of await store.all()) runner.#keep(record);
    return runner;
  }

  get waiting(): number {
    return [...this.#jobs.values()].filter(({ end, running }) => end === undefined && !running).length;
  }

  /** Begins to work; jobs that were added before wait for it. */
  start(): void {
    this.#started = true;
    this.#goOn();
  }

  #goOn(): void {
    if (this.#drained || !this.#started) return;
    this.#loop ??= this.#run().finally(() => {
      this.#loop = undefined;
    });
  }

  /**
   * A new job, or the one that the key stands for already.
   *
   * @param owner name of the API key that asks: no other one sees the job. Undefined where none is asked for; then, as jobs of such a server are, it
   *              is everyone's
   * @throws BusyError `server/busy` where too many are kept
   */
  async add(
    request: JobRequest,
    key: string | undefined,
    owner: string | undefined,
  ): Promise<{ readonly job: WireJob; readonly isNew: boolean }> {
    if (this.#jobs.size >= MOST_JOBS)
      throw new BusyError(`${MOST_JOBS} jobs are kept already; delete some.`, COME_AGAIN);
    const { id, record } = await this.#store.add(request, key, owner);
    if (record === undefined) return { job: this.get(id, owner), isNew: false };
    this.#keep(record);
    this.#goOn();
    return { job: this.get(id, owner), isNew: true };
  }

  /** Newest first. */
  list(asker: string | undefined): WireJob[] {
    const own = [...this.#jobs.values()].filter(({ record }) => isOf(record, asker));
    return own.reverse().map(wireJob);
  }

  /** @throws RequestError `server/no-job` */
  get(id: string, asker: string | undefined): WireJob {
    return wireJob(this.#find(id, asker));
  }

  /** Stops a job that has not ended; what it found stays. */
  async cancel(id: string, asker: string | undefined): Promise<WireJob> {
    const job = this.#find(id, asker);
    if (job.end === undefined) {
      job.cancelled = true;
      job.stop.abort();
      if (!job.running) await this.#end(job, { state: "cancelled", done: job.done, problems: job.problems });
      await job.over;
    }
    return wireJob(job);
  }

  /** Forgets a job that has ended, with its results. @throws RequestError `server/job-running` */
  async remove(id: string, asker: string | undefined): Promise<void> {
    const job = this.#find(id, asker);
    if (job.end === undefined) {
      throw new RequestError("server/job-running", { what: "The job has not ended.", fix: "Cancel it first." }, null);
    }
    await this.#store.remove(job.record.id);
    this.#jobs.delete(job.record.id);
  }

  /** The lines so far that stay as they are. */
  results(id: string): Promise<{ readonly path: string; readonly bytes: number }> {
    return this.#store.results(this.#find(id).record.id);
  }

  hasEnded(id: string): boolean {
    return this.#find(id).end !== undefined;
  }

  /** Stops what runs, without ending it: the next server goes on. */
  async drain(): Promise<void> {
    this.#drained = true;
    for (const job of this.#jobs.values()) job.stop.abort();
    await this.#loop;
  }

  #find(id: string, asker?: string): Job {
    const job = this.#jobs.get(id);
    if (job !== undefined && isOf(job.record, asker)) return job;
    throw new RequestError("server/no-job", { what: "There is no such job.", fix: "GET /v1/jobs lists them." }, "id");
  }

  #keep(record: JobRecord): void {
    let isOver = (): void => {};
    const over = new Promise<void>((resolve) => {
      isOver = resolve;
    });
    const { end } = record;
    if (end !== undefined) isOver();
    const figures = { done: end?.done ?? 0, problems: end?.problems ?? 0, rate: 0 };
    const job = { record, stop: new AbortController(), over, isOver, end, running: false, cancelled: false };
    this.#jobs.set(record.id, { ...job, ...figures, meter: new RateMeter() });
  }

  async #run(): Promise<void> {
    for (;;) {
      const next = [...this.#jobs.values()].find(({ end }) => end === undefined);
      if (next === undefined || this.#drained) return;
      await this.#runOne(next);
    }
  }

  async #runOne(job: Job): Promise<void> {
    const { id } = job.record;
    job.running = true;
    const began = performance.now();
    try {
      const request = await this.#store.request(id);
      const result = await this.#work(request, this.#store.resultPath(id), {
        signal: job.stop.signal,
        onDone: (done) => {
          job.done = done;
          job.rate = job.meter.update(done, performance.now());
        },
        onProblem: () => job.problems++,
      });
      if (job.stop.signal.aborted) throw abortedError(job.stop.signal);
      // A file that was whole already, before a kill that came before the note of its end, says nothing new.
      job.done = result ?? job.record.documents;
      await this.#end(job, { state: "done", done: job.done, problems: job.problems });
    } catch (thrown) {
      const error = asBiogptError(thrown);
      if (error.kind === "aborted" && !job.cancelled) {
        job.running = false; // drained: another server goes on
        return;
      }
      const figures = { done: job.done, problems: job.problems };
      if (job.cancelled) await this.#end(job, { state: "cancelled", ...figures });
      else {
        this.#log.error({ err: error, job: id }, "a job failed");
        const { what } = errorAnswer(error, id).body.error;
        await this.#end(job, { state: "failed", ...figures, error: { code: error.code, what } });
      }
    }
    const milliseconds = Math.round(performance.now() - began);
    this.#log.info({ job: id, state: job.end?.state, documents: job.done, milliseconds }, "job ended");
  }

  async #end(job: Job, end: Omit<JobEnd, "ended">): Promise<void> {
    const whole = { ...end, ended: new Date().toISOString() };
    await this.#store.end(job.record.id, whole);
    job.end = whole;
    job.running = false;
    job.rate = 0;
    job.isOver();
  }
}

function isOf({ owner }: JobRecord, asker: string | undefined): boolean {
  return asker === undefined || owner === undefined || owner === asker;
}

function wireJob({ record, end, running, done, problems, rate, meter }: Job): WireJob {
  const { id, kind, created, documents } = record;
  const left = running ? meter.secondsLeft(done, documents) : undefined;
  return {
    ...{ id, kind, created, documents, done, problems },
    state: end?.state ?? (running ? "running" : "waiting"),
    rate: Math.round(rate * 100) / 100,
    ...(left === undefined ? {} : { secondsLeft: Math.round(left) }),
    ...(end === undefined ? {} : { ended: end.ended }),
    ...(end?.error === undefined ? {} : { error: end.error }),
  };
}
