/**
 * From a folder to a model that is ready: config, weights, tokenizer, compiled graph.
 *
 *     folder ─▶ config + checkpoint (+ adapter) ─▶ (quantised copy) ─▶ graph ─▶ Model
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openSource } from "../../checkpoints/checkpoint-file.ts";
import type { TensorEntry } from "../../checkpoints/index.ts";
import { openPromptReader } from "../attachments/prompt-reader.ts";
import { Model } from "../model.ts";
import { type FittedTokenizer, fitTokenizer } from "./fit-tokenizer.ts";
import { modelHash } from "./model-hash.ts";
import { type DecoderOptions, openDecoder } from "./open-decoder.ts";
import { type ModelFolder, type OpenFolderOptions, openFolderToRun } from "./open-model-folder.ts";
import { MOST_SMALL_BYTES, type Precision } from "./precision.ts";
import { holdsTokenizer, tokenizerFilesOf } from "./tokenizer-folder.ts";

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
  const opened = await openDecoder(checkpoint, precision, { ...options, name }, tokenizer);
  const dispose = (): void => {
    reader?.[Symbol.dispose]();
    opened.dispose();
  };
  const hash = await modelHash(checkpoint, precision, tokenizer?.hash, openSource);
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
    readText: (file) => textIfThere(join(folder, file)),
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
    hash: await modelHash(checkpoint, "fp32", tokenizer?.hash, openSource),
    weightBytes: weightBytes(checkpoint.entries),
  };
}

async function openTokenizer(
  { family, config, learnedTokens, tokenizerFolder: folder }: ModelFolder,
  { normalizePunctuation = true, moses, signal }: FolderOptions,
): Promise<FittedTokenizer> {
  if (!(await holdsTokenizer(folder))) return { tokenizer: undefined, warnings: [] };
  const files = await tokenizerFilesOf(folder, signal);
  return fitTokenizer({ family, config, learnedTokens }, files, { normalizePunctuation, moses });
}

function defaultPrecision(entries: ReadonlyMap<string, TensorEntry>): Precision {
  return weightBytes(entries) <= MOST_SMALL_BYTES ? "fp32" : "q8";
}

function weightBytes(entries: ReadonlyMap<string, TensorEntry>): number {
  return [...entries.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

async function textIfThere(path: string): Promise<string | undefined> {
  return existsSync(path) ? readFile(path, "utf8") : undefined;
}
