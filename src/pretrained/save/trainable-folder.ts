/**
 * The one place where training meets the models: a config from settings, first weights or those of a folder, the model as training wants
 * it, its linear layers by the names that adapters use, and checkpoints in Hugging Face's layout that any command takes with --model.
 *
 * All of it is asked of the model's family; nothing here knows which one it is.
 */
import { join } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { readFloat32 } from "../../checkpoints/read-tensor.ts";
import { type TensorToWrite, writeSafetensors } from "../../checkpoints/write-safetensors.ts";
import { writeFileAtomically } from "../../files/atomic-file.ts";
import { HEAD, type ModelConfig, type ModelFamily, type SpecialIds, TOKEN_TABLE } from "../../models/family.ts";
import { DEFAULT_FAMILY, familyOf } from "../../models/registry.ts";
import type { TrainableModel } from "../../training/step/trainable-model.ts";
import { type OpenFolderOptions, openModelFolder } from "../load/open-model-folder.ts";
import { MOST_PADDING_ROWS } from "../load/padding-rows.ts";
import { copyTokenizer } from "./tokenizer-files.ts";

/**
 * The config that settings describe, for a tokenizer's vocabulary.
 *
 * @param model  fields of the family's shape; `modelType` names another family than BioGPT
 * @param length tokens of a training sequence
 * @param special of the tokenizer
 * @throws BiogptError `training/settings`, `models/unknown-family`
 */
export function configFromSettings(
  model: Readonly<Record<string, unknown>>,
  vocabularySize: number,
  length: number,
  special: SpecialIds,
): ModelConfig {
  const { modelType, ...shape } = model;
  const family = modelType === undefined ? DEFAULT_FAMILY : familyOf({ modelType: `${modelType}` });
  if (family.configFromSettings === undefined) throw notTrained(family);
  const config = family.configFromSettings(shape, vocabularySize, special);
  if (length > config.maxPositions) {
    throw new BiogptError("training/settings", {
      what: `Sequences of ${length} tokens do not fit into ${config.maxPositions} positions.`,
      fix: "Raise model.maxPositions.",
    });
  }
  return config;
}

/** The model as a training step wants it. @throws BiogptError `training/settings` for a family that is not trained here */
export function trainableModel(config: ModelConfig): TrainableModel {
  const family = familyOf(config);
  if (family.trainable === undefined) throw notTrained(family);
  return family.trainable(config);
}

function notTrained({ title }: ModelFamily): BiogptError {
  return new BiogptError("training/settings", {
    what: `A ${title} is not trained here.`,
    why: "The package runs such models alone.",
    fix: "Start from a BioGPT.",
  });
}

/** A linear layer of every block, which LoRA can adapt. */
export interface AdaptableLayer {
  /** Inside a block, ours: `query`. */
  readonly ours: string;
  /** As PEFT's configs have it: `q_proj`. */
  readonly peft: string;
}

export function adaptableLayers(config: ModelConfig): AdaptableLayer[] {
  return familyOf(config)
    .tensors(config)
    .flatMap(({ name, huggingFace, kind }) => {
      const [, ours] = /^blocks\.0\.(.+)\.weight$/.exec(name) ?? [];
      return ours === undefined || kind !== "linear" ? [] : [{ ours, peft: huggingFace.split(".").at(-2)! }];
    });
}

/** Hugging Face's names of the tensors, by ours, in the family's order. */
export function huggingFaceNames(config: ModelConfig): ReadonlyMap<string, string> {
  return new Map(
    familyOf(config)
      .tensors(config)
      .map(({ name, huggingFace }) => [name, huggingFace]),
  );
}

export interface InitialWeights {
  readonly config: ModelConfig;
  readonly initial: (name: string) => Float32Array | Promise<Float32Array>;
}

/**
 * First weights, drawn anew. They depend on seed, name and shape alone.
 *
 * @param initialization one of the family's ways to draw them; default its first
 */
export function newWeights(config: ModelConfig, seed: number, initialization?: string): InitialWeights {
  const family = familyOf(config);
  const shapes = new Map(family.tensors(config).map(({ name, shape }) => [name, shape]));
  return { config, initial: (name) => drawn(family, config, { name, shape: shapes.get(name)!, seed, initialization }) };
}

function drawn(
  family: ModelFamily,
  config: ModelConfig,
  tensor: {
    readonly name: string;
    readonly shape: readonly number[];
    readonly seed: number;
    readonly initialization?: string | undefined;
  },
): Float32Array {
  const { name, shape, seed, initialization } = tensor;
  if (family.initialValues === undefined) throw notTrained(family);
  const how = initialization === undefined ? { seed } : { seed, initialization };
  return family.initialValues(config, name, shape, how);
}

/**
 * The weights of a model folder, or of an adapter's with its base, read one at a time. A folder with one more row of vocabulary for each
 * learned token may be asked for: rows that it lacks are drawn anew, as fairseq does when a pretrained model gets a soft prompt.
 *
 * @throws BiogptError `checkpoints/…`, `models/…`, `training/wrong-tokenizer`
 */
export async function weightsOfFolder(
  folder: string,
  {
    vocabularySize: tokens,
    seed,
    ...options
  }: OpenFolderOptions & { readonly vocabularySize: number; readonly seed: number },
): Promise<InitialWeights> {
  const { family, config: found, entries } = await openModelFolder(folder, options);
  // Rows behind the tokenizer's are padding, as when the model is loaded to generate.
  const vocabularySize = Math.max(tokens, found.vocabularySize);
  if (vocabularySize - tokens > MOST_PADDING_ROWS) {
    throw new BiogptError("training/wrong-tokenizer", {
      what: `The tokenizer has ${tokens} tokens, the model in ${folder} has ${found.vocabularySize}.`,
      why: "Each id is a row of the model's embedding, so the two must come together.",
      fix: "Use the tokenizer of the model's own folder.",
    });
  }
  const config = { ...found, vocabularySize };
  return {
    config,
    initial: async (name) => {
      const values = await readFloat32(entries.get(name)!);
      if (name !== TOKEN_TABLE && name !== HEAD) return values;
      if (vocabularySize === found.vocabularySize) return values;
      const grown = drawn(family, config, { name, shape: [vocabularySize, config.width], seed });
      grown.set(values);
      return grown;
    },
  };
}

/** Writes config, tokenizer and weights into an existing folder. `value` gives a tensor by our name. */
export async function saveModelFiles(
  folder: string,
  value: (name: string) => Promise<Float32Array>,
  { config, tokenizer, weights }: { config: ModelConfig; tokenizer: string; weights: "float32" | "float16" },
): Promise<void> {
  const family = familyOf(config);
  const json = `${JSON.stringify(family.toConfigJson(config), null, 2)}\n`;
  await writeFileAtomically(join(folder, "config.json"), json);
  await copyTokenizer(tokenizer, folder);
  const tensors = family.tensors(config).map(
    ({ name, huggingFace, shape }): TensorToWrite => ({
      name: huggingFace,
      dtype: weights,
      shape,
      data: () => value(name),
    }),
  );
  await writeSafetensors(join(folder, "model.safetensors"), tensors);
}
