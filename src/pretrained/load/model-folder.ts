/** What a folder holds: a whole model (configuration and weights, every shard of them), part of one, or an adapter. */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { weightFileName } from "../../checkpoints/open-checkpoint.ts";

import { layoutOf, missingOfLayout } from "./folder-parts.ts";
import { missingPartNames, partNames } from "./open-weights.ts";

const ADAPTER_CONFIG = "adapter_config.json";

/** PEFT names an adapter's weights so, and nothing else. */
function isAdapterWeights(file: string): boolean {
  return file.startsWith("adapter_model.");
}

/** Whether a folder, or a weight file, is a PEFT adapter: something that needs a base model. Base weights beside an adapter come first. */
export async function isAdapter(path: string): Promise<boolean> {
  const weights = (await stat(path)).isDirectory() ? await weightFileName(path) : basename(path);
  return weights !== undefined && isAdapterWeights(weights);
}

/**
 * What a model folder lacks, in words; empty when it is whole. A tokenizer is not asked for: scoring and generating from
 * ids need none, and who needs one says so.
 */
export async function missingParts(folder: string): Promise<string[]> {
  const missing: string[] = [];
  const names = await readdir(folder);
  const layout = await layoutOf(folder);
  const weights = (await weightFileName(folder)) ?? (layout === undefined ? undefined : partNames(names, layout)[0]);
  if (layout !== undefined) missing.push(...missingPartNames(partNames(names, layout)));
  const isFairseq = weights?.endsWith(".pt") === true; // brings its configuration along
  const isLora = weights === undefined ? names.includes(ADAPTER_CONFIG) : isAdapterWeights(weights);
  const config = isLora ? ADAPTER_CONFIG : "config.json";
  if (layout !== undefined) missing.push(...(await missingOfLayout(folder, layout)));
  else if (!isFairseq && !names.includes(config)) missing.push(config);
  if (weights === undefined && isLora) missing.push("weights (adapter_model.safetensors or adapter_model.bin)");
  else if (weights === undefined) {
    missing.push(
      layout === undefined
        ? "weights (model.safetensors, pytorch_model.bin or a fairseq .pt)"
        : `${layout.weights.file}, or its parts (from ${layout.weights.from})`,
    );
  } else if (weights.endsWith(".index.json")) missing.push(...(await missingShards(folder, weights)));
  else if (!(await isNotEmpty(join(folder, weights)))) missing.push(`${weights} (it is empty or a link to nothing)`);
  return missing;
}

async function missingShards(folder: string, index: string): Promise<string[]> {
  const { weight_map: map } = JSON.parse(await readFile(join(folder, index), "utf8").catch(() => "{}")) as {
    weight_map?: Record<string, string>;
  };
  const shards = [...new Set(Object.values(map ?? {}))].filter(
    (name) => typeof name === "string" && !/[/\\]/.test(name),
  );
  if (shards.length === 0) return [`the weight_map of ${index}`];
  const there = await Promise.all(shards.map((name) => isNotEmpty(join(folder, name))));
  return shards.filter((_, i) => !there[i]);
}

function isNotEmpty(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isFile() && status.size > 0,
    () => false,
  );
}
