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
import type { Precision } from "./precision.ts";

/** Raise it whenever steps come out differently. */
const STEPS_VERSION = 1;

/** Tokens that are measured, at most. */
const MOST_TOKENS = 256;

/** Of the kind that is written and read here, with names, numbers, quotation and a question, so that no channel is asleep. */
const TEXT = `BACKGROUND: Metformin is the first drug given in type 2 diabetes mellitus, yet its use in patients with chronic kidney disease (CKD) is debated because of
lactic acidosis. METHODS: In this double-blind, randomised trial 412 adults (mean age 61.3 years, 54% women) received 500 mg of metformin or placebo twice daily for 24 weeks.
The primary outcome was the change in HbA1c; secondary outcomes were body weight, plasma lactate and the estimated glomerular filtration rate (eGFR). RESULTS: HbA1c fell by
0.9% (95% CI 0.7 to 1.1; P < 0.001) with metformin and by 0.1% with placebo. Two patients had vomiting; none had "severe" acidosis. In mice, TP53 and interleukin-6 (IL-6)
expression in hepatocytes was lower after treatment, which suggests that AMPK is activated. What do these findings mean? They don't show that every patient benefits; however,
kidney function should be checked before, during and after therapy.\nQ: Does aspirin reduce the risk of stroke?\nA: Yes - see [3, 7] and https://example.org/a_b?c=1.`;

/** The ids on which a model's cache is measured: the text as its tokenizer gives it, or tokens drawn evenly where it has none. */
export function observedIds(
  { family, config }: Pick<RunnableCheckpoint, "family" | "config">,
  tokenizer: Tokenizer | undefined,
): number[] {
  const most = Math.min(MOST_TOKENS, config.maxPositions);
  if (tokenizer !== undefined) return family.encodePrompt(TEXT, tokenizer, config).slice(0, most);
  const random = new Random(1);
  return Array.from({ length: most }, () => random.integer(config.vocabularySize));
}

/** @param ids of `observedIds` */
export async function cacheSteps(
  checkpoint: RunnableCheckpoint,
  precision: Precision,
  ids: readonly number[],
  options: CompileOptions,
): Promise<readonly CacheSteps[]> {
  const { layers } = checkpoint.family.cacheShape(checkpoint.config);
  const sources = new Map([...checkpoint.entries, ...(checkpoint.quantized?.tensors ?? [])]);
  const source = {
    kind: "cache-steps",
    recipe: `${STEPS_VERSION} ${precision} ${createHash("sha256").update(ids.join()).digest("hex")}`,
    entries: [...sources],
  } as const;
  let measured: readonly CacheSteps[] | undefined;
  const write = async (path: string): Promise<void> => {
    measured = await measure(checkpoint, precision, ids, options);
    await writeSteps(path, measured);
  };
  const folder: CacheOptions = { cacheFolder: options.cacheFolder, signal: options.signal };
  try {
    const entries = await cachedCopy(source, folder, write);
    return measured ?? (await readSteps(entries, layers));
  } catch (error) {
    if (!(error instanceof BiogptError && error.code.startsWith("files/"))) throw error;
    return measured ?? measure(checkpoint, precision, ids, options);
  }
}

async function measure(
  checkpoint: RunnableCheckpoint,
  precision: Precision,
  ids: readonly number[],
  options: CompileOptions,
): Promise<readonly CacheSteps[]> {
  const { family, config } = checkpoint;
  const { device, program } = await compileModel(checkpoint, precision, { ...options, profile: false }, (storage) =>
    family.buildGenerator(config, storage, "observed"),
  );
  try {
    const place = { positionOffset: positionOffset(checkpoint), rotary: family.positions.kind === "rotary" };
    return await observeCache(
      { device, program, cache: family.cacheShape(config), width: config.width, ...place },
      ids,
    );
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
