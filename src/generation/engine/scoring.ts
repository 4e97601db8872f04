/** A given sequence, scored: every token's log-probability given those before it, in one pass over the model. */

import { logNormalizer } from "../search/log-probabilities.ts";
import { type Job, sumOf } from "./job.ts";

export interface ScoredSequence {
  /** log p in nats of each scored token, the first scored one first. */
  readonly logProbabilities: readonly number[];
  /** Their sum. */
  readonly logLikelihood: number;
}

export class ScoringJob implements Job {
  /** All tokens but the last: nothing comes after that. */
  readonly prompt: readonly number[];
  readonly slotsNeeded = 1;
  readonly longest: number;
  readonly scoredFrom: number;
  readonly #last: number;
  #logProbabilities: number[] = [];
  finished: boolean;

  /** @param from index of the first token to score, at least 1 */
  constructor(ids: readonly number[], from: number) {
    this.prompt = ids.slice(0, -1);
    this.longest = this.prompt.length;
    this.scoredFrom = Math.min(from, this.prompt.length);
    this.#last = ids.at(-1)!;
    this.finished = from >= ids.length; // nothing to score
  }

  get result(): ScoredSequence {
    return { logProbabilities: this.#logProbabilities, logLikelihood: sumOf(this.#logProbabilities) };
  }

  place(): void {}

  move(): void {}

  lengthOf(): number {
    return 0;
  }

  begin(logits: Float32Array, promptLogProbabilities: readonly number[]): void {
    this.#logProbabilities = [...promptLogProbabilities, logits[this.#last]! - logNormalizer(logits)];
    this.finished = true;
  }

  rows(): readonly [] {
    return [];
  }

  accept(): void {}

  abort(): void {
    this.finished = true;
  }
}
