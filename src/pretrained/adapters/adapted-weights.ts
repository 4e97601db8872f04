/**
 * A BioGPT with a LoRA adapter merged in: the adapted matrices are summed once into a small file in the cache folder, and everything
 * else stays where it is in the base.
 *
 *     W' = W + scale * B A        float32, whatever the base's type, summed over the rank in order
 *
 * So a graph finds plain matrices, as of any other checkpoint: quantised, on a GPU, or trained further. An adapter on the head unties it,
 * as PEFT's does: the token embedding stays, and the head becomes a matrix of its own.
 */
import { throwIfAborted } from "../../base/cancellation.ts";
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import {
  type AdapterLayer,
  checkFinite,
  readFloat32,
  type TensorEntry,
  type TensorToWrite,
  writeSafetensors,
} from "../../checkpoints/index.ts";
import { BIOGPT_BASE } from "../../models/biogpt/config.ts";
import { ourName, tensorSpecs } from "../../models/biogpt/weights.ts";
import { mergeLowRank } from "../../training/step/lora.ts";
import { type CacheOptions, cachedCopy } from "../load/cached-copy.ts";
import type { BioGptCheckpoint } from "../load/weight-entries.ts";
import type { OpenedAdapter } from "./adapter-base.ts";

/** Raise it whenever merged bytes come out differently. */
const RECIPE_VERSION = 1;
const HEAD = "head.weight";

/**
 * @returns the base's checkpoint with the adapted matrices in its place
 * @throws BiogptError `pretrained/adapter-mismatch`, `checkpoints/not-finite`
 */
export async function adaptedWeights(
  adapter: OpenedAdapter,
  base: BioGptCheckpoint,
  options: CacheOptions = {},
): Promise<BioGptCheckpoint> {
  const maps = checkModules(adapter).map((map) => fitToBase(adapter, map, base));
  const { rank, scale } = adapter.config;
  const source = {
    kind: "adapted",
    recipe: `${RECIPE_VERSION} ${scale}`,
    entries: maps.flatMap(
      ({ name, weight, a, b }) =>
        [
          [`${name} ${weight.dtype}`, weight],
          [`${name} A ${a.dtype}`, a],
          [`${name} B ${b.dtype}`, b],
        ] as const,
    ),
  } as const;
  const merged = await cachedCopy(source, options, (path) => writeMerged(path, maps, { rank, scale }, options));
  const tied = base.config.tied && !merged.has(HEAD);
  return { ...base, config: { ...base.config, tied }, entries: new Map([...base.entries, ...merged]) };
}

interface AdaptedModule extends AdapterLayer<TensorEntry> {
  /** As the adapter has it, without PEFT's prefix. */
  readonly module: string;
  /** Ours, of the matrix. */
  readonly name: string;
}

/**
 * The adapter's modules with our names; asks nothing of the base.
 *
 * @throws BiogptError `pretrained/adapter-mismatch` for what is no linear map of any BioGPT
 */
export function checkModules({ folder, layers }: OpenedAdapter): AdaptedModule[] {
  const seen = new Set<string>();
  return [...layers].map(([module, layer]) => {
    const ours = ourName(`${module}.weight`);
    const known = linearMaps(module);
    const name = typeof ours === "object" ? ours.name : undefined;
    if (name === undefined || !known.has(name)) {
      throw mismatch(
        `The adapter in ${folder} adapts ${JSON.stringify(module)}, which is no linear map of BioGPT.`,
        `It may have been made for another model.${didYouMean(module, known.values())}`,
      );
    }
    if (seen.has(name))
      throw mismatch(
        `The adapter in ${folder} adapts ${JSON.stringify(module)} twice, under different names.`,
        "Write it again with one of them.",
      );
    seen.add(name);
    return { module, name, ...layer };
  });
}

/** Our names of the matrices that a module of the same layer can be, with Hugging Face's module names. */
function linearMaps(module: string): ReadonlyMap<string, string> {
  const layer = Number(/(?:^|\.)layers\.(\d+)\./.exec(module)?.[1] ?? 0);
  const specs = tensorSpecs({ ...BIOGPT_BASE, layers: 1, tied: false });
  return new Map(
    specs
      .filter(({ name, shape }) => name.endsWith(".weight") && shape.length === 2)
      .map(({ name, huggingFace }) => [
        name.replace("blocks.0.", `blocks.${layer}.`),
        huggingFace.replace("layers.0.", `layers.${layer}.`).replace(/\.weight$/, ""),
      ]),
  );
}

interface AdaptedMap extends AdaptedModule {
  /** The base's matrix, (out, in). */
  readonly weight: TensorEntry;
}

function fitToBase(
  { folder, baseName }: OpenedAdapter,
  { module, name, a, b }: AdaptedModule,
  { config, entries }: BioGptCheckpoint,
): AdaptedMap {
  const weight = entries.get(name) ?? (name === HEAD ? entries.get("tokenEmbedding") : undefined);
  const other = "The adapter was made for another model than the one it names, or for another size of it.";
  if (weight === undefined) {
    throw mismatch(
      `The adapter in ${folder} adapts ${JSON.stringify(module)}; ${JSON.stringify(baseName)} has ${config.layers} layers and lacks it.`,
      other,
    );
  }
  const [out, inputs] = weight.shape as [number, number];
  if (b.shape[0] !== out || a.shape[1] !== inputs) {
    throw mismatch(
      `The adapter in ${folder} adapts ${JSON.stringify(module)} as a matrix of ${b.shape[0]} x ${a.shape[1]}; that of ${JSON.stringify(baseName)} has ${out} x ${inputs}.`,
      other,
    );
  }
  return { module, name, a, b, weight };
}

/** One matrix in memory at a time. */
async function writeMerged(
  path: string,
  maps: readonly AdaptedMap[],
  { rank, scale }: { readonly rank: number; readonly scale: number },
  { signal, progress }: CacheOptions,
): Promise<void> {
  let done = 0;
  const abort = signal === undefined ? {} : { signal };
  for (const { a, b } of maps) {
    await checkFinite(a, abort);
    await checkFinite(b, abort);
  }
  const tensors = maps.map(({ name, weight, a, b }): TensorToWrite => {
    const data = async (): Promise<Float32Array> => {
      throwIfAborted(signal);
      const summand = { down: await readFloat32(a), up: await readFloat32(b), rank, factor: scale };
      const merged = mergeLowRank(await readFloat32(weight), summand);
      progress?.({ activity: "merging the adapter", done: ++done, total: maps.length, unit: "matrices" });
      return merged;
    };
    return { name, dtype: "float32", shape: weight.shape, data };
  });
  await writeSafetensors(path, tensors, { metadata: { format: "pt", recipe: String(RECIPE_VERSION) }, ...abort });
}

function mismatch(what: string, fix: string): BiogptError {
  return new BiogptError("pretrained/adapter-mismatch", {
    what,
    why: "A part of an adapter that is left out would silently be another model.",
    fix: `${fix} \`biogpt inspect\` lists what it holds.`,
  });
}
