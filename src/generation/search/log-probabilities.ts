/**
 * Tight loops over one row of logits: the best token, log-sum-exp, the best few of several rows.
 *
 * They run once a token for every row of a batch (V = 42,384 for BioGPT), so nothing here allocates or sorts, and the exponential is a
 * table of 2^(n/256) times a short polynomial, about four times as fast as Math.exp (bench/generation.ts).
 *
 * Shapes     V vocabulary; every row is (V)
 * Precision  logits are float32, sums are float64
 */
import { BiogptError } from "../../base/errors.ts";

const STEPS = 256; // table steps for each power of two
const STEPS_PER_UNIT = STEPS / Math.LN2;
const UNIT_PER_STEP = Math.LN2 / STEPS;
/** Terms further below the largest count as if they were here: 100,000 of them add 2e-13 of it, under the 1e-12 that we promise. */
const NEGLIGIBLE = -40.8;
const TABLE = Float64Array.from({ length: Math.ceil(-NEGLIGIBLE * STEPS_PER_UNIT) + 2 }, (_, n) => 2 ** (-n / STEPS));

/** Position of the largest logit, the first of equals; 0 if all are NaN. */
export function argmax(logits: Float32Array): number {
  return Math.max(0, logits.indexOf(largestOf(logits))); // the runtime's own search
}

/** The largest logit; -Infinity if all are NaN. */
export function largestOf(logits: Float32Array): number {
  let first = Number.NEGATIVE_INFINITY;
  let second = first;
  let third = first;
  let fourth = first;
  const even = logits.length & ~3;
  // four chains of comparisons, so that none waits for the one before it
  for (let v = 0; v < even; v += 4) {
    if (logits[v]! > first) first = logits[v]!;
    if (logits[v + 1]! > second) second = logits[v + 1]!;
    if (logits[v + 2]! > third) third = logits[v + 2]!;
    if (logits[v + 3]! > fourth) fourth = logits[v + 3]!;
  }
  for (let v = even; v < logits.length; v++) if (logits[v]! > first) first = logits[v]!;
  return Math.max(first, second, third, fourth);
}

/**
 * log(sum over v of exp(logits[v])), within 1e-12 for up to 100,000 logits.
 *
 * @param largest the largest logit
 * @returns NaN if a logit is NaN, -Infinity if all are
 */
export function logSumExp(logits: Float32Array, largest: number): number {
  if (largest === Number.NEGATIVE_INFINITY) return logits.some(Number.isNaN) ? Number.NaN : largest;
  return largest + Math.log(sumOfExponentials(logits, largest));
}

/**
 * Sum over v of exp(logits[v] - largest), within 1e-12 of itself.
 *
 * With x = logits[v] - largest = rest - n ln 2 / 256 and |rest| <= ln 2 / 512, exp(x) is 2^(-n/256) from the table times the series of
 * exp(rest) up to its cube; the next term is under 2e-13. Two chains of additions, so that neither waits for the other.
 *
 * @param largest the largest logit, more than -Infinity
 */
export function sumOfExponentials(logits: Float32Array, largest: number): number {
  let sum = 0;
  let other = 0;
  const even = logits.length & ~1;
  for (let v = 0; v < even; v += 2) {
    let x = logits[v]! - largest;
    let y = logits[v + 1]! - largest;
    if (x < NEGLIGIBLE) x = NEGLIGIBLE;
    if (y < NEGLIGIBLE) y = NEGLIGIBLE;
    const n = (0.5 - x * STEPS_PER_UNIT) | 0;
    const m = (0.5 - y * STEPS_PER_UNIT) | 0;
    const r = x + n * UNIT_PER_STEP;
    const s = y + m * UNIT_PER_STEP;
    sum += TABLE[n]! * (1 + r + r * r * (0.5 + r * (1 / 6)));
    other += TABLE[m]! * (1 + s + s * s * (0.5 + s * (1 / 6)));
  }
  if (even < logits.length) sum += Math.exp(logits[even]! - largest);
  return sum + other;
}

/** How far logits are under the largest, in parts: places of weights of nearly the same size. */
const STEPS_PER_BUCKET_BITS = 4;
export const WEIGHT_BUCKETS: number = (TABLE.length >> STEPS_PER_BUCKET_BITS) + 1;

/** The bucket of a logit that is `x` more than the largest, which is at most 0. */
export function weightBucket(x: number): number {
  return ((0.5 - Math.max(x, NEGLIGIBLE) * STEPS_PER_UNIT) | 0) >> STEPS_PER_BUCKET_BITS;
}

/** Weights whose sum stands in one place of `blocks`. */
export const WEIGHTS_PER_BLOCK = 128;

/** Sums of the weights of a vocabulary. */
export interface WeightSums {
  /** (WEIGHT_BUCKETS): of nearly equal ones, the largest first. */
  readonly sums: Float64Array;
  /** (V / WEIGHTS_PER_BLOCK, rounded up): of neighbours. */
  readonly blocks: Float64Array;
}

/**
 * The same, each of the summands, and what those of one bucket and those of one block are together.
 *
 * @param weights gets exp(logits[v] - largest); 0 stands for what is under exp(-40.8)
 */
export function exponentials(
  logits: Float32Array,
  largest: number,
  { weights, sums, blocks }: WeightSums & { readonly weights: Float64Array },
): number {
  sums.fill(0);
  let sum = 0;
  for (let block = 0, v = 0; v < logits.length; block++) {
    const end = Math.min(logits.length, v + WEIGHTS_PER_BLOCK);
    let ofBlock = 0;
    for (; v < end; v++) {
      const x = logits[v]! - largest;
      let weight = 0;
      // What is not a number is no less than anything, and makes the sum none.
      if (!(x < NEGLIGIBLE)) {
        const n = (0.5 - x * STEPS_PER_UNIT) | 0;
        const r = x + n * UNIT_PER_STEP;
        weight = TABLE[n]! * (1 + r + r * r * (0.5 + r * (1 / 6)));
        sums[n >> STEPS_PER_BUCKET_BITS]! += weight;
      }
      weights[v] = weight;
      ofBlock += weight;
    }
    blocks[block] = ofBlock;
    sum += ofBlock;
  }
  return sum;
}

/** exp(x) within 1e-12 of 1, for x of at most 0; -Infinity gives exactly 0. */
export function exponential(x: number): number {
  if (x < NEGLIGIBLE) return x === Number.NEGATIVE_INFINITY ? 0 : Math.exp(x);
  const n = (0.5 - x * STEPS_PER_UNIT) | 0;
  const r = x + n * UNIT_PER_STEP;
  return TABLE[n]! * (1 + r + r * r * (0.5 + r * (1 / 6)));
}

/**
 * The log of the softmax's denominator for a row straight from the model.
 *
 * @throws BiogptError `generation/not-a-number` when the model gave NaN, +Infinity or nothing but -Infinity
 */
export function logNormalizer(logits: Float32Array, largest: number = logits[argmax(logits)]!): number {
  return expectFinite(logSumExp(logits, largest));
}

/** @param value a `logSumExp` @throws as logNormalizer */
export function expectFinite(value: number): number {
  if (!Number.isFinite(value)) {
    throw new BiogptError("generation/not-a-number", {
      what: "The model's logits hold a value that is not a number, or an infinite one.",
      why: "Weights with NaN or an overflow (half precision, a broken checkpoint) spread into every later token.",
      fix: "Check the checkpoint with `biogpt inspect`, or run it with --dtype fp32.",
    });
  }
  return value;
}

/** The best `capacity` (token, row) pairs of several rows by accumulated score, best first; of equals the first offered. */
export class CandidateList {
  readonly capacity: number;
  readonly scores: Float64Array;
  readonly tokens: Int32Array;
  /** Which row each candidate came from, as named to `offer`. */
  readonly rows: Int32Array;
  length = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.scores = new Float64Array(capacity);
    this.tokens = new Int32Array(capacity);
    this.rows = new Int32Array(capacity);
  }

  clear(): void {
    this.length = 0;
  }

  /**
   * Offers every token of a row with the score `values[token] + offset`; -Infinity and NaN are never taken.
   *
   * @param tokens which tokens the values are of, rising. Default: all, in order
   */
  offer(values: Float32Array, offset: number, row: number, tokens?: readonly number[]): void {
    let bar = this.#bar(offset);
    for (let at = 0; at < values.length; at++) {
      if (values[at]! > bar) {
        this.#insert(values[at]! + offset, tokens === undefined ? at : tokens[at]!, row);
        bar = this.#bar(offset);
      }
    }
  }

  #bar(offset: number): number {
    return this.length < this.capacity ? Number.NEGATIVE_INFINITY : this.scores[this.length - 1]! - offset;
  }

  #insert(score: number, token: number, row: number): void {
    let place = this.length < this.capacity ? this.length++ : this.length - 1;
    while (place > 0 && this.scores[place - 1]! < score) {
      this.scores[place] = this.scores[place - 1]!;
      this.tokens[place] = this.tokens[place - 1]!;
      this.rows[place] = this.rows[place - 1]!;
      place--;
    }
    this.scores[place] = score;
    this.tokens[place] = token;
    this.rows[place] = row;
  }
}
