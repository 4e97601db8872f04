/**
 * Where the loop gets its batches from, and who shares them.
 *
 * A source is a pure function of the number of the update, so that a run goes on where it stopped, and processes share an update,
 * without any state of the source's own.
 */

import type { TrainingBatch } from "../step/training-step.ts";
import type { PackedStream } from "./packed-stream.ts";

export interface BatchSource {
  /** Updates of one pass over the data; rarely whole. */
  readonly updatesPerEpoch: number;
  /** What process `rank` of `size` computes for update `update` (from 0); empty where others have it all. */
  microBatches(update: number, rank: number, size: number): readonly TrainingBatch[];
  /** For people: what an update was made of, named when it fails. */
  describe(update: number): string;
  /** The sampler's state after `update` updates, as saved in a checkpoint. */
  state(update: number): Readonly<Record<string, number>>;
}

export interface PackedBatchOptions {
  /** Sequences of an update, of all processes together. */
  readonly batch: number;
  /** Sequences computed at once. */
  readonly microBatch: number;
}

/** Blocks of a stream, `batch` consecutive ones for each update. */
export function packedBatches(stream: PackedStream, { batch, microBatch }: PackedBatchOptions): BatchSource {
  return {
    updatesPerEpoch: stream.blocksPerEpoch / batch,
    microBatches: (update, rank, size) => {
      const first = update * batch + Math.floor((rank * batch) / size);
      const end = update * batch + Math.floor(((rank + 1) * batch) / size);
      const batches: TrainingBatch[] = [];
      for (let block = first; block < end; block += microBatch) {
        batches.push(batchOfBlocks(stream, block, Math.min(microBatch, end - block)));
      }
      return batches;
    },
    describe: (update) => {
      const documents = new Set<number>();
      for (let i = 0; i < batch; i++)
        for (const document of stream.documentsOf(update * batch + i)) documents.add(document);
      const [shown, more] = [[...documents].slice(0, 8), documents.size - 8];
      return `blocks ${update * batch} to ${(update + 1) * batch - 1}, documents ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""} of the shards`;
    },
    state: (update) => ({ block: update * batch, ...stream.place(update * batch) }),
  };
}

/** `count` blocks from `first` on, as inputs and the labels one further. */
export function batchOfBlocks(stream: PackedStream, first: number, count: number): TrainingBatch {
  const { length } = stream;
  const ids = new Int32Array(count * length);
  const labels = new Int32Array(count * length);
  for (let i = 0; i < count; i++) {
    const tokens = stream.block(first + i);
    ids.set(tokens.subarray(0, length), i * length);
    labels.set(tokens.subarray(1), i * length);
  }
  return { batch: count, length, ids, labels };
}
