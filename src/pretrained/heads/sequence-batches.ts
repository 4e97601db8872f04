/** Sequences of ids for models that read them whole: what may be read, and batches of like lengths, so that little is padding. */
import { BiogptError } from "../../base/errors.ts";
import type { ModelConfig } from "../../models/family.ts";

/** Tokens of a batch, padding included. */
const TOKENS_AT_ONCE = 4096;

/**
 * Batches of indices into `lengths`, the longest first; every index once.
 *
 * @param lengths tokens of each sequence, at least 1
 * @param most    tokens of a batch with its padding; a longer sequence stands alone. Default 4,096
 */
export function batchesByLength(lengths: readonly number[], most: number = TOKENS_AT_ONCE): number[][] {
  const batches: number[][] = [];
  let batch: number[] = [];
  let longest = 0;
  for (const at of [...lengths.keys()].sort((a, b) => lengths[b]! - lengths[a]!)) {
    if (batch.length > 0 && (batch.length + 1) * longest > most) {
      batches.push(batch);
      batch = [];
    }
    if (batch.length === 0) longest = lengths[at]!;
    batch.push(at);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

/**
 * Refuses ids that the model has no rows or positions for.
 *
 * @param where the ids, in an error: `Line 3`
 * @throws BiogptError `pretrained/ids`
 */
export function expectReadable(
  ids: ArrayLike<number>,
  { vocabularySize, maxPositions }: Pick<ModelConfig, "vocabularySize" | "maxPositions">,
  where: string,
): void {
  if (ids.length === 0 || ids.length > maxPositions) {
    throw new BiogptError("pretrained/ids", {
      what: `${where} has ${ids.length} ids; the model reads 1 to ${maxPositions}.`,
      fix: "Cut the text into parts of that length.",
    });
  }
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (Number.isInteger(id) && id >= 0 && id < vocabularySize) continue;
    throw new BiogptError("pretrained/ids", {
      what: `${where} holds the id ${id}; the model's are 0 to ${vocabularySize - 1}.`,
      fix: "Use the tokenizer of the model's own folder.",
    });
  }
}
