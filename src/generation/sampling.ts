/**
 * Drawing a token: temperature, top-k, top-p and min-p as logit rules, and the draw itself.
 *
 * Order and semantics follow transformers (temperature, top-k, top-p, min-p; each sees what the one before it left). fairseq differs in two
 * points: its top-k keeps exactly k where logits are equal, and it has either top-p or top-k, never both (settings.ts refuses both).
 * Their top-p keeps the same tokens: the most probable ones until their sum reaches p.
 */
import type { Random } from "../base/random.ts";
import { argmax } from "./log-probabilities.ts";
import type { LogitRule } from "./rules.ts";

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

/** Keeps the most probable tokens until their probabilities add up to p, the one that reaches it included. */
export function topP(p: number): LogitRule {
  return (_, logits) => {
    const largest = logits[argmax(logits)]!;
    let total = 0;
    for (let v = 0; v < logits.length; v++) total += Math.exp(logits[v]! - largest);
    // Only the head of the distribution is sorted; it grows until it holds a mass of p.
    for (let depth = 8; ; depth *= 2) {
      const bar = largest - depth;
      let head: number[] = [];
      for (let v = 0; v < logits.length; v++) if (logits[v]! >= bar) head.push(v);
      head = head.sort((a, b) => logits[b]! - logits[a]! || a - b);
      let sum = 0;
      let kept = 0;
      while (kept < head.length && sum < p * total) sum += Math.exp(logits[head[kept++]!]! - largest);
      if (sum < p * total && depth < 1e4) continue;
      const values = head.slice(0, kept).map((v) => logits[v]!);
      logits.fill(Number.NEGATIVE_INFINITY);
      for (let i = 0; i < kept; i++) logits[head[i]!] = values[i]!;
      return;
    }
  };
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
  const largest = logits[argmax(logits)]!;
  let total = 0;
  for (let v = 0; v < logits.length; v++) {
    const weight = logits[v]! === Number.NEGATIVE_INFINITY ? 0 : Math.exp(logits[v]! - largest);
    weights[v] = weight;
    total += weight;
  }
  let left = random.next() * total;
  let last = 0;
  for (let v = 0; v < logits.length; v++) {
    const weight = weights[v]!;
    if (weight === 0) continue;
    last = v; // rounding may leave a rest after the last possible token
    left -= weight;
    if (left < 0) return v;
  }
  return last;
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
