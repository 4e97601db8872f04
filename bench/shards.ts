/** Random weights of a model in shards: model-00001-of-0000N.safetensors, and model.safetensors.index.json, which says what lies where. */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ELEMENT_BYTES, writeSafetensors } from "../src/checkpoints/index.ts";
import { elementCount } from "../src/graph/data-type.ts";
import type { ModelConfig } from "../src/models/family.ts";
import { familyOf } from "../src/models/registry.ts";
import { randomTensors } from "../src/pretrained/save/random-checkpoint.ts";

export interface ShardOptions {
  readonly dtype: "float32" | "float16";
  /** Most bytes of a shard, unless one tensor alone has more. */
  readonly shardBytes: number;
}

/** @returns bytes of all tensors */
export async function writeShards(
  folder: string,
  config: ModelConfig,
  { dtype, shardBytes }: ShardOptions,
): Promise<number> {
  const tensors = randomTensors(config, 1).map((tensor) => ({ ...tensor, dtype }));
  const bytesOf = ({ shape }: { readonly shape: readonly number[] }): number =>
    elementCount(shape) * ELEMENT_BYTES[dtype];
  const shards: (typeof tensors)[] = [];
  let filled = Number.POSITIVE_INFINITY;
  for (const tensor of tensors) {
    if (filled + bytesOf(tensor) > shardBytes) {
      shards.push([]);
      filled = 0;
    }
    shards.at(-1)!.push(tensor);
    filled += bytesOf(tensor);
  }
  const places: Record<string, string> = {};
  for (const [index, shard] of shards.entries()) {
    const name = `model-${pad(index + 1)}-of-${pad(shards.length)}.safetensors`;
    for (const tensor of shard) places[tensor.name] = name;
    if (!existsSync(join(folder, name))) await writeSafetensors(join(folder, name), shard);
  }
  const bytes = tensors.reduce((sum, tensor) => sum + bytesOf(tensor), 0);
  const index = { metadata: { total_size: bytes }, weight_map: places };
  await writeFile(join(folder, "model.safetensors.index.json"), `${JSON.stringify(index, null, 2)}\n`);
  const json = { ...familyOf(config).toConfigJson(config), torch_dtype: dtype };
  await writeFile(join(folder, "config.json"), `${JSON.stringify(json, null, 2)}\n`);
  return bytes;
}

function pad(number: number): string {
  return String(number).padStart(5, "0");
}
