/**
 * Joins training to BioGPT: a model's shape from settings, weights from a folder or drawn anew, and checkpoints in Hugging Face's layout
 * that any command takes with --model.
 */
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { copyFile, link, mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import { readFloat32 } from "../../checkpoints/read-tensor.ts";
import { type TensorToWrite, writeSafetensors } from "../../checkpoints/write-safetensors.ts";
import { writeFileAtomically } from "../../files/atomic-file.ts";
import { type BioGptConfig, toHuggingFaceConfig } from "../../models/biogpt/config.ts";
import { type Initialization, initialValues } from "../../models/biogpt/initial-weights.ts";
import { tensorSpecs } from "../../models/biogpt/tensor-names.ts";
import { type OpenFolderOptions, openModelFolder } from "../../pretrained/load/open-model-folder.ts";
import { TOKENIZER_METADATA } from "../../pretrained/load/tokenizer-folder.ts";
import { READING_FILE } from "../../tasks/reading.ts";
import { SCHEMA_FILE } from "../../tasks/relation-extraction/own-scheme.ts";
import type { BioGptTokenizer } from "../../tokenizers/moses-bpe/biogpt-tokenizer.ts";
import { formatVocabularyJson } from "../../tokenizers/moses-bpe/vocabulary.ts";
import { checkpointFolder, type RunState } from "../../training/run/checkpointing.ts";

const size = z
  .number()
  .int()
  .positive()
  .max(1 << 24);
const share = z.number().min(0).lt(1);
const SHAPE = z.strictObject({
  layers: size,
  width: size,
  heads: size,
  mlpWidth: size.exactOptional(),
  maxPositions: size.default(1024),
  scaleEmbedding: z.boolean().default(true),
  activation: z.enum(["gelu", "relu", "silu"]).default("gelu"),
  tied: z.boolean().default(true),
  dropout: share.default(0.1),
  attentionDropout: share.default(0.1),
});

/**
 * The config that settings describe, for a tokenizer's vocabulary. `mlpWidth` is four times the width where it is not said.
 *
 * @throws BiogptError `training/settings`
 */
export function modelConfig(
  model: Readonly<Record<string, unknown>>,
  vocabularySize: number,
  length: number,
): BioGptConfig {
  const parsed = SHAPE.safeParse(model);
  const refuse = (what: string, fix: string): never => {
    throw new BiogptError("training/settings", { what, fix, kind: "usage" });
  };
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const names = Object.keys(SHAPE.shape);
    const unknown = issue.code === "unrecognized_keys" ? issue.keys[0]! : undefined;
    return refuse(
      unknown === undefined
        ? `The model's ${issue.path.join(".") || "shape"} cannot be used: ${issue.message}.`
        : `The model has no "${unknown}".`,
      `Fields: ${names.join(", ")}.${unknown === undefined ? "" : didYouMean(unknown, names)}`,
    );
  }
  const { mlpWidth, ...shape } = parsed.data;
  if (shape.width % shape.heads !== 0) {
    refuse(`A width of ${shape.width} cannot be cut into ${shape.heads} heads.`, "Heads are usually width / 64.");
  }
  if (length > shape.maxPositions) {
    refuse(
      `Sequences of ${length} tokens do not fit into ${shape.maxPositions} positions.`,
      "Raise model.maxPositions.",
    );
  }
  return { modelType: "biogpt", ...shape, mlpWidth: mlpWidth ?? 4 * shape.width, vocabularySize };
}

export interface InitialWeights {
  readonly config: BioGptConfig;
  readonly initial: (name: string) => Float32Array | Promise<Float32Array>;
}

export function newWeights(config: BioGptConfig, seed: number, initialization: Initialization): InitialWeights {
  const shapes = new Map(tensorSpecs(config).map(({ name, shape }) => [name, shape]));
  const { layers } = config;
  return { config, initial: (name) => initialValues(name, shapes.get(name)!, { seed, initialization, layers }) };
}

/**
 * The weights of a model folder, or of an adapter's with its base, read one at a time. A folder with one more row of vocabulary for each learned token may be asked for:
 * rows that it lacks are drawn anew, as fairseq does when a pretrained model gets a soft prompt.
 *
 * @throws BiogptError `checkpoints/…`, `models/…`, `training/wrong-tokenizer`
 */
export async function weightsOfFolder(
  folder: string,
  { vocabularySize, seed, ...options }: OpenFolderOptions & { readonly vocabularySize: number; readonly seed: number },
): Promise<InitialWeights> {
  const { config: found, entries } = await openModelFolder(folder, options);
  const config = found as BioGptConfig;
  if (vocabularySize < config.vocabularySize) {
    throw new BiogptError("training/wrong-tokenizer", {
      what: `The tokenizer has ${vocabularySize} tokens, the model in ${folder} has ${config.vocabularySize}.`,
      why: "Each id is a row of the model's embedding, so the two must come together.",
      fix: "Use the tokenizer of the model's own folder.",
    });
  }
  return {
    config: { ...config, vocabularySize },
    initial: async (name) => {
      const values = await readFloat32(entries.get(name)!);
      if (name !== "tokenEmbedding" && name !== "head.weight") return values;
      if (vocabularySize === config.vocabularySize) return values;
      const grown = initialValues(name, [vocabularySize, config.width], { seed, layers: config.layers });
      grown.set(values);
      return grown;
    },
  };
}

/** Which parameters weight decay shrinks: all, as in fairseq's recipes, or only those with two axes. */
export function decayRule(
  { parameters }: { readonly parameters: readonly { readonly name: string; readonly shape: readonly number[] }[] },
  decay: "all" | "matrices",
): (name: string) => boolean {
  const vectors = new Set(parameters.flatMap(({ name, shape }) => (shape.length < 2 ? name : [])));
  return (name) => decay === "all" || !vectors.has(name);
}

/** Files that a tokenizer consists of, where they are there. */
const TOKENIZER_FILES = ["vocab.json", "merges.txt", "dict.txt", "bpecodes", "biogpt-tokenizer.json"];

export async function copyTokenizer(from: string, to: string): Promise<void> {
  for (const name of TOKENIZER_FILES) {
    if (!existsSync(join(from, name))) continue;
    await writeFileAtomically(join(to, name), await readFile(join(from, name))); // not copyFile: a read-only source would stay so
  }
}

/** Writes config, tokenizer and weights into an existing folder. `value` gives a tensor by our name. */
export async function saveModelFiles(
  folder: string,
  value: (name: string) => Promise<Float32Array>,
  { config, tokenizer, weights }: { config: BioGptConfig; tokenizer: string; weights: "float32" | "float16" },
): Promise<void> {
  await writeFileAtomically(join(folder, "config.json"), `${JSON.stringify(toHuggingFaceConfig(config), null, 2)}\n`);
  await copyTokenizer(tokenizer, folder);
  const tensors = tensorSpecs(config).map(
    ({ name, huggingFace, shape }): TensorToWrite => ({
      name: huggingFace,
      dtype: weights,
      shape,
      data: () => value(name),
    }),
  );
  await writeSafetensors(join(folder, "model.safetensors"), tensors);
}

/** Writes a tokenizer in Hugging Face's form, with the learned tokens it was opened with. */
export async function saveTokenizer(folder: string, tokenizer: BioGptTokenizer): Promise<void> {
  const { vocabulary, merges, moses, normalizesPunctuation: normalizePunctuation, hash } = tokenizer;
  const metadata = { format: "biogpt-tokenizer/1", moses, normalizePunctuation, hash };
  await writeFileAtomically(join(folder, "vocab.json"), formatVocabularyJson(vocabulary));
  await writeFileAtomically(join(folder, "merges.txt"), merges.map((pair) => `${pair.join(" ")}\n`).join(""));
  await writeFileAtomically(join(folder, TOKENIZER_METADATA), `${JSON.stringify(metadata, null, 2)}\n`);
}

/** SHA-256 of a file's bytes, in hexadecimal. */
export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest("hex");
}

/**
 * Makes a run folder itself the model of one of its checkpoints; weights are linked, not copied, where the disk can.
 *
 * @param files folder of the config and the tokenizer; default the checkpoint's
 */
export async function showAsModel(run: string, checkpoint: string, files: string = checkpoint): Promise<void> {
  const target = join(run, "model.safetensors");
  const partial = `${target}.partial`;
  await rm(partial, { force: true });
  await link(join(checkpoint, "model.safetensors"), partial).catch(() =>
    copyFile(join(checkpoint, "model.safetensors"), partial),
  );
  await rename(partial, target);
  await copyTokenizer(files, run);
  await copyFile(join(files, "config.json"), join(run, "config.json"));
  await showAdapter(run, checkpoint);
}

/** An adapter beside the checkpoint's model is the run's too, with what says how the model is to be asked; one of another model goes. */
async function showAdapter(run: string, checkpoint: string): Promise<void> {
  const [from, to] = [join(checkpoint, "adapter"), join(run, "adapter")];
  await rm(to, { recursive: true, force: true });
  if (!existsSync(from)) return;
  await mkdir(to);
  for (const name of ["adapter_model.safetensors", "adapter_config.json"])
    await copyFile(join(from, name), join(to, name));
  for (const name of [READING_FILE, SCHEMA_FILE])
    if (existsSync(join(run, name))) await copyFile(join(run, name), join(to, name));
}

/**
 * Makes a run that goes on the model of its best checkpoint, or of its newest where nothing was evaluated: a kill may have come between
 * that checkpoint and this.
 */
export async function showBest(
  run: string,
  { folder, state }: { readonly folder: string; readonly state: RunState },
): Promise<void> {
  const best = state.best === null ? folder : checkpointFolder(run, state.best.step);
  if (existsSync(best)) await showAsModel(run, best);
}
