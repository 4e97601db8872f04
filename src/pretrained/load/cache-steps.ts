/**
 * The steps of a checkpoint's 8-bit cache: measured once on a fixed text, and kept in the cache folder.
 *
 * What is measured are the model's own keys and values, in the precision that it runs in. Where nothing can be written they are measured at each load.
 */
import { createHash } from "node:crypto";
import { BiogptError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { readFloat32, type TensorEntry, writeSafetensors } from "../../checkpoints/index.ts";
import type { CacheSteps } from "../../models/cached-decoder.ts";
import { observeCache } from "../../models/observe-cache.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { type CacheOptions, cachedCopy } from "./cached-copy.ts";
import { positionOffset, type RunnableCheckpoint } from "./compile-graph.ts";
import { type CompileOptions, compileModel } from "./compile-model.ts";
import { OBSERVED_TEXT } from "./observed-text.ts";
import type { Precision } from "./precision.ts";

/** Raise it whenever steps come out differently. */
const STEPS_VERSION = 1;

/** Tokens that are measured, at most: with a quarter of them steps were cut that cost 0.16 % of perplexity rather than 0.07. */
const MOST_TOKENS = 1024;

/** What a model's cache is measured on: the text as its tokenizer gives it, or tokens drawn evenly where it has none. */
export interface Observed {
  readonly ids: readonly number[];
  readonly isText: boolean;
}

export function observed(
  { family, config }: Pick<RunnableCheckpoint, "family" | "config">,
  tokenizer: Tokenizer | undefined,
): Observed {
  const most = Math.min(MOST_TOKENS, config.maxPositions);
  if (tokenizer !== undefined) {
    return { ids: family.encodePrompt(OBSERVED_TEXT, tokenizer, config).slice(0, most), isText: true };
  }
  const random = new Random(1);
  return { ids: Array.from({ length: most }, () => random.integer(config.vocabularySize)), isText: false };
}

export async function cacheSteps(
  checkpoint: RunnableCheckpoint,
  precision: Precision,
  on: Observed,
  options: CompileOptions,
): Promise<readonly CacheSteps[]> {
  const { layers } = checkpoint.family.cacheShape(checkpoint.config);
  const sources = new Map([...checkpoint.entries, ...(checkpoint.quantized?.tensors ?? [])]);
  const source = {
    kind: "cache-steps",
    recipe: `${STEPS_VERSION} ${precision} ${createHash("sha256").update(`${on.isText} ${on.ids.join()}`).digest("hex")}`,
    entries: [...sources],
  } as const;
  let measured: readonly CacheSteps[] | undefined;
  const write = async (path: string): Promise<void> => {
    measured = await measure(checkpoint, precision, on, options);
    await writeSteps(path, measured);
  };
  const folder: CacheOptions = { cacheFolder: options.cacheFolder, signal: options.signal };
  try {
    const entries = await cachedCopy(source, folder, write);
    return measured ?? (await readSteps(entries, layers));
  } catch (error) {
    if (!(error instanceof BiogptError && error.code.startsWith("files/"))) throw error;
    return measured ?? measure(checkpoint, precision, on, options);
  }
}

async function measure(
  checkpoint: RunnableCheckpoint,
  precision: Precision,
  on: Observed,
  options: CompileOptions,
): Promise<readonly CacheSteps[]> {
  const { family, config } = checkpoint;
  const { device, program } = await compileModel(checkpoint, precision, { ...options, profile: false }, (storage) =>
    family.buildGenerator(config, storage, "observed"),
  );
  try {
    const place = { positionOffset: positionOffset(checkpoint), rotary: family.positions.kind === "rotary" };
    const model = { device, program, cache: family.cacheShape(config), width: config.width, ...place };
    const { signal, progress } = options;
    return await observeCache(model, on.ids, { isText: on.isText, signal, progress });
  } finally {
    program[Symbol.dispose]();
    device[Symbol.dispose]();
  }
}

async function writeSteps(path: string, steps: readonly CacheSteps[]): Promise<void> {
  const tensors = steps.flatMap(({ keys, values }, layer) =>
    Object.entries({ keys, values }).map(([of, data]) => ({
      name: `${layer}.${of}`,
      dtype: "float32" as const,
      shape: [data.length],
      data,
    })),
  );
  await writeSafetensors(path, tensors);
}

async function readSteps(entries: ReadonlyMap<string, TensorEntry>, layers: number): Promise<CacheSteps[]> {
  const read = (name: string): Promise<Float32Array> => readFloat32(entries.get(name)!);
  return Promise.all(
    Array.from({ length: layers }, async (_, layer) => ({
      keys: await read(`${layer}.keys`),
      values: await read(`${layer}.values`),
    })),
  );
}
