/**
 * Times what generation itself does for a row of 42,384 logits, beside the plain way of doing it. Run: node bench/generation.ts (Node 22.18 on)
 * or through the build. Interleaved, best of many; results are consumed.
 */
import { Random } from "../src/base/random.ts";
import { argmax, CandidateList, logNormalizer } from "../src/generation/search/log-probabilities.ts";
import { draw, minP, temperature, topK, topP } from "../src/generation/search/sampling.ts";

const V = 42_384;
const random = new Random(1);
const rows = Array.from({ length: 16 }, () => Float32Array.from({ length: V }, () => random.normal() * 3));
const scratch = new Float32Array(V);
const weights = new Float64Array(V);
const context = { sequence: [], promptLength: 0 };
const candidates = new CandidateList(10);
let consumed = 0;

const copied = (row: Float32Array): Float32Array => {
  scratch.set(row);
  return scratch;
};
const WORK: Readonly<Record<string, (row: Float32Array) => number>> = {
  "greedy with log-probability": (row) => {
    const best = argmax(row);
    return row[best]! - logNormalizer(row, row[best]!);
  },
  "the same with Math.exp": (row) => {
    let largest = Number.NEGATIVE_INFINITY;
    for (let v = 0; v < V; v++) if (row[v]! > largest) largest = row[v]!;
    let sum = 0;
    for (let v = 0; v < V; v++) sum += Math.exp(row[v]! - largest);
    return -Math.log(sum);
  },
  "beam of 5: log-probability and best 10": (row) => {
    candidates.clear();
    candidates.offer(row, -logNormalizer(row), 0);
    return candidates.scores[0]!;
  },
  "draw, temperature 0.8": (row) => {
    temperature(0.8)(context, copied(row));
    return draw(scratch, random, weights);
  },
  "draw, top-k 50": (row) => {
    topK(50)(context, copied(row));
    return draw(scratch, random, weights);
  },
  "draw, top-p 0.9": (row) => {
    topP(0.9)(context, copied(row));
    return draw(scratch, random, weights);
  },
  "draw, min-p 0.05": (row) => {
    minP(0.05)(context, copied(row));
    return draw(scratch, random, weights);
  },
};

const times = new Map<string, number[]>(Object.keys(WORK).map((name) => [name, []]));
for (let round = 0; round < 60; round++) {
  for (const [name, work] of Object.entries(WORK)) {
    const start = performance.now();
    for (const row of rows) consumed += work(row);
    times.get(name)!.push((performance.now() - start) / rows.length);
  }
}
for (const [name, all] of times) {
  const sorted = all.toSorted((a, b) => a - b);
  console.log(`${name.padEnd(42)} ${sorted[0]!.toFixed(3)} ms a row at best, ${sorted[30]!.toFixed(3)} in the middle`);
}
console.log(Number.isFinite(consumed) ? "" : "not finite");
