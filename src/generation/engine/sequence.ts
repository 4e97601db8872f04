/**
 * One sequence decoded token by token, greedily or by draws, with drafts from prompt lookup where asked.
 *
 * Whether a token comes from its own call of the model or from a draft checked in one call, it is chosen by the same function with the same
 * rules, constraint state and random numbers, so drafts change nothing but the number of calls.
 */
import { Random } from "../../base/random.ts";
import { normalizedScore } from "../search/length-penalty.ts";
import { argmax, CandidateList, expectFinite, logNormalizer } from "../search/log-probabilities.ts";
import { DraftLength, lookUp } from "../search/prompt-lookup.ts";
import { drawsAsGiven, drawToken, type Weighed, weigh, weighChanged } from "../search/sampling.ts";
import type { CheckedSettings } from "../settings.ts";
import {
  applyRules,
  expectSomeToken,
  type FinishReason,
  type GeneratedSequence,
  type Job,
  type JobRun,
  longestOf,
  type Scratch,
  sumOf,
  type TokenAlternative,
} from "./job.ts";
import type { CachedModel, SlotTokens } from "./model.ts";

/** Called with the tokens of one step, their log-probabilities and, where asked for, the alternatives at their places. */
export type ReportTokens = (
  ids: readonly number[],
  logProbabilities: readonly number[],
  alternatives?: readonly (readonly TokenAlternative[])[],
) => void;

export class SequenceJob implements Job {
  readonly prompt: readonly number[];
  readonly slotsNeeded = 1;
  readonly longest: number;
  readonly scoredFrom: number;
  readonly #settings: CheckedSettings;
  readonly #mostNewTokens: number;
  readonly #random: Random;
  readonly #report: ReportTokens;
  readonly #drafting: DraftLength;
  /** Prompt, then generated tokens; all but the last are cached. */
  readonly #sequence: number[];
  readonly #logProbabilities: number[] = [];
  /** Undefined where none are wanted. */
  readonly #alternatives: (readonly TokenAlternative[])[] | undefined;
  #promptLogLikelihood = 0;
  #constraintState: unknown;
  #slot = -1;
  #draft: readonly number[] = [];
  #keep = Number.POSITIVE_INFINITY;
  #finishReason: FinishReason | undefined;

  /** @param stream which of several independent draws this is */
  constructor(
    prompt: readonly number[],
    settings: CheckedSettings,
    model: CachedModel,
    stream: number,
    report: ReportTokens,
  ) {
    this.prompt = prompt;
    this.scoredFrom = settings.scoring === "fairseq" ? 1 : prompt.length;
    this.#settings = settings;
    this.#mostNewTokens = Math.min(settings.maxNewTokens, model.maxLength - prompt.length + 1);
    this.longest = longestOf(prompt.length, settings.maxNewTokens, model);
    this.#random = new Random(settings.seed + Math.imul(stream, 0x9e3779b1));
    this.#report = report;
    this.#drafting = new DraftLength(settings.draftTokens);
    this.#sequence = [...prompt];
    this.#alternatives = settings.alternatives > 0 ? [] : undefined;
    this.#constraintState = settings.constraint?.start(prompt);
  }

  get finished(): boolean {
    return this.#finishReason !== undefined;
  }

  get result(): GeneratedSequence {
    const ids = this.#sequence.slice(this.prompt.length).slice(0, this.#keep);
    const logProbabilities = this.#logProbabilities.slice(0, this.#keep);
    const logLikelihood = sumOf(logProbabilities);
    const { scoring, lengthPenalty } = this.#settings;
    const length = ids.length + (scoring === "fairseq" ? this.prompt.length - 1 : 0);
    return {
      ids,
      logProbabilities,
      ...(this.#alternatives === undefined ? {} : { alternatives: this.#alternatives.slice(0, this.#keep) }),
      logLikelihood,
      score: normalizedScore(logLikelihood + this.#promptLogLikelihood, Math.max(1, length), lengthPenalty),
      finishReason: this.#finishReason ?? "aborted",
    };
  }

  place(slots: readonly number[]): void {
    this.#slot = slots[0]!;
  }

  move(_from: number, to: number): void {
    this.#slot = to;
  }

  lengthOf(): number {
    return this.#sequence.length - 1;
  }

  begin(logits: Float32Array, promptLogProbabilities: readonly number[], run: JobRun): void {
    this.#promptLogLikelihood = sumOf(promptLogProbabilities);
    this.accept([logits], run);
  }

  rows(draft: boolean): readonly SlotTokens[] {
    const start = this.#sequence.length - 1;
    const left = this.#mostNewTokens - this.#logProbabilities.length;
    // Checking k drafted tokens gives k + 1; the last possible token needs no draft of its own.
    const guess = draft ? lookUp(this.#sequence, Math.min(this.#drafting.next(), left - 1)) : [];
    const row = guess.findIndex((id) => id < 0); // a row given in place of a token is never what comes next
    this.#draft = row < 0 ? guess : guess.slice(0, row);
    return [
      { slot: this.#slot, start, tokens: [this.#sequence[start]!, ...this.#draft], wanted: this.#draft.length + 1 },
    ];
  }

  accept([logits]: readonly Float32Array[], { cache, scratch }: JobRun): void {
    const V = scratch.values.length;
    const draft = this.#draft;
    this.#draft = [];
    const before = this.#logProbabilities.length;
    let accepted = 0;
    for (let position = 0; position <= draft.length; position++) {
      this.#take(logits!.subarray(position * V, (position + 1) * V), scratch);
      const right = this.#sequence.at(-1) === draft[position];
      if (right) accepted++;
      if (!right || this.finished) break;
    }
    this.#drafting.learn(draft.length, accepted);
    cache.statistics.draftedTokens += draft.length;
    cache.statistics.acceptedTokens += accepted;
    this.#report(
      this.#sequence.slice(this.prompt.length + before),
      this.#logProbabilities.slice(before),
      this.#alternatives?.slice(before),
    );
  }

  abort(): void {
    this.#finishReason ??= "aborted";
  }

  #take(logits: Float32Array, scratch: Scratch): void {
    const { constraint, endId, sampling, stop } = this.#settings;
    const best = argmax(logits);
    // Where tokens are drawn by the model's own weights, the normalizer is their sum. A constraint leaves few of them.
    const isByWeight = sampling !== undefined && constraint === undefined && drawsAsGiven(sampling);
    const weighed = isByWeight ? weigh(logits, logits[best]!, scratch.sampling) : undefined;
    const normalizer =
      weighed === undefined
        ? logNormalizer(logits, logits[best]!)
        : expectFinite(logits[best]! + Math.log(weighed.total));
    const token = this.#choose(logits, best, weighed, scratch);
    this.#sequence.push(token);
    this.#logProbabilities.push(logits[token]! - normalizer);
    this.#alternatives?.push(mostProbable(logits, normalizer, this.#settings.alternatives));
    if (constraint !== undefined) this.#constraintState = constraint.next(this.#constraintState, token);
    const stopped = token === endId || (stop?.(this.#sequence.slice(this.prompt.length)) ?? false);
    if (stopped !== false) {
      this.#finishReason = "stop";
      if (typeof stopped === "number") this.#keep = stopped;
    } else if (this.#logProbabilities.length >= this.#mostNewTokens) {
      this.#finishReason = "length";
    }
  }

  /** @param weighed the logits, where tokens are drawn by their weights */
  #choose(logits: Float32Array, best: number, weighed: Weighed | undefined, scratch: Scratch): number {
    const { rules, constraint, sampling } = this.#settings;
    const untouched = rules.length === 0 && constraint === undefined;
    if (untouched && sampling === undefined) return best;
    if (untouched && weighed !== undefined)
      return drawToken(logits, sampling!, this.#random, scratch.sampling, weighed);
    const values = scratch.values;
    values.set(logits);
    const context = { sequence: this.#sequence, promptLength: this.prompt.length };
    applyRules(values, this.#settings, context, this.#constraintState, scratch);
    if (values[best] === Number.NEGATIVE_INFINITY) expectSomeToken(values, this.#logProbabilities.length);
    if (sampling === undefined) return argmax(values);
    const changed = weighed && weighChanged(values, logits, weighed, scratch.sampling);
    return drawToken(values, sampling, this.#random, scratch.sampling, changed);
  }
}

/** The `count` most probable tokens of a row, best first; of equals the lowest ids. */
function mostProbable(logits: Float32Array, normalizer: number, count: number): TokenAlternative[] {
  const best = new CandidateList(Math.min(count, logits.length));
  best.offer(logits, -normalizer, 0);
  return Array.from({ length: best.length }, (_, i) => ({ id: best.tokens[i]!, logProbability: best.scores[i]! }));
}
