/**
 * How well a model in training does on text it does not learn from: nats a token, perplexity, bits a character, and whether it copies.
 *
 * Sequences are cut without overlap, so the first tokens of each have little context: the figure is for watching a run, and a
 * little higher than what `biogpt score` gives with its sliding window.
 */
import { abortedError } from "../../base/cancellation.ts";
import type { ReportProgress } from "../../base/progress.ts";
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

export interface EvaluateOptions {
  /** Ends the evaluation between two batches, in every process of the group. */
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
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

/** @throws BiogptError `aborted`, in all processes when one of them was told to stop */
export async function evaluateHeldOut(
  step: TrainingStep,
  { stream, sequences, microBatch, tokensPerCharacter }: HeldOut,
  parallel: Parallel,
  { signal, progress }: EvaluateOptions = {},
): Promise<Evaluation> {
  const pieces = [...shares(sequences, microBatch, parallel)];
  const probed = stream.length >= SHORTEST_PROBED ? [...shares(PROBES, microBatch, parallel)] : [];
  const told = (done: number): void =>
    progress?.({ activity: "evaluating", done, total: pieces.length + probed.length, unit: "batches" });
  const within = alone(parallel, signal);
  let [lossSum, tokens, first, second, probes] = [0, 0, 0, 0, 0];
  for (const [i, piece] of pieces.entries()) {
    if (signal?.aborted) break;
    const blocks = piece.map((k) => stream.block(k));
    const result = await step.evaluate(filled(blocks, microBatch, stream.length), within);
    lossSum += result.lossSum;
    tokens += result.tokens;
    told(i + 1);
  }
  for (const [i, piece] of probed.entries()) {
    if (signal?.aborted) break;
    const made = piece.map((k) => inductionProbe(stream.block(k), new Random(mix(0x70726f62, k))));
    const batch = filled(
      made.map((probe) => probe.tokens),
      microBatch,
      stream.length,
    );
    const { perToken } = await step.evaluate(batch, within);
    for (const [at, probe] of made.entries()) {
      for (const label of probe.first) first += perToken[at * stream.length + label]!;
      for (const label of probe.second) second += perToken[at * stream.length + label]!;
      probes += probe.first.length;
    }
    told(pieces.length + i + 1);
  }
  const sums = await summed([lossSum, tokens, first, second, probes], parallel, signal);
  [lossSum, tokens, first, second, probes] = sums as [number, number, number, number, number];
  const loss = lossSum / tokens;
  return {
    loss,
    perplexity: Math.exp(loss),
    ...(tokensPerCharacter === undefined ? {} : { bitsPerCharacter: (loss * tokensPerCharacter) / Math.LN2 }),
    ...(probes === 0
      ? {}
      : { induction: { first: first / probes, second: second / probes, score: (first - second) / probes } }),
  };
}

/**
 * Mean loss over given batches, those of all processes together: the held-out part of fine-tuning.
 *
 * @throws BiogptError `aborted`, in all processes when one of them was told to stop
 */
export async function evaluateSequences(
  step: TrainingStep,
  batches: readonly TrainingBatch[],
  parallel: Parallel,
  { signal, progress }: EvaluateOptions = {},
): Promise<Evaluation> {
  const within = alone(parallel, signal);
  let [lossSum, weight] = [0, 0];
  for (let i = parallel.rank; i < batches.length && !signal?.aborted; i += parallel.size) {
    const result = await step.evaluate(batches[i]!, within);
    lossSum += result.lossSum;
    weight += result.weight;
    progress?.({ activity: "evaluating", done: i + 1, total: batches.length, unit: "batches" });
  }
  const [allLoss, allWeight] = (await summed([lossSum, weight], parallel, signal)) as [number, number];
  return { loss: allLoss / allWeight, perplexity: Math.exp(allLoss / allWeight) };
}

/** Within a batch only a process that nobody waits for may stop. */
function alone(parallel: Parallel, signal: AbortSignal | undefined): AbortSignal | undefined {
  return parallel.size === 1 ? signal : undefined;
}

/** The sums over all processes, which stop together: one that left alone would be waited for. */
async function summed(
  values: readonly number[],
  parallel: Parallel,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const [stopped, ...sums] = await parallel.sum([signal?.aborted === true ? 1 : 0, ...values]);
  if (stopped! > 0) throw abortedError(signal);
  return sums;
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
