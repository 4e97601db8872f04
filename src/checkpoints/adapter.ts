/**
 * LoRA adapters in PEFT's layout: a folder with `adapter_config.json` and `adapter_model.safetensors` (or `.bin`).
 *
 *     base_model.model.<module>.lora_A.weight (r, in)      base_model.model.<module>.lora_B.weight (out, r)
 *     W' = W + scale * B A,     scale = lora_alpha / r, or lora_alpha / sqrt(r) with use_rslora
 *
 * Follows huggingface/peft (src/peft/tuners/lora/config.py, utils/save_and_load.py). What would change the sum above and is
 * not read (DoRA, biases, embeddings, per-module ranks, fan_in_fan_out) is refused by name, never ignored.
 */
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { BiogptError } from "../base/errors.ts";
import { writeFileAtomically } from "../files/atomic-file.ts";
import type { Checkpoint, TensorEntry } from "./checkpoint.ts";
import { statOrNotFound, withCheckpointFile } from "./checkpoint-file.ts";
import { openCheckpoint } from "./open-checkpoint.ts";
import { parseStrictJson, toPlainJson } from "./strict-json.ts";
import { type TensorToWrite, type WriteOptions, writeSafetensors } from "./write-safetensors.ts";

/** PEFT writes about a kilobyte. */
const MAX_CONFIG_BYTES = 1_000_000;
/** Of the base model's name: the longest path that Linux takes. */
const MAX_NAME_LENGTH = 4096;

const emptyRecord = z
  .record(z.string(), z.unknown())
  .refine((value) => Object.keys(value).length === 0, "per-module values are not read");

const emptyList = z.null("it is not read").or(z.array(z.unknown()).length(0, "it is not read")).nullish();

/** Fields that PEFT adds and that do not change what the adapter computes pass through unread. */
const adapterConfigSchema = z.looseObject({
  peft_type: z.literal("LORA"),
  r: z.int().min(1).max(65_536),
  lora_alpha: z.number().positive(),
  lora_dropout: z.number().min(0).max(1).default(0),
  target_modules: z.union([z.array(z.string()), z.string()]).nullish(),
  task_type: z.string().nullish(),
  base_model_name_or_path: z.string().max(MAX_NAME_LENGTH).nullish(),
  bias: z.literal("none", "only adapters without biases are read").default("none"),
  fan_in_fan_out: z.literal(false, "transposed weights (Conv1D) are not read").default(false),
  use_rslora: z.boolean().default(false),
  use_dora: z.literal(false, "DoRA is not read").default(false),
  modules_to_save: z.null("whole modules beside the adapter are not read").or(z.array(z.string()).length(0)).nullish(),
  rank_pattern: emptyRecord.nullish(),
  alpha_pattern: emptyRecord.nullish(),
  layer_replication: emptyList,
  target_parameters: emptyList,
  alora_invocation_tokens: emptyList,
  use_qalora: z.literal(false, "QALoRA is not read").nullish(),
  // These take something away from the base's weights when they begin, so that the sum above needs another base than is named.
  init_lora_weights: z
    .unknown()
    .refine(
      (value) => !/^(?:pissa|olora|corda|loftq)/i.test(String(value)),
      "adapters that change their base are not read",
    ),
});

export interface AdapterConfig {
  /** Rank of the update. */
  readonly rank: number;
  /** Numerator of the scale. */
  readonly alpha: number;
  /** The scale that B A is multiplied with. */
  readonly scale: number;
  /** Only used in training. */
  readonly dropout: number;
  /** Names, or a pattern of PEFT's; what is there in truth is in `layers`. */
  readonly targetModules: readonly string[] | string;
  readonly taskType: string | undefined;
  readonly baseModel: string | undefined;
}

export interface AdapterLayer<T> {
  /** (r, in) */
  readonly a: T;
  /** (out, r) */
  readonly b: T;
}

export interface Adapter {
  readonly config: AdapterConfig;
  readonly checkpoint: Checkpoint;
  /** By the name of the linear map in the base model, for example `biogpt.layers.0.self_attn.q_proj`. */
  readonly layers: ReadonlyMap<string, AdapterLayer<TensorEntry>>;
}

/**
 * @param path the adapter's folder, or the weight file in it
 * @throws BiogptError `checkpoints/bad-adapter-config`, `checkpoints/bad-adapter` and those of `openCheckpoint`
 */
export async function readAdapter(path: string, options: { signal?: AbortSignal } = {}): Promise<Adapter> {
  const folder = (await statOrNotFound(path)).isDirectory() ? resolve(path) : dirname(resolve(path));
  const config = await readAdapterConfig(join(folder, "adapter_config.json"));
  const checkpoint = await openCheckpoint(path, options);
  return { config, checkpoint, layers: pairLayers(checkpoint, config.rank) };
}

export async function readAdapterConfig(path: string): Promise<AdapterConfig> {
  const json = await withCheckpointFile(path, async (file) => {
    if (file.size > MAX_CONFIG_BYTES)
      throw badConfig(path, `it has ${file.size} bytes; at most ${MAX_CONFIG_BYTES} are read`);
    return toPlainJson(parseStrictJson(await file.read(0, file.size, "the configuration"), path));
  });
  const parsed = adapterConfigSchema.safeParse(json);
  if (!parsed.success) {
    throw badConfig(
      path,
      parsed.error.issues.map((issue) => `${issue.path.join(".") || "the file"}: ${issue.message}`).join("; "),
    );
  }
  const { r, lora_alpha, lora_dropout, use_rslora, target_modules, task_type, base_model_name_or_path } = parsed.data;
  return {
    rank: r,
    alpha: lora_alpha,
    scale: lora_alpha / (use_rslora ? Math.sqrt(r) : r),
    dropout: lora_dropout,
    targetModules: target_modules ?? [],
    taskType: task_type ?? undefined,
    baseModel: base_model_name_or_path ?? undefined,
  };
}

const PREFIX = "base_model.model.";

function pairLayers(checkpoint: Checkpoint, rank: number): ReadonlyMap<string, AdapterLayer<TensorEntry>> {
  const halves = new Map<string, { a?: TensorEntry; b?: TensorEntry }>();
  for (const [name, entry] of checkpoint.tensors) {
    const match = /^base_model\.model\.(.+)\.lora_([AB])\.(?:default\.)?weight$/.exec(name);
    if (match === null)
      throw badAdapter(checkpoint.path, `${JSON.stringify(name)} is not part of a LoRA of linear maps`);
    const half = halves.get(match[1]!) ?? {};
    half[match[2] === "A" ? "a" : "b"] = entry;
    halves.set(match[1]!, half);
  }
  const layers = new Map<string, AdapterLayer<TensorEntry>>();
  for (const [module, { a, b }] of halves) {
    if (a === undefined || b === undefined)
      throw badAdapter(checkpoint.path, `${module} has only one of lora_A and lora_B`);
    if (a.shape.length !== 2 || b.shape.length !== 2 || a.shape[0] !== rank || b.shape[1] !== rank) {
      throw badAdapter(
        checkpoint.path,
        `${module} has shapes [${a.shape.join(", ")}] and [${b.shape.join(", ")}]; the rank is ${rank}`,
      );
    }
    layers.set(module, { a, b });
  }
  return layers;
}

export interface AdapterToWrite {
  readonly rank: number;
  readonly alpha: number;
  /** Default 0. */
  readonly dropout?: number;
  /** The last parts of the adapted modules' names, for example `q_proj`. */
  readonly targetModules: readonly string[];
  /** Default `CAUSAL_LM`. */
  readonly taskType?: string;
  readonly baseModel?: string;
  /** By module name, without PEFT's prefix. */
  readonly layers: ReadonlyMap<string, AdapterLayer<Omit<TensorToWrite, "name">>>;
}

/** Writes a folder that PEFT's `PeftModel.from_pretrained` loads; the configuration is written last. */
export async function writeAdapter(folder: string, adapter: AdapterToWrite, options: WriteOptions = {}): Promise<void> {
  const tensors = [...adapter.layers].flatMap(([module, { a, b }]) => [
    { ...a, name: `${PREFIX}${module}.lora_A.weight` },
    { ...b, name: `${PREFIX}${module}.lora_B.weight` },
  ]);
  for (const { name, shape } of tensors) {
    if (shape.length !== 2 || shape[name.includes("lora_A") ? 0 : 1] !== adapter.rank) {
      throw badAdapter(folder, `${name} has shape [${shape.join(", ")}]; the rank is ${adapter.rank}`);
    }
  }
  await writeSafetensors(join(folder, "adapter_model.safetensors"), tensors, options);
  const config = {
    peft_type: "LORA",
    task_type: adapter.taskType ?? "CAUSAL_LM",
    base_model_name_or_path: adapter.baseModel ?? null,
    r: adapter.rank,
    lora_alpha: adapter.alpha,
    lora_dropout: adapter.dropout ?? 0,
    target_modules: adapter.targetModules,
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    modules_to_save: null,
  };
  await writeFileAtomically(join(folder, "adapter_config.json"), `${JSON.stringify(config, null, 2)}\n`);
}

function badConfig(path: string, what: string): BiogptError {
  return new BiogptError("checkpoints/bad-adapter-config", {
    what: `${path} is not an adapter configuration that can be used: ${what}.`,
    why: "Plain LoRA on linear maps is read; a field that would change the result is never ignored.",
    fix: "Merge the adapter into its model with PEFT (merge_and_unload) and use the merged model.",
  });
}

function badAdapter(path: string, what: string): BiogptError {
  return new BiogptError("checkpoints/bad-adapter", {
    what: `${path}: ${what}.`,
    fix: "Write the adapter again, or merge it into its model with PEFT (merge_and_unload).",
  });
}
