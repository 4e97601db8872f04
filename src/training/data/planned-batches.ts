/**
 * Micro-batches of whole sequences under a budget of tokens, for fine-tuning: fairseq's planner, its groups shuffled anew each epoch.
 *
 *     sequences ─ shuffled, then sorted by length (stable) ─▶ planner ─▶ groups, fixed for the run
 *     epoch e: groups in an order of (seed, e) ─▶ `accumulate` of them make an update; the last update of an epoch has fewer
 *
 * Sequences of a group are padded at the right to a common length, which is rounded up to one of few, as every shape is compiled once.
 * The order of shuffling is ours, not numpy's, so batches have fairseq's sizes but other members.
 */
import { BiogptError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import type { TrainingBatch } from "../step/training-step.ts";
import type { BatchSource } from "./batch-source.ts";
import { planBatches } from "./fairseq-planner.ts";
import { filledBatch, whereabouts } from "./group-batches.ts";
import { mix } from "./packed-stream.ts";
import type { TrainingSequence } from "./training-sequence.ts";

export interface PlannedBatchOptions {
  /** Most tokens of a group: its longest planned length times its size. */
  readonly tokenBudget: number;
  /** Groups of an update. */
  readonly accumulate: number;
  readonly seed: number;
  /** Stands after a sequence's end. */
  readonly padId: number;
  /** Most tokens of a sequence; padding never goes beyond. */
  readonly maxLength: number;
}

export interface PlannedBatches extends BatchSource {
  /** Groups of an epoch. */
  readonly groups: number;
}

/** @throws BiogptError `training/empty-corpus`, `training/example-too-long` */
export function plannedBatches(sequences: readonly TrainingSequence[], options: PlannedBatchOptions): PlannedBatches {
  const { tokenBudget, accumulate, seed } = options;
  const groups = planGroups(sequences, tokenBudget, seed);
  const updatesPerEpoch = Math.ceil(groups.length / accumulate);
  const orders = new Map<number, Uint32Array>();
  const order = (epoch: number): Uint32Array => {
    const known = orders.get(epoch);
    if (known !== undefined) return known;
    const indices = Uint32Array.from(groups, (_, i) => i);
    new Random(mix(seed, 0x67726f75, epoch)).shuffle(indices);
    orders.clear();
    orders.set(epoch, indices);
    return indices;
  };
  const groupsOf = (update: number): (readonly TrainingSequence[])[] => {
    const epoch = Math.floor(update / updatesPerEpoch);
    const first = (update % updatesPerEpoch) * accumulate;
    return Array.from(order(epoch).subarray(first, first + accumulate), (index) => groups[index]!);
  };
  return {
    groups: groups.length,
    updatesPerEpoch,
    microBatches: (update, rank, size) =>
      groupsOf(update)
        .filter((_, i) => i % size === rank)
        .map((group) => padded(group, options))
        .sort((left, right) => left.length - right.length || left.batch - right.batch), // shapes together: fewer are live at once
    ...whereabouts({ updatesPerEpoch, accumulate }, (update) => groupsOf(update).flat(), "examples"),
  };
}

/** All sequences as batches in order of length, for evaluation. */
export function evaluationBatches(
  sequences: readonly TrainingSequence[],
  options: Pick<PlannedBatchOptions, "tokenBudget" | "padId" | "maxLength">,
): TrainingBatch[] {
  return planGroups(sequences, options.tokenBudget, 0).map((group) => padded(group, options));
}

function planGroups(sequences: readonly TrainingSequence[], maxTokens: number, seed: number): TrainingSequence[][] {
  if (sequences.length === 0) {
    throw new BiogptError("training/empty-corpus", {
      what: "There is no example to learn from.",
      fix: 'Give a file with one {"source": …, "target": …} a line.',
    });
  }
  const shuffled = [...sequences];
  new Random(mix(seed, 0x706c616e)).shuffle(shuffled);
  shuffled.sort((left, right) => left.plannedLength - right.plannedLength);
  const longest = shuffled.at(-1)!;
  if (longest.plannedLength > maxTokens) {
    throw new BiogptError("training/example-too-long", {
      what: `The example ${longest.name} has ${longest.plannedLength} tokens; a micro-batch holds ${maxTokens}.`,
      fix: "Raise tokenBudget (--token-budget), or cut texts with tooLong: truncate (--too-long truncate).",
    });
  }
  const lengths = shuffled.map(({ plannedLength }) => plannedLength);
  return planBatches(lengths, { maxTokens }).map(([start, end]) => shuffled.slice(start, end));
}

function padded(
  group: readonly TrainingSequence[],
  { padId, maxLength }: Pick<PlannedBatchOptions, "padId" | "maxLength">,
): TrainingBatch {
  const longest = group.reduce((most, { inputs }) => Math.max(most, inputs.length), 0);
  const length = Math.min(maxLength, roundedLength(longest));
  return filledBatch(group, { batch: group.length, length, padId });
}

/** The next of 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, …: four to an octave, so at most a quarter is padding, an eighth as a rule. */
export function roundedLength(length: number): number {
  const octave = 2 ** Math.max(4, Math.floor(Math.log2(length)));
  return Math.ceil(length / (octave / 4)) * (octave / 4);
}
