/** The files of a tokenizer in a folder: opened as the kind that the model's family names, and written where one was trained. */
import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { stoppable } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import { DEFAULT_FAMILY, modelFamilies } from "../../models/registry.ts";
import { type BioGptTokenizer, tokenizerHash } from "../../tokenizers/moses-bpe/biogpt-tokenizer.ts";
import type { MosesMode } from "../../tokenizers/moses-bpe/characters.ts";
import { MOSES_BPE, TOKENIZER_METADATA } from "../../tokenizers/moses-bpe/folder-kind.ts";
import type { LearnedBpe } from "../../tokenizers/moses-bpe/train.ts";
import {
  formatFairseqDictionary,
  formatMerges,
  formatVocabularyJson,
  SPECIAL_TOKENS,
} from "../../tokenizers/moses-bpe/vocabulary.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import type { TokenizerFiles, TokenizerKind, TokenizerOptions } from "../../tokenizers/tokenizer-kind.ts";

export { TOKENIZER_METADATA };

/** Some sixty times BioGPT-Large's files. */
const LARGEST_FILE = 64 * 1024 * 1024;

/** Whether a folder has a tokenizer of any family, or part of one, which opening it then refuses. */
export async function holdsTokenizer(folder: string): Promise<boolean> {
  const names = await readdir(folder);
  return modelFamilies().some(({ tokenizer }) => tokenizer.recognizes(names));
}

export interface OpenTokenizerOptions extends TokenizerOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * The tokenizer of a folder, as one of a kind.
 *
 * @throws BiogptError `tokenizers/not-found`, and what the kind throws for its files
 */
export async function openTokenizerOfKind<Kind extends TokenizerKind>(
  kind: Kind,
  folder: string,
  { signal, ...options }: OpenTokenizerOptions = {},
): Promise<Awaited<ReturnType<Kind["open"]>>> {
  return (await kind.open(await tokenizerFilesOf(folder, signal), options)) as Awaited<ReturnType<Kind["open"]>>;
}

/**
 * BioGPT's tokenizer from a folder that holds one of its two pairs of files; with both, Hugging Face's is taken.
 *
 * @throws BiogptError `tokenizers/not-found`, `tokenizers/vocabulary`, `tokenizers/mismatch`, `tokenizers/metadata`
 */
export async function openTokenizerFolder(
  folder: string,
  options: OpenTokenizerOptions = {},
): Promise<BioGptTokenizer> {
  return openTokenizerOfKind(MOSES_BPE, folder, options);
}

/**
 * The tokenizer of a model folder, or of one that holds nothing else: as the family says that config.json names, else as a kind that knows the
 * files.
 *
 * @throws BiogptError as `openTokenizerOfKind`
 */
export async function openModelTokenizer(folder: string, options: OpenTokenizerOptions = {}): Promise<Tokenizer> {
  return openTokenizerOfKind(await tokenizerKindOf(folder), folder, options);
}

/** The kind of a folder's tokenizer, as `openModelTokenizer` opens it. */
export async function tokenizerKindOf(folder: string): Promise<TokenizerKind> {
  const names = await readdir(folder).catch(() => []);
  const families = modelFamilies();
  const said = await readFile(join(folder, "config.json"), "utf8").then(
    (text) => modelTypeOf(text),
    () => undefined,
  );
  const family =
    families.find(({ modelType }) => modelType === said) ??
    families.find(({ tokenizer }) => tokenizer.recognizes(names)) ??
    DEFAULT_FAMILY;
  return family.tokenizer;
}

/** `model_type`, or undefined where a config.json is damaged: whoever loads the model says so. */
function modelTypeOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { model_type?: unknown } | null)?.model_type;
  } catch {
    return undefined;
  }
}

/** @throws BiogptError `tokenizers/not-found` */
export async function tokenizerFilesOf(folder: string, signal?: AbortSignal): Promise<TokenizerFiles> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    throw new BiogptError("tokenizers/not-found", {
      what: `${folder} ${cause.code === "ENOTDIR" ? "is not a folder" : "does not exist"}.`,
      why: "A tokenizer is a folder's files.",
      fix: "Name the folder that holds them.",
      cause,
    });
  });
  return { place: folder, names, read: (name) => readBounded(join(folder, name), signal) };
}

async function readBounded(path: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const { size } = await stat(path);
  if (size > LARGEST_FILE) {
    throw new BiogptError("tokenizers/vocabulary", {
      what: `${path} has ${size} bytes, more than ${LARGEST_FILE}.`,
      why: "No tokenizer's file is that large; BioGPT-Large's have one megabyte.",
      fix: "Name the folder that holds the tokenizer's own files.",
    });
  }
  return stoppable(() => readFile(path, { signal }), signal);
}

export interface NewTokenizer {
  readonly learned: LearnedBpe;
  readonly moses: MosesMode;
  readonly normalizePunctuation: boolean;
  /** Anything to be kept with it: where it comes from, counts. Numbers and strings. */
  readonly notes?: Readonly<Record<string, unknown>>;
}

/**
 * Writes a trained tokenizer in both forms, and opens it again as a check.
 *
 * The folder appears at once and whole; it must not exist yet, or be empty.
 *
 * @throws BiogptError `tokenizers/folder-in-use`
 */
export async function writeTokenizerFolder(folder: string, made: NewTokenizer): Promise<BioGptTokenizer> {
  await expectUnused(folder);
  const { learned, moses, normalizePunctuation, notes = {} } = made;
  const vocabulary = [...SPECIAL_TOKENS, ...learned.pieces.map(([piece]) => piece)];
  const counts = new Map(learned.pieces.map(([, count], i) => [i + SPECIAL_TOKENS.length, count]));
  const merges = learned.merges.map(([left, right]) => [left, right] as const);
  const metadata = {
    format: "biogpt-tokenizer/1",
    moses,
    normalizePunctuation,
    hash: tokenizerHash({ vocabulary, merges, moses, normalizePunctuation }),
    pieces: vocabulary.length,
    merges: merges.length,
    ...notes,
  };
  const path = resolve(folder);
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString("hex")}.partial`);
  await mkdir(temporary, { recursive: true });
  try {
    await writeFile(join(temporary, "vocab.json"), formatVocabularyJson(vocabulary));
    await writeFile(join(temporary, "merges.txt"), formatMerges(learned.merges));
    await writeFile(join(temporary, "dict.txt"), formatFairseqDictionary(vocabulary, counts));
    await writeFile(join(temporary, "bpecodes"), formatMerges(learned.merges));
    await writeFile(join(temporary, TOKENIZER_METADATA), `${JSON.stringify(metadata, null, 2)}\n`);
    const opened = await openTokenizerFolder(temporary);
    await rmdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
    await rename(temporary, path);
    return opened;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/** @throws BiogptError `tokenizers/folder-in-use` when something lies in the folder, so that long work can ask first */
export async function expectUnused(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  if (names.length === 0) return;
  throw new BiogptError("tokenizers/folder-in-use", {
    what: `${folder} is not empty.`,
    why: "A tokenizer that tokenized data or a model may name is never overwritten.",
    fix: "Name another folder, or delete this one.",
  });
}
