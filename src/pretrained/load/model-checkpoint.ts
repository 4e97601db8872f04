/**
 * Turns a checkpoint into what a graph needs: its family, a config, and for each of the family's tensors the place of its bytes.
 *
 * The config comes from config.json; where there is none (a fairseq `.pt`), from the tensors and what the file says of itself.
 */
import { BiogptError } from "../../base/errors.ts";
import { readRange } from "../../checkpoints/byte-source.ts";
import type { Checkpoint, TensorEntry } from "../../checkpoints/checkpoint.ts";
import { PACKED_FORMAT } from "../../checkpoints/packed.ts";
import { readFloat32 } from "../../checkpoints/read-tensor.ts";
import type { DataType } from "../../graph/data-type.ts";
import { HEAD, type ModelConfig, type ModelFamily, TOKEN_TABLE } from "../../models/family.ts";
import { DEFAULT_FAMILY, familyOfConfig, familyOfTensors } from "../../models/registry.ts";
import { checkTensors, mapTensors } from "../../models/tensor-table.ts";
import type { QuantizedPrecision } from "./precision.ts";

export interface ModelCheckpoint {
  readonly family: ModelFamily;
  readonly config: ModelConfig;
  /** How many of the last rows are a learned prompt, as the checkpoint itself says; names in the vocabulary say so too. */
  readonly learnedTokens: number;
  /** By our names. The head is among them only where it differs from the token embedding. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
  /** What a user should know, one sentence each. */
  readonly warnings: readonly string[];
  /** Present where the linear maps are stored in codes; their entries then have the shape that they stand for, and cannot be read as numbers. */
  readonly quantized?: QuantizedTensors;
}

export interface QuantizedTensors {
  readonly precision: QuantizedPrecision;
  /** Codes and scales by our names, the head's among them. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

/** Whether a checkpoint is one that `biogpt convert` wrote in codes (quantized-checkpoint.ts). */
export function isQuantized({ metadata }: Pick<Checkpoint, "metadata">): boolean {
  return metadata["biogpt"] !== undefined && metadata["biogpt"] !== PACKED_FORMAT;
}

/**
 * @param configJson the parsed config.json, or undefined where there is none
 * @throws BiogptError `models/...` when config and tensors contradict each other or a tensor is unknown
 */
export async function readModelCheckpoint(checkpoint: Checkpoint, configJson: unknown): Promise<ModelCheckpoint> {
  if (isQuantized(checkpoint)) {
    throw new BiogptError("pretrained/quantized", {
      what: `${checkpoint.path} holds quantised weights, which can be run and nothing else.`,
      why: "Training, adapters and another conversion start from the weights that it was made from.",
      fix: "Name the original model.",
    });
  }
  const family =
    configJson === undefined
      ? (familyOfTensors(checkpoint.tensors.keys()) ?? DEFAULT_FAMILY)
      : familyOfConfig(configJson);
  const classes = family.heads?.find(({ weight }) => checkpoint.tensors.has(weight));
  if (classes !== undefined) {
    throw new BiogptError("pretrained/has-classes", {
      what: `${checkpoint.path} gives classes of ${classes.kind === "tokens" ? "words" : "texts"}; it writes nothing.`,
      why: `It holds ${classes.weight} in place of a language model's head.`,
      fix:
        classes.kind === "tokens"
          ? "Use it with `biogpt extract` or `entities`; from code with extract, findNames and openReader of biogpt/workflows."
          : "Use it with `biogpt classify`; from code with classifyTexts of biogpt/workflows.",
      kind: "usage",
    });
  }
  const { entries, prefix } = mapTensors(family, checkpoint.tensors);
  const warnings = [...checkpoint.notes];
  if (prefix !== "") warnings.push(prefixNote(prefix));
  const config =
    configJson === undefined
      ? configOfTensors(family, checkpoint, entries)
      : await fittedConfig(family, family.parseConfig(configJson), entries);
  const table = entries.get(TOKEN_TABLE);
  const head = entries.get(HEAD);
  let tied = head === undefined;
  if (table !== undefined && head !== undefined && sameShapeAndType(table, head)) {
    tied = await sameBytes(table, head);
    if (tied) entries.delete(HEAD);
    else if (config.tied) {
      warnings.push(
        "The output projection differs from the token embedding although the config ties them; the file is obeyed.",
      );
    }
  }
  const actual = { ...config, tied };
  checkTensors(family, actual, entries);
  for (const [name, { dtype }] of entries) {
    if (!WEIGHT_TYPES.has(dtype)) {
      throw new BiogptError("models/wrong-type", {
        what: `${name} holds ${dtype} values; weights are float32, float16, bfloat16 or float64.`,
        fix: "Save the checkpoint in one of these types.",
      });
    }
  }
  const doubles = [...entries.values()].filter(({ dtype }) => dtype === "float64").length;
  if (doubles > 0)
    warnings.push(`${doubles} of ${entries.size} tensors are float64; they are rounded to float32, in memory.`);
  const learnedTokens = family.learnedTokens?.(checkpoint.config) ?? 0;
  return { family, config: actual, learnedTokens, entries, warnings };
}

/** The config as the tensors have it; those that only told it are taken out of `entries`. */
async function fittedConfig(
  family: ModelFamily,
  config: ModelConfig,
  entries: Map<string, TensorEntry>,
): Promise<ModelConfig> {
  if (family.fit === undefined) return config;
  const shapes = new Map([...entries].map(([name, { shape }]) => [name, shape]));
  const fitted = await family.fit(config, shapes, (name) => readFloat32(entries.get(name)!));
  for (const name of fitted.taken) entries.delete(name);
  return fitted.config;
}

/** float64 is read as transformers reads it, rounded. */
const WEIGHT_TYPES: ReadonlySet<string> = new Set(["float32", "float16", "bfloat16", "float64"]);

/** The type of a weight in the graph. */
export function graphType({ dtype }: Pick<TensorEntry, "dtype">): DataType {
  return dtype === "float64" ? "float32" : (dtype as DataType);
}

function configOfTensors(
  family: ModelFamily,
  checkpoint: Checkpoint,
  entries: ReadonlyMap<string, TensorEntry>,
): ModelConfig {
  if (family.configFromTensors !== undefined) {
    const shapes = new Map([...entries].map(([name, { shape }]) => [name, shape]));
    return family.configFromTensors(shapes, checkpoint.config);
  }
  throw new BiogptError("models/config", {
    what: `There is no config.json beside ${checkpoint.path}.`,
    why: `The tensors of a ${family.title} do not say how they are used.`,
    fix: "Put the config.json that came with the checkpoint beside it.",
  });
}

function prefixNote(prefix: string): string {
  return `The tensors' names begin with "${prefix}", which a wrapper of the training program left; it was taken off.`;
}

function sameShapeAndType(left: TensorEntry, right: TensorEntry): boolean {
  return (
    left.dtype === right.dtype &&
    left.shape.length === right.shape.length &&
    left.shape.every((size, axis) => size === right.shape[axis])
  );
}

/** Whether two tensors hold the same bytes; stored once under two names, or twice as in the published base checkpoint. */
async function sameBytes(left: TensorEntry, right: TensorEntry): Promise<boolean> {
  if (left.source === right.source && left.offset === right.offset) return true;
  if (left.byteLength !== right.byteLength) return false;
  const size = 4 << 20;
  for (let at = 0; at < left.byteLength; at += size) {
    const length = Math.min(size, left.byteLength - at);
    const [a, b] = await Promise.all(
      [left, right].map(({ source, offset, name }) => readRange(source, offset + at, length, name)),
    );
    if (!equal(a!, b!)) return false;
  }
  return true;
}

/** @param left as `right` at the beginning of a buffer of its own, so that whole words can be compared: a table has hundreds of megabytes */
function equal(left: Uint8Array, right: Uint8Array): boolean {
  const words = left.length >> 2;
  const [a, b] = [left, right].map(({ buffer, byteOffset }) => new Int32Array(buffer, byteOffset, words)) as [
    Int32Array,
    Int32Array,
  ];
  for (let i = 0; i < words; i++) if (a[i] !== b[i]) return false;
  for (let i = 4 * words; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}
