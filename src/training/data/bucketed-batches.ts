/**
 * Micro-batches of few shapes, for short sequences: each shape is compiled once, and compiling costs more than the padding that it saves.
 *
 *     sequences ─ by length, rounded up to a multiple of `step` ─▶ batches of rows / length sequences ─ shuffled with the epoch ─▶ updates
 *
 * A batch that is not full is filled with sequences of padding alone, which count for nothing. Every epoch has other batches, in another order,
 * by seed and epoch alone.
 */
import { BiogptError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import type { TrainingBatch } from "../step/training-step.ts";
import type { BatchSource } from "./batch-source.ts";
import { filledBatch, whereabouts } from "./group-batches.ts";
import { mix } from "./packed-stream.ts";
import type { TrainingSequence } from "./training-sequence.ts";

export interface BucketedBatchOptions<Sequence extends TrainingSequence = TrainingSequence> {
  /** Rows of a batch, about: its length times its sequences. Default 1024, what a training step takes at once. */
  readonly rows?: number;
  /** Lengths are multiples of this. Default 64. */
  readonly step?: number;
  /** Longest that a length is rounded up to: the model's positions. Default none. */
  readonly longest?: number;
  /** Batches of an update. */
  readonly accumulate: number;
  readonly seed: number;
  readonly padId: number;
  /** Length by which a sequence is put into a bucket, at least that of its inputs. Default: that. */
  readonly lengthOf?: (sequence: Sequence) => number;
  /** Adds what else the model or its head reads of these sequences. Default: nothing. */
  readonly extend?: (batch: TrainingBatch, sequences: readonly Sequence[]) => TrainingBatch;
}

const ROWS = 1024;
const STEP = 64;

interface Group<Sequence> {
  readonly length: number;
  readonly sequences: readonly Sequence[];
}

/** @throws BiogptError `training/empty-corpus` */
export function bucketedBatches<Sequence extends TrainingSequence>(
  sequences: readonly Sequence[],
  options: BucketedBatchOptions<Sequence>,
): BatchSource {
  const { accumulate, seed } = options;
  const buckets = inBuckets(sequences, options);
  const batchesPerEpoch = [...buckets].reduce(
    (sum, [length, all]) => sum + Math.ceil(all.length / sizeOf(length, options)),
    0,
  );
  const updatesPerEpoch = Math.ceil(batchesPerEpoch / accumulate);
  let known: { readonly epoch: number; readonly groups: readonly Group<Sequence>[] } | undefined;
  const groupsOf = (update: number): readonly Group<Sequence>[] => {
    const epoch = Math.floor(update / updatesPerEpoch);
    if (known?.epoch !== epoch)
      known = { epoch, groups: shuffled(buckets, new Random(mix(seed, 0x6275636b, epoch)), options) };
    const first = (update % updatesPerEpoch) * accumulate;
    return known.groups.slice(first, first + accumulate);
  };
  return {
    updatesPerEpoch,
    microBatches: (update, rank, size) =>
      groupsOf(update)
        .filter((_, i) => i % size === rank)
        .map((group) => filled(group, options)),
    ...whereabouts(
      { updatesPerEpoch, accumulate },
      (update) => groupsOf(update).flatMap((group) => group.sequences),
      "sequences",
    ),
  };
}

/** All sequences once, for evaluation. */
export function bucketedEvaluation<Sequence extends TrainingSequence>(
  sequences: readonly Sequence[],
  options: Pick<BucketedBatchOptions<Sequence>, "rows" | "step" | "longest" | "padId" | "lengthOf" | "extend">,
): TrainingBatch[] {
  return [...inBuckets(sequences, options)].flatMap(([length, all]) =>
    cut(all, sizeOf(length, options)).map((group) => filled({ length, sequences: group }, options)),
  );
}

function inBuckets<Sequence extends TrainingSequence>(
  sequences: readonly Sequence[],
  {
    step = STEP,
    longest = Number.POSITIVE_INFINITY,
    lengthOf = ({ inputs }) => inputs.length,
  }: Pick<BucketedBatchOptions<Sequence>, "step" | "longest" | "lengthOf">,
): ReadonlyMap<number, readonly Sequence[]> {
  if (sequences.length === 0) {
    throw new BiogptError("training/empty-corpus", {
      what: "There is nothing to learn from.",
      fix: "Give documents with text.",
    });
  }
  const buckets = new Map<number, Sequence[]>();
  for (const sequence of sequences) {
    const length = Math.min(longest, Math.ceil(lengthOf(sequence) / step) * step);
    const bucket = buckets.get(length);
    if (bucket === undefined) buckets.set(length, [sequence]);
    else bucket.push(sequence);
  }
  return new Map([...buckets].sort(([left], [right]) => left - right));
}

function sizeOf(length: number, { rows = ROWS }: Pick<BucketedBatchOptions, "rows">): number {
  return Math.max(1, Math.round(rows / length));
}

function shuffled<Sequence extends TrainingSequence>(
  buckets: ReadonlyMap<number, readonly Sequence[]>,
  random: Random,
  options: BucketedBatchOptions<Sequence>,
): Group<Sequence>[] {
  const groups = [...buckets].flatMap(([length, all]) => {
    const order = [...all];
    random.shuffle(order);
    return cut(order, sizeOf(length, options)).map((sequences): Group<Sequence> => ({ length, sequences }));
  });
  random.shuffle(groups);
  return groups;
}

function cut<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

function filled<Sequence extends TrainingSequence>(
  { length, sequences }: Group<Sequence>,
  options: Pick<BucketedBatchOptions<Sequence>, "rows" | "padId" | "extend">,
): TrainingBatch {
  const batch = filledBatch(sequences, { batch: sizeOf(length, options), length, padId: options.padId });
  return options.extend?.(batch, sequences) ?? batch;
}
