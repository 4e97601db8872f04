/**
 * Times what generation itself does for a row of 42,384 logits, beside the plain way of doing it. Run: node bench/generation.ts (Node 22.18 on)
 * or through the build. Interleaved, best of many; results are consumed.
 */
import { Random } from "../src/base/random.ts";
import { argmax, CandidateList, logNormalizer } from "../src/generation/search/log-probabilities.ts";
import { drawToken, type SamplingSettings, samplingScratch } from "../src/generation/search/sampling.ts";

const V = 42_384;
const random = new Random(1);
const rows = Array.from({ length: 16 }, () => Float32Array.from({ length: V }, () => random.normal() * 3));
const scratch = new Float32Array(V);
const room = samplingScratch(V);
const candidates = new CandidateList(10);
let consumed = 0;

const flat = rows.map((row) => row.map((logit) => logit / 10));
const drawn =
  (settings: SamplingSettings) =>
  (row: Float32Array): number => {
    scratch.set(row);
    return drawToken(scratch, settings, random, room);
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
  "draw, temperature 0.8": drawn({ temperature: 0.8 }),
  "draw, top-k 50": drawn({ topK: 50 }),
  "draw, top-p 0.9": drawn({ topP: 0.9 }),
  "draw, top-p 0.9, a flat distribution": (row) =>
    drawn({ topP: 0.9 })(flat[rows.indexOf(row as (typeof rows)[number])]!),
  "draw, min-p 0.05": drawn({ minP: 0.05 }),
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
