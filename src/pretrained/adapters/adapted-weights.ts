/**
 * A model with a LoRA adapter merged in: the adapted matrices are summed once into a small file in the cache folder, and everything
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
import { HEAD, type ModelConfig, type ModelFamily, TOKEN_TABLE } from "../../models/family.ts";
import { modelFamilies } from "../../models/registry.ts";
import { mergeLowRank } from "../../training/step/lora.ts";
import { type CacheOptions, cachedCopy } from "../load/cached-copy.ts";
import type { ModelCheckpoint } from "../load/model-checkpoint.ts";
import type { OpenedAdapter } from "./adapter-base.ts";

/** Raise it whenever merged bytes come out differently. */
const RECIPE_VERSION = 1;

/**
 * @returns the base's checkpoint with the adapted matrices in its place
 * @throws BiogptError `pretrained/adapter-mismatch`, `checkpoints/not-finite`
 */
export async function adaptedWeights(
  adapter: OpenedAdapter,
  base: ModelCheckpoint,
  options: CacheOptions = {},
): Promise<ModelCheckpoint> {
  const maps = checkModules(adapter, base).map((map) => fitToBase(adapter, map, base));
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
 * The adapter's modules with our names.
 *
 * @param base absent: whatever family knows the modules, as long as one does
 * @throws BiogptError `pretrained/adapter-mismatch` for what is no linear layer of the base, or of any family
 */
export function checkModules(
  { folder, layers }: OpenedAdapter,
  base?: Pick<ModelCheckpoint, "family" | "config">,
): AdaptedModule[] {
  const seen = new Set<string>();
  const models = base === undefined ? smallestModels() : [base];
  return [...layers].map(([module, layer]) => {
    const known = models.map((model) => linearLayers(model, module)); // families share names of ours
    const name = models.flatMap(({ family }, i) => {
      const ours = family.ourName(`${module}.weight`);
      return typeof ours === "object" && known[i]!.has(ours.name) ? ours.name : [];
    })[0];
    if (name === undefined) {
      throw mismatch(
        `The adapter in ${folder} adapts ${JSON.stringify(module)}, which is no linear map of ${models.map(({ family }) => family.title).join(" or ")}.`,
        `It may have been made for another model.${didYouMean(
          module,
          known.flatMap((names) => [...names.values()]),
        )}`,
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

/** One model of each family, from which names can be had. */
function smallestModels(): { readonly family: ModelFamily; readonly config: ModelConfig }[] {
  return modelFamilies().flatMap((family) =>
    Object.values(family.presets)
      .slice(0, 1)
      .map((config) => ({ family, config })),
  );
}

/** Our names of the matrices that a module of the same layer can be, with Hugging Face's module names. */
function linearLayers(
  { family, config }: { readonly family: ModelFamily; readonly config: ModelConfig },
  module: string,
): ReadonlyMap<string, string> {
  const layer = Number(/(?:^|\.)layers\.(\d+)\./.exec(module)?.[1] ?? 0);
  return new Map(
    family
      .tensors({ ...config, layers: 1, tied: false })
      .filter(({ kind }) => kind === "linear")
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
  { config, entries }: ModelCheckpoint,
): AdaptedMap {
  const weight = entries.get(name) ?? (name === HEAD ? entries.get(TOKEN_TABLE) : undefined);
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
