/**
 * `pairs.safetensors` in the folder of a reader: the scorer of pairs, beside the tagger in model.safetensors, which other programs read as it is.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { openCheckpoint, type TensorToWrite, writeSafetensors } from "../../checkpoints/index.ts";
import { pairParameters } from "../../layers/pair-scores.ts";
import { PAIRS_FILE } from "../../pretrained/save/run-model.ts";
import { type PairTensor, pairTensors } from "./pair-scorer.ts";
import { type ReaderScheme, scoreCount } from "./reader-scheme.ts";

export async function savePairs(
  folder: string,
  width: number,
  schemes: readonly ReaderScheme[],
  value: (name: string) => Promise<Float32Array>,
): Promise<void> {
  const tensors = pairParameters({ width, relations: scoreCount(schemes) }).map(
    ({ name, shape }): TensorToWrite => ({ name, dtype: "float32", shape, data: () => value(name) }),
  );
  await writeSafetensors(join(folder, PAIRS_FILE), tensors);
}

/** By name. @throws BiogptError `tasks/no-pairs` where the folder has none, `checkpoints/…` */
export async function readPairs(folder: string): Promise<Map<string, PairTensor>> {
  const path = join(folder, PAIRS_FILE);
  if (!existsSync(path)) {
    throw new BiogptError("tasks/no-pairs", {
      what: `${folder} has no ${PAIRS_FILE}.`,
      why: "Its task.json says that it reads relations between names.",
      fix: "Take the whole folder, or fine-tune it again.",
    });
  }
  return pairTensors((await openCheckpoint(path)).tensors);
}
