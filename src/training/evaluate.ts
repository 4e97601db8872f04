/**
 * How well a model in training does on text it does not learn from: nats a token, perplexity, bits a character, and whether it copies.
 *
 * Sequences are cut without overlap, so the first tokens of each have little context: the figure is for watching a run, and a
 * little higher than what `biogpt score` gives with its sliding window.
 */
import { throwIfAborted } from "../base/cancellation.ts";
import { Random } from "../base/random.ts";
import { batchOfBlocks } from "./batch-source.ts";
import { type InductionProbe, inductionProbe } from "./copy-spans.ts";
import { mix, type PackedStream } from "./packed-stream.ts";
import type { Parallel } from "./parallel.ts";
import type { TrainingBatch, TrainingStep } from "./training-step.ts";

export interface Evaluation {
  /** Mean nats a held-out token. What "best" and early stopping go by. */
  readonly loss: number;
  readonly perplexity: number;
  /** Nats of all tokens over the characters they spell, in bits: comparable between vocabularies. */
  readonly bitsPerCharacter?: number;
  /** Mean nats inside a random span's first and second occurrence; score is their difference, about 0 for a model that cannot copy. */
  readonly induction?: { readonly first: number; readonly second: number; readonly score: number };
  /** What a task's own metric says, by its names. */
  readonly metrics?: Readonly<Record<string, number>>;
}

export interface HeldOut {
  readonly stream: PackedStream;
  readonly sequences: number;
  readonly microBatch: number;
  /** Tokens of the held-out text, `</s>` included, for one character of it. */
  readonly tokensPerCharacter?: number;
}

/** Sequences with a probe in them: 24 tokens each, so the score is a mean over some 700 predictions. */
const PROBES = 32;

export async function evaluateHeldOut(
  step: TrainingStep,
  { stream, sequences, microBatch, tokensPerCharacter }: HeldOut,
  parallel: Parallel,
  signal?: AbortSignal,
): Promise<Evaluation> {
  let [lossSum, tokens] = [0, 0];
  for (const [first, count] of shares(sequences, microBatch, parallel)) {
    throwIfAborted(signal);
    const result = await step.evaluate(batchOfBlocks(stream, first, count), signal);
    lossSum += result.lossSum;
    tokens += result.tokens;
  }
  let [first, second, probed] = [0, 0, 0];
  const canProbe = stream.length >= 64;
  for (const [start, count] of canProbe ? shares(PROBES, microBatch, parallel) : []) {
    const { batch, probes } = probeBatch(stream, start, count);
    const { perToken } = await step.evaluate(batch, signal);
    for (const [i, probe] of probes.entries()) {
      for (const label of probe.first) first += perToken[i * stream.length + label]!;
      for (const label of probe.second) second += perToken[i * stream.length + label]!;
      probed += probe.first.length;
    }
  }
  const sums = await parallel.sum([lossSum, tokens, first, second, probed]);
  [lossSum, tokens, first, second, probed] = sums as [number, number, number, number, number];
  const loss = lossSum / tokens;
  return {
    loss,
    perplexity: Math.exp(loss),
    ...(tokensPerCharacter === undefined ? {} : { bitsPerCharacter: (loss * tokensPerCharacter) / Math.LN2 }),
    ...(probed === 0
      ? {}
      : { induction: { first: first / probed, second: second / probed, score: (first - second) / probed } }),
  };
}

/** This process's share of at least `total` sequences in pieces of exactly `most`, so that one compiled shape does: [first, count]. */
function* shares(total: number, most: number, { rank, size }: Parallel): Generator<[number, number]> {
  const pieces = Math.ceil(total / most);
  for (let piece = rank; piece < pieces; piece += size) yield [piece * most, most];
}

function probeBatch(
  stream: PackedStream,
  start: number,
  count: number,
): { readonly batch: TrainingBatch; readonly probes: readonly InductionProbe[] } {
  const { length } = stream;
  const ids = new Int32Array(count * length);
  const labels = new Int32Array(count * length);
  const probes = Array.from({ length: count }, (_, i) => {
    const probe = inductionProbe(stream.block(start + i), new Random(mix(0x70726f62, start + i)));
    ids.set(probe.tokens.subarray(0, length), i * length);
    labels.set(probe.tokens.subarray(1), i * length);
    return probe;
  });
  const batch: TrainingBatch = { batch: count, length, ids, labels };
  return { batch, probes };
}
