/**
 * Turns a checkpoint into what a graph needs: a config, and for each of BioGPT's tensors the place of its bytes.
 *
 * The config comes from config.json; where there is none (a fairseq `.pt`), from the tensors and the file's own `cfg`.
 */
import { open, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { type Checkpoint, openCheckpoint, type TensorEntry } from "../../checkpoints/index.ts";
import type { DataType } from "../../graph/data-type.ts";
import { type BioGptConfig, configFromShapes, parseBioGptConfig } from "../../models/biogpt/config.ts";
import { checkTensors, mapTensors } from "../../models/biogpt/weights.ts";

export interface BioGptCheckpoint {
  readonly config: BioGptConfig;
  /** By our names. The head is among them only where it differs from the token embedding. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
  /** What a user should know, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * The checkpoint of a model folder, or of a weight file beside its config.json.
 *
 * @throws BiogptError `checkpoints/…`, `models/…`
 */
export async function readBioGptFolder(
  path: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<BioGptCheckpoint> {
  const checkpoint = await openCheckpoint(path, signal === undefined ? {} : { signal });
  return readBioGptCheckpoint(checkpoint, await readConfig(dirname(checkpoint.files[0]!)));
}

async function readConfig(folder: string): Promise<unknown> {
  const path = join(folder, "config.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BiogptError("models/config", {
      what: `${path} is not JSON: ${(error as Error).message}.`,
      fix: "Take the config.json that came with the checkpoint.",
      cause: error,
    });
  }
}

/**
 * @param configJson the parsed config.json, or undefined where there is none
 * @throws BiogptError `models/...` when config and tensors contradict each other or a tensor is unknown
 */
export async function readBioGptCheckpoint(checkpoint: Checkpoint, configJson: unknown): Promise<BioGptCheckpoint> {
  const entries = mapTensors(checkpoint.tensors);
  const warnings: string[] = [];
  const config =
    configJson === undefined
      ? configFromShapes(
          new Map([...entries].map(([name, { shape }]) => [name, shape])),
          fairseqHints(checkpoint.config),
        )
      : parseBioGptConfig(configJson);
  const table = entries.get("tokenEmbedding");
  const head = entries.get("head.weight");
  let tied = head === undefined;
  if (table !== undefined && head !== undefined && sameShapeAndType(table, head)) {
    tied = await sameBytes(table, head);
    if (tied) entries.delete("head.weight");
    else if (config.tied) {
      warnings.push(
        "The output projection differs from the token embedding although the config ties them; the file is obeyed.",
      );
    }
  }
  const actual = { ...config, tied };
  checkTensors(actual, entries);
  for (const [name, { dtype }] of entries) {
    if (dtype !== "float32" && dtype !== "float16" && dtype !== "bfloat16") {
      throw new BiogptError("models/wrong-type", {
        what: `${name} holds ${dtype} values; weights are float32, float16 or bfloat16.`,
        fix: "Save the checkpoint in one of these types.",
      });
    }
  }
  return { config: actual, entries, warnings };
}

/** The type of an entry, which `readBioGptCheckpoint` has checked to be one that graphs know. */
export function graphType(entry: TensorEntry): DataType {
  return entry.dtype as DataType;
}

interface FairseqModelConfig {
  readonly decoder_attention_heads?: unknown;
  readonly no_scale_embedding?: unknown;
  readonly activation_fn?: unknown;
}

/** Heads, scale and activation from fairseq's `cfg.model` (new files) or `args` (files before 2021). */
function fairseqHints(config: unknown): Parameters<typeof configFromShapes>[1] {
  if (typeof config !== "object" || config === null) return {};
  const fields = ((config as { model?: unknown }).model ?? config) as FairseqModelConfig;
  const activation = fields.activation_fn;
  return {
    ...(typeof fields.decoder_attention_heads === "number" ? { heads: fields.decoder_attention_heads } : {}),
    ...(typeof fields.no_scale_embedding === "boolean" ? { scaleEmbedding: !fields.no_scale_embedding } : {}),
    ...(activation === "gelu" || activation === "relu" ? { activation } : {}),
  };
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
  if (left.file === right.file && left.offset === right.offset) return true;
  if (left.byteLength !== right.byteLength) return false;
  const size = 4 << 20;
  const [leftFile, rightFile] = await Promise.all([open(left.file), open(right.file)]);
  try {
    const [a, b] = [Buffer.allocUnsafe(size), Buffer.allocUnsafe(size)];
    for (let at = 0; at < left.byteLength; at += size) {
      const length = Math.min(size, left.byteLength - at);
      await Promise.all([
        leftFile.read(a, 0, length, left.offset + at),
        rightFile.read(b, 0, length, right.offset + at),
      ]);
      if (!a.subarray(0, length).equals(b.subarray(0, length))) return false;
    }
    return true;
  } finally {
    await Promise.all([leftFile.close(), rightFile.close()]);
  }
}
