/**
 * Continuous batching: one loop that runs every request of a model, which come and go between two steps.
 *
 *     submit ─▶ waiting ─ admit ─▶ prompt (chunks) ─▶ decoding (one row or one beam each) ─▶ result
 *                          ▲ reuses the longest beginning that any slot holds, also of requests that ended
 *
 * A step is one call of the model for prompts and one for everything that decodes: a long prompt would otherwise stretch every row of the
 * batch to its length. Slots in use are kept at 0..n-1, since a model runs the slots up to the highest one as one batch.
 *
 * Left out: priorities and preemption; requests are admitted in the order of their coming.
 */
import { Breath } from "../../base/breath.ts";
import { internalError } from "../../base/errors.ts";
import { logNormalizer } from "../search/log-probabilities.ts";
import { checkRoom, type Job, type JobRun, Scratch } from "./job.ts";
import type { CachedModel, SlotTokens } from "./model.ts";
import { commonLength, type EngineStatistics, PrefixCache } from "./prefix-cache.ts";

export interface EngineOptions {
  /** Most prompt tokens fed in one step, over all requests, so that others keep decoding. Default 512. */
  readonly promptTokensPerStep?: number;
  /** Beginnings shorter than this are computed again rather than copied or waited for. Default 8 tokens. */
  readonly leastSharedTokens?: number;
  /**
   * Jobs draft only while at most this many decode. Default 2: a model may run rows of several tokens one after another, as `CachedDecoder`
   * does; drafts then took 0.4 to 0.6 of the time with one row, about 1.1 with four and 1.9 with sixteen.
   */
  readonly mostDraftingRows?: number;
}

/** Logits of this many positions of one prompt at a time, when its own tokens are scored (64 x 42,384 x 4 bytes = 11 MB). */
const SCORED_TOKENS_PER_STEP = 64;

/** A run of a few tokens reads all weights, as one of many does: where a step has room for fewer, the beginning of a prompt waits for the next. */
const LEAST_PROMPT_PIECE = 64;

/** A job in the engine. */
interface Ticket {
  readonly job: Job;
  readonly signal: AbortSignal | undefined;
  /** Called once, with the error if it failed. */
  readonly settle: (error?: unknown) => void;
  slots: number[];
  /** Prompt tokens that the first slot holds. */
  fed: number;
  readonly promptLogProbabilities: number[];
}

/** What one job feeds in one call of the model. */
interface Feed {
  readonly ticket: Ticket;
  readonly rows: readonly SlotTokens[];
}

export class DecodeEngine {
  readonly #cache: PrefixCache;
  readonly #run: JobRun;
  readonly #promptTokensPerStep: number;
  readonly #leastShared: number;
  readonly #mostDraftingRows: number;
  #waiting: Ticket[] = [];
  #active: Ticket[] = [];
  #looping = false;
  #forwardAbort = new AbortController();
  /** How many jobs wait for each signal. */
  readonly #watched = new Map<AbortSignal, number>();

  constructor(
    model: CachedModel,
    { promptTokensPerStep = 512, leastSharedTokens = 8, mostDraftingRows = 2 }: EngineOptions = {},
  ) {
    this.#cache = new PrefixCache(model);
    this.#run = { cache: this.#cache, scratch: new Scratch(model.vocabularySize), breath: new Breath() };
    this.#promptTokensPerStep = promptTokensPerStep;
    this.#leastShared = leastSharedTokens;
    this.#mostDraftingRows = mostDraftingRows;
  }

  get statistics(): Readonly<EngineStatistics> {
    return this.#cache.statistics;
  }

  /** Requests being worked on and waiting. */
  get load(): { readonly active: number; readonly waiting: number } {
    return { active: this.#active.length, waiting: this.#waiting.length };
  }

  /** Runs a job to its end; fulfilled when it is finished, also by the signal. Rejected when the model or the job throws. */
  run(job: Job, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      checkRoom(job, this.#cache.model);
      const unwatch = signal === undefined ? () => {} : this.#watch(signal);
      const settle = (error?: unknown): void => {
        unwatch();
        if (error === undefined) resolve();
        else reject(error);
      };
      this.#waiting.push({ job, signal, settle, slots: [], fed: 0, promptLogProbabilities: [] });
      if (!this.#looping) void this.#loop();
    });
  }

  /** Listens once to a signal however many jobs share it (Node warns from the eleventh listener on). */
  #watch(signal: AbortSignal): () => void {
    const watched = this.#watched.get(signal);
    this.#watched.set(signal, (watched ?? 0) + 1);
    if (watched === undefined) signal.addEventListener("abort", this.#stopIdleForward);
    return () => {
      const left = this.#watched.get(signal)! - 1;
      this.#watched.set(signal, left);
      if (left > 0) return;
      this.#watched.delete(signal);
      signal.removeEventListener("abort", this.#stopIdleForward);
    };
  }

  /** Breaks off the model's call when nobody waits for it any more; otherwise an aborted job ends after the step. */
  readonly #stopIdleForward = (): void => {
    if (this.#active.every(isAborted)) this.#forwardAbort.abort();
  };

  async #loop(): Promise<void> {
    this.#looping = true;
    await Promise.resolve(); // requests of the same moment are admitted together
    while (this.#waiting.length + this.#active.length > 0) {
      try {
        this.#endAborted();
        await this.#admit();
        await this.#compact();
        await this.#feedPrompts();
        await this.#decode();
      } catch (error) {
        for (const ticket of [...this.#active, ...this.#waiting]) this.#end(ticket, error);
      }
    }
    this.#looping = false;
  }

  #endAborted(): void {
    for (const ticket of [...this.#active, ...this.#waiting].filter(isAborted)) {
      ticket.job.abort();
      this.#end(ticket);
    }
    if (this.#forwardAbort.signal.aborted) this.#forwardAbort = new AbortController();
  }

  #end(ticket: Ticket, error?: unknown): void {
    this.#active = this.#active.filter((other) => other !== ticket);
    this.#waiting = this.#waiting.filter((other) => other !== ticket);
    ticket.settle(error);
  }

  /** Gives waiting jobs slots, in order, until one does not fit. One that would soon find more of its prompt computed is passed over. */
  async #admit(): Promise<void> {
    for (const ticket of this.#waiting) {
      const slots = this.#slotsFor(ticket.job);
      if (slots === undefined) return;
      try {
        await this.#place(ticket, slots);
      } catch (error) {
        this.#end(ticket, error); // no memory, for example: the others go on
      }
    }
  }

  /** The lowest free slots, where as many are free and can hold what the job will need. */
  #slotsFor({ slotsNeeded, longest }: Job): number[] | undefined {
    const { model } = this.#cache;
    const used = new Set(this.#active.flatMap(({ slots }) => slots));
    if (used.size + slotsNeeded > model.slotCount) return undefined;
    const free = Array.from({ length: model.slotCount }, (_, slot) => slot).filter((slot) => !used.has(slot));
    const slots = free.slice(0, slotsNeeded);
    return (model.fits?.(Math.max(...used, ...slots) + 1, this.#longestWith(longest)) ?? true) ? slots : undefined;
  }

  /** Most tokens that any slot will hold, of the active jobs and one more. */
  #longestWith(longest: number): number {
    return Math.max(longest, ...this.#active.map(({ job }) => job.longest));
  }

  async #place(ticket: Ticket, slots: number[]): Promise<void> {
    const { job } = ticket;
    const reusable = Math.min(job.prompt.length - 1, job.scoredFrom - 1);
    const coming = this.#longestComing(job.prompt, reusable);
    if (coming - this.#longestHeld(job.prompt, reusable).length >= this.#leastShared) return;

    const used = this.#active.flatMap((other) => other.slots);
    this.#cache.reserve(Math.max(...used, ...slots) + 1, this.#longestWith(job.longest));
    const { slot: source, length } = this.#longestHeld(job.prompt, reusable);
    const target = slots[0]!;
    ticket.slots = slots;
    ticket.fed = Math.min(this.#cache.commonPrefix(target, job.prompt), reusable);
    job.place(slots);
    this.#waiting = this.#waiting.filter((other) => other !== ticket);
    this.#active.push(ticket);
    if (length - ticket.fed >= this.#leastShared) {
      await this.#cache.share(source, target, length);
      ticket.fed = length;
    }
    this.#cache.statistics.reusedPromptTokens += ticket.fed;
  }

  #longestHeld(prompt: readonly number[], limit: number): { slot: number; length: number } {
    let best = { slot: 0, length: 0 };
    for (let slot = 0; slot < this.#cache.model.slotCount; slot++) {
      const length = this.#cache.commonPrefix(slot, prompt, limit);
      if (length > best.length) best = { slot, length };
    }
    return best;
  }

  /** How much of the prompt will be held once the prompts being fed now are. */
  #longestComing(prompt: readonly number[], limit: number): number {
    const feeding = this.#active.filter((ticket) => ticket.fed < ticket.job.prompt.length && !isAborted(ticket));
    return feeding.reduce((most, { job }) => Math.max(most, commonLength(job.prompt, prompt, limit)), 0);
  }

  /** Moves what stands above the number of used slots into holes below it. */
  async #compact(): Promise<void> {
    const used = new Set(this.#active.flatMap(({ slots }) => slots));
    const holes = Array.from({ length: used.size }, (_, slot) => slot).filter((slot) => !used.has(slot));
    for (const ticket of this.#active) {
      for (const [i, from] of ticket.slots.entries()) {
        if (from < used.size) continue;
        const to = holes.shift();
        if (to === undefined) throw internalError("more slots are in use than counted");
        const length = ticket.fed < ticket.job.prompt.length ? (i === 0 ? ticket.fed : 0) : ticket.job.lengthOf(from);
        try {
          await this.#cache.share(from, to, length);
        } catch (error) {
          this.#end(ticket, error);
          break;
        }
        ticket.slots[i] = to;
        ticket.job.move(from, to);
      }
    }
  }

  async #feedPrompts(): Promise<void> {
    let left = this.#promptTokensPerStep;
    const feeds: Feed[] = [];
    for (const ticket of this.#active) {
      const { job, fed, slots } = ticket;
      const silent = Math.max(0, job.scoredFrom - 1 - fed); // tokens before the first whose logits are wanted
      const rest = job.prompt.length - fed;
      const count = Math.min(rest, left, silent + SCORED_TOKENS_PER_STEP);
      if (count <= 0 || (feeds.length > 0 && count < Math.min(rest, LEAST_PROMPT_PIECE))) continue;
      left -= count;
      const tokens = job.prompt.slice(fed, fed + count);
      feeds.push({ ticket, rows: [{ slot: slots[0]!, start: fed, tokens, wanted: Math.max(0, count - silent) }] });
    }
    await this.#forward(feeds, async (ticket, [logits], [row]) => {
      const { job, promptLogProbabilities } = ticket;
      const V = this.#cache.model.vocabularySize;
      ticket.fed = row!.start + row!.tokens.length;
      for (let i = 0; i < row!.wanted; i++) {
        const next = ticket.fed - row!.wanted + i + 1;
        const values = logits!.subarray(i * V, (i + 1) * V);
        if (next === job.prompt.length) await job.begin(values, promptLogProbabilities, this.#run);
        else promptLogProbabilities.push(values[job.prompt[next]!]! - logNormalizer(values));
        await this.#run.breath.take();
      }
    });
  }

  async #decode(): Promise<void> {
    const decoding = this.#active.filter(({ job, fed }) => fed === job.prompt.length);
    const draft = decoding.length <= this.#mostDraftingRows;
    const feeds = decoding.map((ticket) => ({ ticket, rows: ticket.job.rows(draft) }));
    await this.#forward(feeds, async ({ job }, logits) => job.accept(logits, this.#run));
  }

  /**
   * One call of the model for several jobs. A job that throws ends alone; where the model throws, each is fed again on its own, so that only
   * those end that it throws for.
   */
  async #forward(
    feeds: readonly Feed[],
    consume: (ticket: Ticket, logits: readonly Float32Array[], rows: readonly SlotTokens[]) => Promise<void>,
  ): Promise<void> {
    if (feeds.length === 0) return;
    let logits: readonly Float32Array[];
    try {
      logits = await this.#cache.forward(
        feeds.flatMap(({ rows }) => rows),
        this.#forwardAbort.signal,
      );
    } catch (error) {
      if (this.#forwardAbort.signal.aborted) return; // the jobs end at the beginning of the next step
      if (feeds.length === 1) this.#end(feeds[0]!.ticket, error);
      else for (const feed of feeds) await this.#forward([feed], consume);
      return;
    }
    this.#run.breath.taken(); // the model runs in other threads
    let offset = 0;
    for (const { ticket, rows } of feeds) {
      await this.#run.breath.take(); // the logits stay as they are until the next call, which comes after this loop
      const own = logits.slice(offset, offset + rows.length);
      offset += rows.length;
      try {
        await consume(ticket, own, rows);
        if (ticket.job.finished) this.#end(ticket);
      } catch (error) {
        this.#end(ticket, error);
      }
    }
  }
}

function isAborted({ signal }: Ticket): boolean {
  return signal?.aborted ?? false;
}
