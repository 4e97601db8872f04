/**
 * The mean of several checkpoints' weights, as fairseq's scripts/average_checkpoints.py: tensors are widened to float32, added up in the
 * order of the files and divided by their number. The newest file gives names, shapes and types.
 */
import { BiogptError } from "../../base/errors.ts";
import { entryElements, type TensorEntry } from "../../checkpoints/checkpoint.ts";
import { openCheckpoint } from "../../checkpoints/open-checkpoint.ts";
import { readFloat32 } from "../../checkpoints/read-tensor.ts";
import { type TensorToWrite, writeSafetensors } from "../../checkpoints/write-safetensors.ts";

/**
 * @param files checkpoints, newest first
 * @throws BiogptError `training/different-checkpoints` when they do not hold the same tensors
 */
export async function averageCheckpoints(files: readonly string[], out: string): Promise<void> {
  const checkpoints = await Promise.all(files.map((file) => openCheckpoint(file)));
  const [newest] = checkpoints;
  if (newest === undefined) {
    throw new BiogptError("training/different-checkpoints", {
      what: "There is no checkpoint to average.",
      kind: "usage",
    });
  }
  for (const { path, tensors } of checkpoints) {
    for (const [name, { shape }] of newest.tensors) {
      const found = tensors.get(name)?.shape.join(" x ");
      if (found === shape.join(" x ") && tensors.size === newest.tensors.size) continue;
      throw new BiogptError("training/different-checkpoints", {
        what: `${name} is ${shape.join(" x ")} in ${newest.path}, but ${found ?? "missing"} in ${path}.`,
        why: "Only checkpoints of one run have a mean.",
        fix: "Name checkpoints of the same model.",
      });
    }
  }
  const tensors = [...newest.tensors.values()].map(
    (entry): TensorToWrite => ({
      name: entry.name,
      dtype: entry.dtype,
      shape: entry.shape,
      data: () => meanTensor(checkpoints.map(({ tensors: all }) => all.get(entry.name)!)),
    }),
  );
  await writeSafetensors(out, tensors);
}

/** The mean of tensors of one shape, added up in their order in float32. */
export async function meanTensor(entries: readonly TensorEntry[]): Promise<Float32Array> {
  const sum = new Float32Array(entryElements(entries[0]!));
  for (const entry of entries) {
    const values = await readFloat32(entry);
    for (let i = 0; i < sum.length; i++) sum[i]! += values[i]!;
  }
  for (let i = 0; i < sum.length; i++) sum[i]! /= entries.length;
  return sum;
}
