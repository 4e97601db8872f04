/**
 * Generation over token ids: from prompts to sequences, as a whole or token by token, and the likelihood of given sequences.
 *
 * All calls for one model share one engine, so they run as one batch and reuse each other's prompts, whoever makes them.
 */
import { abortedError } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";
import type { ReportProgress } from "../base/progress.ts";
import { ContinuationsJob, type ScoredContinuation } from "./engine/continuations.ts";
import { DecodeEngine, type EngineOptions } from "./engine/engine.ts";
import {
  checkRoom,
  type FinishReason,
  type GeneratedSequence,
  longestOf,
  type TokenAlternative,
} from "./engine/job.ts";
import type { CachedModel } from "./engine/model.ts";
import { type ScoredSequence, ScoringJob } from "./engine/scoring.ts";
import { type ReportTokens, SequenceJob } from "./engine/sequence.ts";
import { BeamSearchJob } from "./search/beam-search.ts";
import { checkPrompt, checkScored, checkSettings, type GenerationSettings } from "./settings.ts";

export { type AllowedTokens, allOf, type Constraint, oneOf, onlyTokens } from "./constraints/constraints.ts";
export type { LogitRule, RuleContext } from "./constraints/rules.ts";
export { MOST_CONTINUATION_SLOTS, type ScoredContinuation } from "./engine/continuations.ts";
export { DecodeEngine, type EngineOptions } from "./engine/engine.ts";
export type { FinishReason, GeneratedSequence, TokenAlternative } from "./engine/job.ts";
export type { CachedModel, SlotTokens } from "./engine/model.ts";
export type { EngineStatistics } from "./engine/prefix-cache.ts";
export type { ScoredSequence } from "./engine/scoring.ts";
export { type GenerationSettings, type Scoring, SETTING_NAMES, type StopCheck } from "./settings.ts";

export interface GenerationRun {
  /** Ends every sequence early, with `finishReason` "aborted" and what there was; nothing is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Counts finished prompts. */
  readonly report?: ReportProgress | undefined;
}

/** Tokens that were decided in one step of one sequence. */
export interface TokenEvent {
  /** Which of `returnCount` sequences, in the order of their draws; 0 unless sampling. */
  readonly sequence: number;
  readonly ids: readonly number[];
  readonly logProbabilities: readonly number[];
  /** Where `alternatives` were asked for: the most probable tokens at each place, best first. */
  readonly alternatives?: readonly (readonly TokenAlternative[])[];
  /** Set in the last event of a sequence, which may bring no token. */
  readonly finishReason?: FinishReason;
}

const engines = new WeakMap<CachedModel, DecodeEngine>();

/**
 * The engine of a model: made at the first call, shared by all. Its cache is only right while nobody else runs the model.
 *
 * @param options count at the first call only
 */
export function engineOf(model: CachedModel, options: EngineOptions = {}): DecodeEngine {
  let engine = engines.get(model);
  if (engine === undefined) {
    engine = new DecodeEngine(model, options);
    engines.set(model, engine);
  }
  return engine;
}

/**
 * Continues each prompt.
 *
 * @param prompts token ids, each at least one token (the begin token) and at most the model's context
 * @returns for each prompt its sequences, best first: `returnCount` of them, fewer only where a search could not find as many
 * @throws BiogptError `generation/...` for settings and prompts (see settings.ts) and for what the cache cannot hold, before anything runs; `generation/dead-end`;
 *         `generation/not-a-number`; whatever the model throws
 */
export async function generate(
  model: CachedModel,
  prompts: readonly (readonly number[])[],
  settings: GenerationSettings = {},
  { signal, report }: GenerationRun = {},
): Promise<readonly (readonly GeneratedSequence[])[]> {
  const submissions = prompts.map((prompt) => prepare(model, prompt, settings));
  const stop = new AbortController(); // when one prompt fails the others need not go on
  const whole = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  let done = 0;
  const runs = submissions.map(async (start) => {
    const sequences = await start(() => {}, whole);
    report?.({ activity: "generating", done: ++done, total: prompts.length, unit: "prompts" });
    return sequences;
  });
  try {
    return await Promise.all(runs);
  } catch (error) {
    stop.abort();
    await Promise.allSettled(runs);
    throw error;
  }
}

/**
 * Continues one prompt, giving its tokens as they are decided; a beam search gives its best sequence at the end. Leaving the loop early stops
 * the work.
 *
 * @returns (the generator's return value) the same as `generate` for one prompt
 */
export async function* stream(
  model: CachedModel,
  prompt: readonly number[],
  settings: GenerationSettings = {},
  { signal }: Pick<GenerationRun, "signal"> = {},
): AsyncGenerator<TokenEvent, readonly GeneratedSequence[], void> {
  const start = prepare(model, prompt, settings);
  const left = new AbortController();
  const events: TokenEvent[] = [];
  let wake = (): void => {};
  let sequences: readonly GeneratedSequence[] | undefined;
  let failure: { readonly error: unknown } | undefined;
  start(
    (event) => {
      events.push(event);
      wake();
    },
    signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]),
  ).then(
    (result) => {
      sequences = result;
      wake();
    },
    (error) => {
      failure = { error };
      wake();
    },
  );
  try {
    for (;;) {
      const event = events.shift();
      if (event !== undefined) yield event;
      else if (failure !== undefined) throw failure.error;
      else if (sequences !== undefined) return sequences;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    left.abort();
  }
}

/**
 * Log-likelihood of given sequences, each token given those before it.
 *
 * @param sequences token ids; at most one more than the context, since the last token is only predicted
 * @param from      index of the first token to score, at least 1 (nothing predicts the first). Sequences with the same beginning before it
 *                  (a prompt with several answers) have it computed once. Default 1.
 * @throws BiogptError `aborted`, or as `generate`
 */
export async function score(
  model: CachedModel,
  sequences: readonly (readonly number[])[],
  { from = 1, signal, report }: GenerationRun & { readonly from?: number } = {},
): Promise<readonly ScoredSequence[]> {
  if (!Number.isInteger(from) || from < 1) {
    throw new BiogptError("generation/setting", {
      what: `Scoring was to begin at token ${from}.`,
      fix: "Give a whole number from 1: the first token has nothing that predicts it.",
      kind: "usage",
    });
  }
  const jobs = sequences.map((ids) => {
    checkPrompt(ids.length > 1 ? ids.slice(0, -1) : ids, model);
    checkPrompt(ids.slice(-1), model);
    checkScored(ids.slice(from));
    const job = new ScoringJob(ids, from);
    checkRoom(job, model);
    return job;
  });
  const engine = engineOf(model);
  let done = 0;
  const runs = jobs.map(async (job) => {
    if (!job.finished) await engine.run(job, signal);
    report?.({ activity: "scoring", done: ++done, total: jobs.length, unit: "sequences" });
    return job.result;
  });
  const results = await Promise.allSettled(runs);
  if (signal?.aborted) throw abortedError(signal);
  return results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

export interface ContinuationRun extends Pick<GenerationRun, "signal"> {
  /**
   * Share of the continuations' summed probability that may stay uncomputed, in [0, 1): the least likely beginnings are then not followed to their
   * ends. Default 0: all are.
   */
  readonly tolerance?: number | undefined;
}

/**
 * Log-likelihood of several continuations of the same prefix, such as the answers to a question: as `score` of each whole sequence from the prefix's
 * end on, but every token that some of them begin with in common is computed once, and the branches run as a batch.
 *
 * @param prefix        token ids, at least one
 * @param continuations token ids; prefix and continuation may be one longer than the context. An empty one has likelihood 1.
 * @throws BiogptError `aborted`, `generation/setting`, or as `generate`
 */
export async function scoreContinuations(
  model: CachedModel,
  prefix: readonly number[],
  continuations: readonly (readonly number[])[],
  { signal, tolerance = 0 }: ContinuationRun = {},
): Promise<readonly ScoredContinuation[]> {
  if (!(tolerance >= 0 && tolerance < 1)) {
    throw new BiogptError("generation/setting", {
      what: `A share of ${tolerance} was to stay uncomputed.`,
      fix: "Give a tolerance from 0 to less than 1.",
      kind: "usage",
    });
  }
  checkPrompt(prefix, model);
  for (const ids of continuations) {
    checkPrompt([...prefix, ...ids.slice(0, -1)], model);
    if (ids.length > 0) checkPrompt(ids.slice(-1), model);
    checkScored(ids);
  }
  const job = new ContinuationsJob(prefix, continuations, model.slotCount, tolerance);
  checkRoom(job, model);
  if (!job.finished) await engineOf(model).run(job, signal);
  if (signal?.aborted) throw abortedError(signal);
  return job.results;
}

type Start = (onEvent: (event: TokenEvent) => void, signal: AbortSignal) => Promise<readonly GeneratedSequence[]>;

/** Checks everything at once and returns what starts the work. */
function prepare(model: CachedModel, prompt: readonly number[], settings: GenerationSettings): Start {
  const checked = checkSettings(settings, model);
  checkPrompt(prompt, model);
  if (checked.scoring === "fairseq") checkScored(prompt.slice(1));
  const engine = engineOf(model);
  const slotsNeeded = checked.searched ? checked.beams : 1;
  checkRoom({ slotsNeeded, longest: longestOf(prompt.length, checked.maxNewTokens, model) }, model);
  if (checked.searched) {
    const job = new BeamSearchJob([...prompt], checked, model);
    return async (onEvent, signal) => {
      await engine.run(job, signal);
      const [best] = job.results;
      if (best !== undefined) onEvent({ sequence: 0, ...eventOf(best) });
      return job.results;
    };
  }
  return async (onEvent, signal) => {
    const runs = Array.from({ length: checked.returnCount }, async (_, sequence) => {
      const report: ReportTokens = (ids, logProbabilities, alternatives) =>
        onEvent({ sequence, ids, logProbabilities, ...(alternatives === undefined ? {} : { alternatives }) });
      const job = new SequenceJob([...prompt], checked, model, sequence, report);
      await engine.run(job, signal);
      const { result } = job;
      onEvent({ sequence, ids: [], logProbabilities: [], finishReason: result.finishReason });
      return result;
    });
    return (await Promise.all(runs)).sort((a, b) => b.score - a.score);
  };
}

function eventOf({ ids, logProbabilities, finishReason }: GeneratedSequence): Omit<TokenEvent, "sequence"> {
  return { ids, logProbabilities, finishReason };
}
