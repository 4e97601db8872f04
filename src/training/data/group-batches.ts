/** What batches of groups of sequences have in common, however the groups are made: filling a batch, and telling where an update stands. */
import { IGNORED_LABEL, type TrainingBatch } from "../step/training-step.ts";
import type { BatchSource } from "./batch-source.ts";
import type { TrainingSequence } from "./training-sequence.ts";

/** Names that a description shows. */
const SHOWN = 12;

/** @param batch sequences of the batch; those beyond the given ones are padding alone, which counts for nothing */
export function filledBatch(
  sequences: readonly TrainingSequence[],
  { batch, length, padId }: { readonly batch: number; readonly length: number; readonly padId: number },
): TrainingBatch {
  const ids = new Int32Array(batch * length).fill(padId);
  const labels = new Int32Array(batch * length).fill(IGNORED_LABEL);
  const positions = sequences.some((sequence) => sequence.positions !== undefined)
    ? new Int32Array(batch * length)
    : undefined;
  for (const [i, sequence] of sequences.entries()) {
    ids.set(Array.from(sequence.inputs), i * length);
    labels.set(Array.from(sequence.labels), i * length);
    positions?.set(Array.from(sequence.positions!), i * length);
  }
  return { batch, length, ids, labels, ...(positions === undefined ? {} : { positions }) };
}

/**
 * @param sequencesOf those of an update
 * @param noun        what they are called: "examples"
 */
export function whereabouts(
  { updatesPerEpoch, accumulate }: { readonly updatesPerEpoch: number; readonly accumulate: number },
  sequencesOf: (update: number) => readonly TrainingSequence[],
  noun: string,
): Pick<BatchSource, "describe" | "state"> {
  return {
    describe: (update) => {
      const names = sequencesOf(update).map(({ name }) => name);
      return `${names.length} ${noun}: ${names.slice(0, SHOWN).join(", ")}${names.length > SHOWN ? ", …" : ""}`;
    },
    state: (update) => ({
      epoch: Math.floor(update / updatesPerEpoch),
      group: (update % updatesPerEpoch) * accumulate,
    }),
  };
}
