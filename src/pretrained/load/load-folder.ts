/**
 * From a folder to a model that is ready: config, weights, tokenizer, compiled graph.
 *
 *     folder ─▶ config + checkpoint (+ adapter) ─▶ (quantised copy) ─▶ graph ─▶ Model
 */
import { createHash } from "node:crypto";
import { BiogptError } from "../../base/errors.ts";
import type { ByteSource } from "../../checkpoints/byte-source.ts";
import { type CheckpointFile, openSource } from "../../checkpoints/checkpoint-file.ts";
import type { TensorEntry } from "../../checkpoints/index.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { openPromptReader } from "../attachments/prompt-reader.ts";
import { Model } from "../model.ts";
import { type DecoderOptions, openDecoder } from "./open-decoder.ts";
import { type ModelFolder, type OpenFolderOptions, openFolderToRun } from "./open-model-folder.ts";
import { MOST_PADDING_ROWS, paddingNote } from "./padding-rows.ts";
import { MOST_SMALL_BYTES, type Precision } from "./precision.ts";
import { holdsTokenizer, openTokenizerOfKind } from "./tokenizer-folder.ts";

export interface FolderOptions extends DecoderOptions, OpenFolderOptions {
  /** How weights are stored. Default `fp32` for models up to 64 MB, `q8` above. */
  readonly precision?: Precision | undefined;
  /** Rewrites typographic punctuation before encoding. Default true; false is exact parity with the original. */
  readonly normalizePunctuation?: boolean | undefined;
  /** Which Moses tokenizer to be equal to. Default: what the model's folder says, else `perl`, which made the training texts. */
  readonly moses?: "perl" | "sacremoses" | undefined;
}

/**
 * Loads a model from a folder or a weight file; a folder may hold a LoRA adapter, whose base model is then looked for.
 *
 * @throws BiogptError `pretrained/...`, `checkpoints/...`, `models/...`, `tokenizers/...`, `runtime/...`
 */
export async function loadModelFolder(path: string, name: string, options: FolderOptions = {}): Promise<Model> {
  const checkpoint = await openFolderToRun(path, options);
  const { folder, family, config } = checkpoint;
  const precision = options.precision ?? checkpoint.quantized?.precision ?? defaultPrecision(checkpoint.entries);
  const { tokenizer, warnings: more } = await openTokenizer(checkpoint, options);
  const warnings = [...checkpoint.warnings, ...more];
  const reader = await openPromptReader(checkpoint, { ...options, precision, folder });
  const opened = await openDecoder(checkpoint, precision, { ...options, name });
  const dispose = (): void => {
    reader?.[Symbol.dispose]();
    opened.dispose();
  };
  const hash = await modelHash(checkpoint, precision, tokenizer?.hash);
  // Whoever asks for the positions of a model means those that it was loaded with.
  const loaded = { ...config, maxPositions: opened.decoder.maxLength };
  return new Model({
    name,
    hash,
    folder,
    family,
    config: loaded,
    precision,
    tokenizer,
    reader,
    warnings,
    ...opened,
    dispose,
  });
}

/** What a model folder holds, without loading it. */
export interface ModelFolderFacts {
  /** By which its model is told from others: that of `loadModelFolder` in fp32. */
  readonly hash: string;
  /** Of the weights as they are stored. */
  readonly weightBytes: number;
}

/** @throws BiogptError as `loadModelFolder` */
export async function hashOfModelFolder(path: string, options: OpenFolderOptions = {}): Promise<string> {
  return (await modelFolderFacts(path, options)).hash;
}

/** @throws BiogptError as `loadModelFolder` */
export async function modelFolderFacts(path: string, options: OpenFolderOptions = {}): Promise<ModelFolderFacts> {
  const checkpoint = await openFolderToRun(path, options);
  const { tokenizer } = await openTokenizer(checkpoint, { signal: options.signal });
  return {
    hash: await modelHash(checkpoint, "fp32", tokenizer?.hash),
    weightBytes: weightBytes(checkpoint.entries),
  };
}

interface FittedTokenizer {
  /** Undefined where the folder holds none that is read: ids need none. */
  readonly tokenizer: Tokenizer | undefined;
  readonly warnings: readonly string[];
}

/**
 * The folder's tokenizer. Rows that the vocabulary does not name are a learned prompt only where the checkpoint says so; what is left is padding,
 * which stands for nothing: guessing a prompt from a count would make a fine-tuned model of a padded one.
 *
 * @throws BiogptError `pretrained/vocabulary-mismatch`
 */
async function openTokenizer(
  { family, config: { vocabularySize }, learnedTokens, tokenizerFolder: folder }: ModelFolder,
  options: FolderOptions,
): Promise<FittedTokenizer> {
  if (!(await holdsTokenizer(folder))) return { tokenizer: undefined, warnings: [] };
  const common = {
    normalizePunctuation: options.normalizePunctuation ?? true,
    moses: options.moses,
    signal: options.signal,
  };
  let tokenizer: Tokenizer;
  try {
    tokenizer = await openTokenizerOfKind(family.tokenizer, folder, common);
  } catch (error) {
    // Of another kind than is read here, as a unigram model: ids need none, and text is refused by name.
    if (!(error instanceof BiogptError) || error.code !== "tokenizers/unsupported") throw error;
    return { tokenizer: undefined, warnings: [`${error.what} The model takes ids alone.`] };
  }
  const learned =
    tokenizer.learnedIds.length > 0 ? 0 : Math.min(learnedTokens, vocabularySize - tokenizer.vocabularySize);
  if (learned > 0)
    tokenizer = await openTokenizerOfKind(family.tokenizer, folder, { ...common, learnedTokens: learned });
  const padding = vocabularySize - tokenizer.vocabularySize;
  if (padding === 0) return { tokenizer, warnings: [] };
  if (padding > 0 && padding <= MOST_PADDING_ROWS) return { tokenizer, warnings: [paddingNote(padding)] };
  throw new BiogptError("pretrained/vocabulary-mismatch", {
    what: `The tokenizer in ${folder} has ${tokenizer.vocabularySize} tokens, the model ${vocabularySize}.`,
    why: "They do not belong together, and every id would mean another word. BioGPT has 42,384 tokens, BioGPT-Large 57,717, and a fine-tuned model up to 9 more.",
    fix: "Put the vocabulary that came with the checkpoint beside it.",
  });
}

/** Stands for the tokenizer in the hash of a model without one. */
const NO_TOKENIZER = "none";

function defaultPrecision(entries: ReadonlyMap<string, TensorEntry>): Precision {
  return weightBytes(entries) <= MOST_SMALL_BYTES ? "fp32" : "q8";
}

function weightBytes(entries: ReadonlyMap<string, TensorEntry>): number {
  return [...entries.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Bytes read from each end of a tensor to tell models apart. */
const SAMPLE_BYTES = 4096;

/**
 * Names a model in results. Of each tensor both ends are read, not all of it: hashing gigabytes at each start would cost seconds,
 * and whatever trains a matrix (LoRA leaves norms and biases alone) changes its ends too.
 */
async function modelHash(
  { family, config, entries }: Pick<ModelFolder, "family" | "config" | "entries">,
  precision: Precision,
  tokenizerHash: string = NO_TOKENIZER,
): Promise<string> {
  // Fields and tensor names tell families apart; hashes of results that were written before there were families stay.
  const { modelType: _, ...fields } = config;
  const hash = createHash("sha256").update(JSON.stringify([fields, precision, tokenizerHash]));
  const files = new Map<ByteSource, CheckpointFile>();
  try {
    for (const { name } of family.tensors(config)) {
      const { source, offset, byteLength, dtype, shape } = entries.get(name)!;
      hash.update(`${name} ${dtype} ${shape}`);
      let file = files.get(source);
      if (file === undefined) {
        file = await openSource(source);
        files.set(source, file);
      }
      const length = Math.min(SAMPLE_BYTES, byteLength);
      for (const at of new Set([offset, offset + byteLength - length])) {
        hash.update(await file.read(at, length, name));
      }
    }
  } finally {
    for (const file of files.values()) await file.close();
  }
  return hash.digest("hex");
}
