/**
 * Drawing a token of one row: temperature, top-k, top-p and min-p, and the draw itself.
 *
 * Order and semantics follow transformers (temperature, top-k, top-p, min-p; each sees what the one before it left). fairseq differs in two
 * points: its top-k keeps exactly k where logits are equal, and it has either top-p or top-k, never both (settings.ts refuses both).
 * Their top-p keeps the same tokens: the most probable ones until their sum reaches p.
 *
 * It runs once a token for every row of a batch, so the whole vocabulary is looked at as few times as can be: what cannot be drawn goes first, and
 * everything else is done with the tokens that are left, a few hundred as a rule.
 *
 * Shapes   V vocabulary; a row is (V)
 */
import type { Random } from "../../base/random.ts";
import {
  exponential,
  exponentials,
  largestOf,
  sumOfExponentials,
  WEIGHT_BUCKETS,
  WEIGHTS_PER_BLOCK,
  type WeightSums,
  weightBucket,
} from "./log-probabilities.ts";

export interface SamplingSettings {
  /** Logits are divided by it, above 0: under 1 sharpens, over 1 flattens. Default 1. */
  readonly temperature?: number;
  /** Only the k largest logits. Default: all. */
  readonly topK?: number | undefined;
  /** Whether of logits equal to the k-th only as many are kept as fit, lowest ids first. Default: all are. */
  readonly exactly?: boolean;
  /** Only the most probable tokens until their probabilities add up to this, the one that reaches it included; of equals the lowest ids. Default: all. */
  readonly topP?: number | undefined;
  /** Only tokens at least so many times as probable as the most probable one. Default: all. */
  readonly minP?: number | undefined;
}

/** Room for the tokens that may be drawn, and for what each of the vocabulary weighs. */
export interface SamplingScratch extends WeightSums {
  readonly tokens: Int32Array;
  readonly weights: Float64Array;
}

export function samplingScratch(vocabularySize: number): SamplingScratch {
  return {
    tokens: new Int32Array(vocabularySize),
    weights: new Float64Array(vocabularySize),
    sums: new Float64Array(WEIGHT_BUCKETS),
    blocks: new Float64Array(Math.ceil(vocabularySize / WEIGHTS_PER_BLOCK)),
  };
}

/** Says that a scratch holds the weights exp(logit - largest) of all tokens, and their sums. */
export interface Weighed {
  readonly largest: number;
  readonly total: number;
}

export function weigh(logits: Float32Array, largest: number, scratch: SamplingScratch): Weighed {
  return { largest, total: exponentials(logits, largest, scratch) };
}

/** The least number that a logit can be and still stand for a token that may come. */
const LEAST = -3.4028234663852886e38;

/** Draws of all tokens that are made before the nucleus is looked for. */
const GUESSES = 2;
/** Of a nucleus's share: under it most guesses would be in vain. */
const WORTH_GUESSING = 0.5;

/**
 * Draws a token: with one number of `random`, or up to three where a nucleus alone is asked for.
 *
 * @param logits changed in place where there is a temperature; at least one is more than -Infinity
 * @param weighed where `drawsAsGiven` and the scratch already holds the weights of these logits
 */
export function drawToken(
  logits: Float32Array,
  settings: SamplingSettings,
  random: Random,
  scratch: SamplingScratch,
  weighed?: Weighed,
): number {
  const { tokens, weights } = scratch;
  const { temperature = 1, topP = 1 } = settings;
  const early = weighed && drawWeighed(logits, topP, random, scratch, weighed);
  if (early !== undefined) return early;
  const largest = cool(logits, temperature);
  if (weighed === undefined && isOfAll(settings)) {
    const guess = drawWeighed(logits, topP, random, scratch, weigh(logits, largest, scratch));
    if (guess !== undefined) return guess;
  }
  const count = keepOfCooled(logits, largest, settings, scratch);
  let left = random.next() * sumOfFirst(weights, count);
  let place = 0;
  // rounding may leave a rest after the last of them
  while (place < count - 1) {
    left -= weights[place]!;
    if (left < 0) break;
    place++;
  }
  return tokens[place]!;
}

/** Whether a token is first drawn of all, nothing being asked for but a nucleus that most of them are in. */
function isOfAll({ topK, minP, topP = 1 }: SamplingSettings): boolean {
  return topK === undefined && !minP && topP >= WORTH_GUESSING;
}

/** Whether tokens are drawn by the weights that logits have as they are: `drawToken` may then be given them. */
export function drawsAsGiven(settings: SamplingSettings): boolean {
  return isOfAll(settings) && (settings.temperature ?? 1) === 1;
}

/** Where rules took more than this of all weight away, what is left is summed anew: the difference of two sums would be all rounding. */
const LEAST_LEFT = 1e-3;

/**
 * Weights of logits that rules have changed, where those of the logits before are known: most are the same.
 *
 * @param weighed of `before`; the scratch is changed to the weights of `logits`
 * @returns undefined where all have to be weighed anew, the weights then being no one's
 */
export function weighChanged(
  logits: Float32Array,
  before: Float32Array,
  { largest, total }: Weighed,
  { weights, sums, blocks }: SamplingScratch,
): Weighed | undefined {
  let left = total;
  for (let v = firstChange(logits, before, 0); v < logits.length; v = firstChange(logits, before, v + 1)) {
    const logit = logits[v]!;
    if (!(logit <= largest)) return undefined;
    const weight = exponential(logit - largest);
    left += weight - weights[v]!;
    sums[weightBucket(before[v]! - largest)]! -= weights[v]!;
    sums[weightBucket(logit - largest)]! += weight;
    blocks[Math.floor(v / WEIGHTS_PER_BLOCK)]! += weight - weights[v]!;
    weights[v] = weight;
  }
  return left > LEAST_LEFT * total ? { largest, total: left } : undefined;
}

/** Where two rows of the vocabulary first differ, from a token on: four comparisons for one branch, since hardly any do. */
function firstChange(logits: Float32Array, before: Float32Array, from: number): number {
  let v = from;
  while (
    v + 3 < logits.length &&
    logits[v] === before[v] &&
    logits[v + 1] === before[v + 1] &&
    logits[v + 2] === before[v + 2] &&
    logits[v + 3] === before[v + 3]
  )
    v += 4;
  while (v < logits.length && logits[v] === before[v]) v++;
  return v;
}

/** Divides by the temperature. @returns the largest logit, 0 but for a temperature of 1: so no small one overflows */
function cool(logits: Float32Array, temperature: number): number {
  const largest = largestOf(logits);
  if (temperature === 1) return largest;
  for (let v = 0; v < logits.length; v++) logits[v] = (logits[v]! - largest) / temperature;
  return 0;
}

/**
 * A token drawn of all, where it is one of the nucleus (of everything, with a share of 1): whether it is, the sum of the more probable ones tells, and a nucleus of tens of thousands
 * is never listed. What is drawn has the nucleus's distribution, and what is drawn of it after guesses in vain too.
 *
 * @returns undefined where `GUESSES` tokens are none of it
 */
function drawWeighed(
  logits: Float32Array,
  topP: number,
  random: Random,
  scratch: SamplingScratch,
  weighed: Weighed,
): number | undefined {
  const { weights, blocks } = scratch;
  for (let guess = 0; guess < GUESSES; guess++) {
    let left = random.next() * weighed.total;
    let block = 0;
    while (block < blocks.length - 1 && left >= blocks[block]!) left -= blocks[block++]!;
    let token = block * WEIGHTS_PER_BLOCK;
    while (token < logits.length - 1) {
      left -= weights[token]!;
      if (left < 0) break;
      token++;
    }
    if (logits[token]! < LEAST) continue; // rounding may leave a rest after the last of them
    if (topP >= 1 || isInNucleus(token, logits, topP, scratch, weighed)) return token;
  }
  return undefined;
}

/** Of all weight: more than sums of weights in another order can differ by. */
const SLACK = 1e-9;

/** Whether all more probable tokens weigh less than the share. Sums by bucket tell it, unless the share ends in the token's own bucket. */
function isInNucleus(
  token: number,
  logits: Float32Array,
  share: number,
  { weights, sums }: SamplingScratch,
  { largest, total }: Weighed,
): boolean {
  const logit = logits[token]!;
  const wanted = share * total;
  const own = weightBucket(logit - largest);
  let before = 0;
  for (let bucket = 0; bucket < own; bucket++) before += sums[bucket]!;
  if (before - SLACK * total >= wanted) return false;
  if (before + sums[own]! + SLACK * total < wanted) return true;
  before = 0;
  for (let v = 0; v < logits.length; v++)
    if (logits[v]! > logit || (logits[v] === logit && v < token)) before += weights[v]!;
  return before < wanted;
}

/**
 * Finds the tokens that may be drawn.
 *
 * @param logits changed in place
 * @param scratch gets their ids, rising, and the weight of each, exp(logit - largest)
 * @returns how many there are
 */
export function keepPossible(logits: Float32Array, settings: SamplingSettings, scratch: SamplingScratch): number {
  return keepOfCooled(logits, cool(logits, settings.temperature ?? 1), settings, scratch);
}

function keepOfCooled(
  logits: Float32Array,
  largest: number,
  { topK, exactly = false, topP, minP }: SamplingSettings,
  scratch: SamplingScratch,
): number {
  const { tokens, weights } = scratch;
  const V = logits.length;
  const isCut = topK !== undefined && topK < V;
  const nucleus = topP === undefined || topP >= 1 ? undefined : topP;
  let count = 0;
  let total = 0;
  if (isCut) {
    const bar = kthLargest(logits, topK);
    count = keepFrom(logits, bar, tokens, exactly ? topK - countAbove(logits, bar) : V);
  } else if (nucleus !== undefined) {
    total = sumOfExponentials(logits, largest);
    count = keepFrom(logits, largest + Math.log(((1 - nucleus) * total) / V) - ROUNDING, tokens, V);
  } else count = keepFrom(logits, LEAST, tokens, V);
  for (let i = 0; i < count; i++) weights[i] = exponential(logits[tokens[i]!]! - largest);
  if (nucleus !== undefined) {
    if (isCut) total = sumOfFirst(weights, count);
    count = keepNucleus(logits, largest, nucleus * total, scratch, count);
  }
  if (minP) count = keepDownTo(logits, largest + Math.log(minP), count, scratch, count);
  return count;
}

/**
 * Nats that the bar of a nucleus is lowered, so that rounding decides nothing. Of V tokens those under (1 - p) / V each are together under 1 - p, so
 * none of them is kept: most go by that in one comparison.
 */
const ROUNDING = 1e-3;

/** Lists the tokens with logits from `bar` on; of those equal to it the first `equals`. @returns how many */
function keepFrom(logits: Float32Array, bar: number, tokens: Int32Array, equals: number): number {
  const least = Math.max(bar, LEAST);
  let equalsLeft = equals;
  let count = 0;
  for (let v = 0; v < logits.length; v++)
    if (logits[v]! >= least && (logits[v]! > least || equalsLeft-- > 0)) tokens[count++] = v;
  return count;
}

const BUCKETS = 1024;
const BUCKETS_PER_UNIT = 64; // the last bucket takes everything 16 and more below the largest logit
const SUMS = new Float64Array(BUCKETS);

/** Of the first `count` tokens those whose weights add up to `wanted`: counted into buckets by logit, of which one alone is sorted. */
function keepNucleus(
  logits: Float32Array,
  largest: number,
  wanted: number,
  scratch: SamplingScratch,
  count: number,
): number {
  const { tokens, weights } = scratch;
  SUMS.fill(0);
  for (let i = 0; i < count; i++) SUMS[bucketOf(logits[tokens[i]!]!, largest)]! += weights[i]!;
  let bucket = 0;
  let sum = 0;
  while (bucket < BUCKETS - 1 && sum + SUMS[bucket]! < wanted) sum += SUMS[bucket++]!;
  const last: number[] = [];
  for (let i = 0; i < count; i++) if (bucketOf(logits[tokens[i]!]!, largest) === bucket) last.push(i);
  last.sort((a, b) => logits[tokens[b]!]! - logits[tokens[a]!]! || a - b);
  const reaches = last.find((i) => {
    sum += weights[i]!;
    return sum >= wanted;
  });
  const end = reaches ?? last.at(-1); // rounding: all of them may be just not enough
  return end === undefined ? count : keepDownTo(logits, logits[tokens[end]!]!, end, scratch, count);
}

function bucketOf(logit: number, largest: number): number {
  return Math.min(BUCKETS - 1, ((largest - logit) * BUCKETS_PER_UNIT) | 0);
}

/** Of the first `count` tokens those with logits over `bar`; of those equal to it the ones up to the place `lastEqual`. @returns how many */
function keepDownTo(
  logits: Float32Array,
  bar: number,
  lastEqual: number,
  { tokens, weights }: SamplingScratch,
  count: number,
): number {
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const logit = logits[tokens[i]!]!;
    if (logit < bar || (logit === bar && i > lastEqual)) continue;
    tokens[kept] = tokens[i]!;
    weights[kept++] = weights[i]!;
  }
  return kept;
}

function sumOfFirst(weights: Float64Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += weights[i]!;
  return sum;
}

function countAbove(logits: Float32Array, bar: number): number {
  let count = 0;
  for (let v = 0; v < logits.length; v++) if (logits[v]! > bar) count++;
  return count;
}

/** The k-th largest value, by a heap of the k largest so far: V comparisons, few of them followed by work. */
function kthLargest(values: Float32Array, k: number): number {
  const heap = values.slice(0, k).sort(); // ascending order is a heap with the smallest on top
  for (let v = k; v < values.length; v++) {
    const value = values[v]!;
    if (!(value > heap[0]!)) continue;
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= k) break;
      if (child + 1 < k && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= value) break;
      heap[parent] = heap[child]!;
      parent = child;
    }
    heap[parent] = value;
  }
  return heap[0]!;
}
