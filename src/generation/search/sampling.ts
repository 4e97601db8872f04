/**
 * Drawing a token: temperature, top-k, top-p and min-p as logit rules, and the draw itself.
 *
 * Order and semantics follow transformers (temperature, top-k, top-p, min-p; each sees what the one before it left). fairseq differs in two
 * points: its top-k keeps exactly k where logits are equal, and it has either top-p or top-k, never both (settings.ts refuses both).
 * Their top-p keeps the same tokens: the most probable ones until their sum reaches p.
 */
import type { Random } from "../../base/random.ts";
import type { LogitRule } from "../constraints/rules.ts";
import { argmax, exponentials } from "./log-probabilities.ts";

/** Divides by `value` > 0: under 1 sharpens, over 1 flattens. The largest becomes 0, so that no small value overflows. */
export function temperature(value: number): LogitRule {
  return (_, logits) => {
    const largest = logits[argmax(logits)]!;
    for (let v = 0; v < logits.length; v++) logits[v] = (logits[v]! - largest) / value;
  };
}

/** Keeps the k largest logits; of those equal to the k-th all (huggingface) or only as many as fit, lowest ids first (`exactly`). */
export function topK(k: number, { exactly = false }: { readonly exactly?: boolean } = {}): LogitRule {
  return (_, logits) => {
    if (k >= logits.length) return;
    const bar = kthLargest(logits, k);
    let equalsLeft = exactly ? k - countAbove(logits, bar) : logits.length;
    for (let v = 0; v < logits.length; v++) {
      if (logits[v]! > bar || (logits[v]! === bar && equalsLeft-- > 0)) continue;
      logits[v] = Number.NEGATIVE_INFINITY;
    }
  };
}

const BUCKETS = 1024;
const BUCKETS_PER_UNIT = 64; // the last bucket takes everything 16 and more below the largest logit

/**
 * Keeps the most probable tokens until their probabilities add up to p, the one that reaches it included; of equals the lowest ids.
 *
 * Tokens are counted into buckets by logit, and only the bucket in which the sum reaches p is sorted.
 */
export function topP(p: number): LogitRule {
  const sums = new Float64Array(BUCKETS);
  let weights = new Float64Array(0);
  return (_, logits) => {
    if (weights.length !== logits.length) weights = new Float64Array(logits.length);
    const largest = logits[argmax(logits)]!;
    const wanted = p * exponentials(logits, largest, weights);
    sums.fill(0);
    for (let v = 0; v < logits.length; v++) if (weights[v]! > 0) sums[bucketOf(logits[v]!, largest)]! += weights[v]!;
    let bucket = 0;
    let sum = 0;
    while (bucket < BUCKETS - 1 && sum + sums[bucket]! < wanted) sum += sums[bucket++]!;

    const last: number[] = [];
    for (let v = 0; v < logits.length; v++) {
      const place = weights[v] === 0 ? BUCKETS : bucketOf(logits[v]!, largest);
      if (place === bucket) last.push(v);
      else if (place > bucket) logits[v] = Number.NEGATIVE_INFINITY;
    }
    last.sort((a, b) => logits[b]! - logits[a]! || a - b);
    for (const v of last) {
      if (sum >= wanted) logits[v] = Number.NEGATIVE_INFINITY;
      sum += weights[v]!;
    }
  };
}

function bucketOf(logit: number, largest: number): number {
  return Math.min(BUCKETS - 1, ((largest - logit) * BUCKETS_PER_UNIT) | 0);
}

/** Keeps the tokens at least `share` times as probable as the most probable one. */
export function minP(share: number): LogitRule {
  const depth = Math.log(share);
  return (_, logits) => {
    const bar = logits[argmax(logits)]! + depth;
    for (let v = 0; v < logits.length; v++) if (logits[v]! < bar) logits[v] = Number.NEGATIVE_INFINITY;
  };
}

/** Draws a token with probability softmax(logits), with exactly one number of `random`. `weights` (V) is scratch. */
export function draw(logits: Float32Array, random: Random, weights: Float64Array): number {
  let left = random.next() * exponentials(logits, logits[argmax(logits)]!, weights);
  for (let v = 0; v < logits.length; v++) {
    left -= weights[v]!;
    if (left < 0) return v;
  }
  return weights.findLastIndex((weight) => weight > 0); // rounding left a rest after the last possible token
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
