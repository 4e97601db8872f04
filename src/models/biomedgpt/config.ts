/**
 * A language model with encoders of molecules and proteins: one config of several.
 *
 *     text_config       the language model's own config.json
 *     molecule_config   {}: a GIN, whose sizes its tensors tell; absent: no molecules
 *     protein_config    an ESM-2's config.json; absent: no proteins
 *
 * `model_type` is `biomedgpt-` and the language model's. BioMedGPT-10B as published has no such file: `PUBLISHED` says how its folder is read as one.
 */
import { BiogptError } from "../../base/errors.ts";
import { type Esm2Config, parseEsm2Config, toEsm2ConfigJson } from "../esm2/config.ts";
import { isFrequencies } from "../esm2/tensor-names.ts";
import { type FittedConfig, type ModelConfig, type ModelFamily, TOKEN_TABLE } from "../family.ts";
import type { FolderLayout } from "../folder-layout.ts";
import { fitGin, type GinConfig, GRAPHMVP } from "../gin/tensor-names.ts";

/** The fields of `ModelConfig` are the language model's. */
export interface BioMedGptConfig extends ModelConfig {
  readonly text: ModelConfig;
  readonly molecule?: GinConfig;
  readonly protein?: Esm2Config;
}

/** Prefixes of our names. */
export const MOLECULE = "molecule.";
export const PROTEIN = "protein.";

/**
 * BioMedGPT-10B's folder: all weights in one file, or its parts; of the other downloads only configs and vocabularies are read.
 *
 * Source    PharMolix/OpenBioMed at ce3ccab, and its issues 21, 24, 37 and 66
 */
export const PUBLISHED: FolderLayout = {
  files: [
    { file: "llm/config.json", from: "PharMolix/BioMedGPT-LM-7B" },
    { file: "llm/tokenizer.model", or: ["llm/tokenizer.json"], from: "PharMolix/BioMedGPT-LM-7B" },
    { file: "protein/config.json", from: "facebook/esm2_t36_3B_UR50D" },
    { file: "protein/vocab.txt", from: "facebook/esm2_t36_3B_UR50D" },
  ],
  configs: { text_config: "llm/config.json", protein_config: "protein/config.json" },
  constants: { model_type: "biomedgpt-llama", molecule_config: {} },
  tokenizer: "llm",
  weights: { file: "biomedgpt_10b.pth", from: "PharMolix/BioMedGPT-10B" },
};

/** The language model's config, which follows what was found out about the whole. */
export function textConfig({ text, tied, vocabularySize, maxPositions }: BioMedGptConfig): ModelConfig {
  return { ...text, tied, vocabularySize, maxPositions };
}

export function parseBioMedGptConfig(modelType: string, text: ModelFamily, json: unknown): BioMedGptConfig {
  const fields = json as { text_config?: unknown; molecule_config?: unknown; protein_config?: unknown };
  if (typeof fields.text_config !== "object" || fields.text_config === null) {
    throw new BiogptError("models/config", {
      what: "config.json does not describe a BioMedGPT: text_config is missing.",
      fix: "Use the config.json that came with the checkpoint.",
    });
  }
  const config = text.parseConfig(fields.text_config);
  return {
    ...config,
    modelType,
    text: config,
    ...(fields.molecule_config == null ? {} : { molecule: GRAPHMVP }),
    ...(fields.protein_config == null ? {} : { protein: parseEsm2Config(fields.protein_config) }),
  };
}

export function toBioMedGptConfigJson(text: ModelFamily, config: BioMedGptConfig): Record<string, unknown> {
  return {
    model_type: config.modelType,
    text_config: text.toConfigJson(textConfig(config)),
    ...(config.molecule === undefined ? {} : { molecule_config: {} }),
    ...(config.protein === undefined ? {} : { protein_config: toEsm2ConfigJson(config.protein) }),
  };
}

/**
 * Sizes of the GIN; the frequencies of the protein encoder; and the row that BioMedGPT-10B's code appends to the vocabulary for `[PAD]`, of which the
 * language model's config does not know.
 */
export async function fitBioMedGpt(
  config: BioMedGptConfig,
  shapes: ReadonlyMap<string, readonly number[]>,
  read: (name: string) => Promise<Float32Array>,
): Promise<FittedConfig<BioMedGptConfig>> {
  const rows = shapes.get(TOKEN_TABLE)?.[0];
  const withPad = rows === config.vocabularySize + 1 ? rows : config.vocabularySize;
  const taken = [...shapes.keys()].filter(
    (name) => name.startsWith(PROTEIN) && isFrequencies(name.slice(PROTEIN.length)),
  );
  const frequencies = config.protein === undefined ? undefined : await sameFrequencies(config.protein, taken, read);
  return {
    taken,
    config: {
      ...config,
      vocabularySize: withPad,
      ...(config.molecule === undefined ? {} : { molecule: fitGin(config.molecule, under(MOLECULE, shapes)) }),
      ...(config.protein === undefined
        ? {}
        : { protein: { ...config.protein, ...(frequencies === undefined ? {} : { frequencies }) } }),
    },
  };
}

function under<Value>(prefix: string, all: ReadonlyMap<string, Value>): Map<string, Value> {
  return new Map(
    [...all].flatMap(([name, value]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [])),
  );
}

/** One list for all layers: the same numbers are kept once or in every layer, as transformers' version has it. */
async function sameFrequencies(
  { width, heads }: Esm2Config,
  names: readonly string[],
  read: (name: string) => Promise<Float32Array>,
): Promise<readonly number[] | undefined> {
  let first: readonly number[] | undefined;
  for (const name of names) {
    const values = [...(await read(name))];
    const fits = values.length === width / heads / 2 && values.every(Number.isFinite);
    if (fits && (first === undefined || values.every((value, i) => value === first![i]))) first = values;
    else {
      throw new BiogptError("models/config", {
        what: `The frequencies ${name.slice(PROTEIN.length)} of the protein encoder are ${fits ? "not those of its other layers" : `${values.length} values, not ${width / heads / 2} finite ones`}.`,
        why: "Every layer of an ESM-2 turns its heads by the same.",
        fix: "Use the files that came together.",
      });
    }
  }
  return first;
}
