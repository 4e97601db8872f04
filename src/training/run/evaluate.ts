/**
 * How well a model in training does on text it does not learn from: nats a token, perplexity, bits a character, and whether it copies.
 *
 * Sequences are cut without overlap, so the first tokens of each have little context: the figure is for watching a run, and a
 * little higher than what `biogpt score` gives with its sliding window.
 */
import { throwIfAborted } from "../../base/cancellation.ts";
import { Random } from "../../base/random.ts";
import { inductionProbe } from "../data/copy-spans.ts";
import { mix, type PackedStream } from "../data/packed-stream.ts";
import { IGNORED_LABEL, type TrainingBatch, type TrainingStep } from "../step/training-step.ts";
import type { Parallel } from "./parallel.ts";

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
/** Two spans and some text around them. */
const SHORTEST_PROBED = 64;

export async function evaluateHeldOut(
  step: TrainingStep,
  { stream, sequences, microBatch, tokensPerCharacter }: HeldOut,
  parallel: Parallel,
  signal?: AbortSignal,
): Promise<Evaluation> {
  let [lossSum, tokens] = [0, 0];
  for (const piece of shares(sequences, microBatch, parallel)) {
    throwIfAborted(signal);
    const result = await step.evaluate(
      filled(
        piece.map((k) => stream.block(k)),
        microBatch,
        stream.length,
      ),
      signal,
    );
    lossSum += result.lossSum;
    tokens += result.tokens;
  }
  let [first, second, probed] = [0, 0, 0];
  for (const piece of stream.length >= SHORTEST_PROBED ? shares(PROBES, microBatch, parallel) : []) {
    throwIfAborted(signal);
    const probes = piece.map((k) => inductionProbe(stream.block(k), new Random(mix(0x70726f62, k))));
    const batch = filled(
      probes.map((probe) => probe.tokens),
      microBatch,
      stream.length,
    );
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

/** Mean loss over given batches, those of all processes together: the held-out part of fine-tuning. */
export async function evaluateSequences(
  step: TrainingStep,
  batches: readonly TrainingBatch[],
  parallel: Parallel,
  signal?: AbortSignal,
): Promise<Evaluation> {
  let [lossSum, tokens] = [0, 0];
  for (let i = parallel.rank; i < batches.length; i += parallel.size) {
    throwIfAborted(signal);
    const result = await step.evaluate(batches[i]!, signal);
    lossSum += result.lossSum;
    tokens += result.tokens;
  }
  const [allLoss, allTokens] = (await parallel.sum([lossSum, tokens])) as [number, number];
  return { loss: allLoss / allTokens, perplexity: Math.exp(allLoss / allTokens) };
}

/** This process's share of `total` sequences, in pieces of at most `most`. */
function* shares(total: number, most: number, { rank, size }: Parallel): Generator<number[]> {
  for (let first = rank * most; first < total; first += size * most) {
    yield Array.from({ length: Math.min(most, total - first) }, (_, i) => first + i);
  }
}

/** Sequences of L + 1 tokens as a batch of exactly `batch`, so that one compiled shape does; what is missing has no labels. */
function filled(sequences: readonly Int32Array[], batch: number, length: number): TrainingBatch {
  const ids = new Int32Array(batch * length);
  const labels = new Int32Array(batch * length).fill(IGNORED_LABEL);
  for (const [i, tokens] of sequences.entries()) {
    ids.set(tokens.subarray(0, length), i * length);
    labels.set(tokens.subarray(1), i * length);
  }
  return { batch, length, ids, labels };
}
