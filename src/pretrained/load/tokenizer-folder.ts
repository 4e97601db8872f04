/**
 * A tokenizer as files of a folder, in any of these forms:
 *
 *     vocab.json + merges.txt         Hugging Face's; ours besides has biogpt-tokenizer.json
 *     dict.txt + bpecodes             fairseq's
 *     biogpt-tokenizer.json           how the text was prepared (Moses mode, punctuation), and the hash of the whole
 *
 * Without biogpt-tokenizer.json the tokenizer is BioGPT's: Moses in perl mode, punctuation as it is.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { BiogptError } from "../../base/errors.ts";
import {
  BioGptTokenizer,
  type BioGptTokenizerOptions,
  tokenizerHash,
} from "../../tokenizers/moses-bpe/biogpt-tokenizer.ts";
import type { MosesMode } from "../../tokenizers/moses-bpe/characters.ts";
import type { LearnedBpe } from "../../tokenizers/moses-bpe/train.ts";
import {
  formatFairseqDictionary,
  formatMerges,
  formatVocabularyJson,
  parseFairseqDictionary,
  parseMerges,
  parseVocabularyJson,
  SPECIAL_TOKENS,
  withLearnedTokens,
} from "../../tokenizers/moses-bpe/vocabulary.ts";

export const TOKENIZER_METADATA = "biogpt-tokenizer.json";
/** Some sixty times BioGPT-Large's files. */
const LARGEST_FILE = 64 * 1024 * 1024;

const metadataSchema = z.object({
  format: z.literal("biogpt-tokenizer/1"),
  moses: z.enum(["perl", "sacremoses"]),
  normalizePunctuation: z.boolean(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});

const VOCABULARY_FILES = ["vocab.json", "merges.txt", "dict.txt", "bpecodes"];

/** Whether a folder has a tokenizer, or part of one, which `openTokenizerFolder` then refuses. */
export async function holdsTokenizer(folder: string): Promise<boolean> {
  return (await readdir(folder)).some((name) => VOCABULARY_FILES.includes(name));
}

export interface OpenTokenizerOptions {
  /** Default: what the folder says, else `perl`. */
  readonly moses?: MosesMode | undefined;
  /** Default: what the folder says, else false. */
  readonly normalizePunctuation?: boolean | undefined;
  /** Learned prompt tokens to add behind the vocabulary. Default 0: those that stand in it. */
  readonly learnedTokens?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @param folder path of a folder that holds one of the two pairs of files; with both, Hugging Face's is taken
 * @throws BiogptError `tokenizers/not-found`, `tokenizers/vocabulary`, `tokenizers/mismatch`, `tokenizers/metadata`
 */
export async function openTokenizerFolder(
  folder: string,
  options: OpenTokenizerOptions = {},
): Promise<BioGptTokenizer> {
  const { signal, learnedTokens = 0 } = options;
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw notFound(folder, error.code === "ENOTDIR" ? "is not a folder" : "does not exist", error);
  });
  const read = (name: string): Promise<string> => readText(join(folder, name), signal);
  let files: Pick<BioGptTokenizerOptions, "vocabulary" | "merges">;
  if (names.includes("vocab.json") && names.includes("merges.txt")) {
    const [vocabulary, merges] = [join(folder, "vocab.json"), join(folder, "merges.txt")];
    files = {
      vocabulary: parseVocabularyJson(await read("vocab.json"), vocabulary),
      merges: parseMerges(await read("merges.txt"), merges),
    };
  } else if (names.includes("dict.txt") && names.includes("bpecodes")) {
    const [vocabulary, merges] = [join(folder, "dict.txt"), join(folder, "bpecodes")];
    files = {
      vocabulary: parseFairseqDictionary(await read("dict.txt"), vocabulary),
      merges: parseMerges(await read("bpecodes"), merges),
    };
  } else {
    const half = VOCABULARY_FILES.filter((name) => names.includes(name));
    throw notFound(folder, half.length === 0 ? "holds no tokenizer" : `holds only ${half.join(" and ")}`);
  }
  const metadata = names.includes(TOKENIZER_METADATA)
    ? parseMetadata(await read(TOKENIZER_METADATA), folder)
    : undefined;
  if (metadata !== undefined && tokenizerHash({ ...metadata, ...files }) !== metadata.hash) {
    throw new BiogptError("tokenizers/metadata", {
      what: `The tokenizer in ${folder} is not the one that its ${TOKENIZER_METADATA} describes.`,
      why: "The vocabulary or the merges were changed after it was written.",
      fix: `Restore the files, or delete ${TOKENIZER_METADATA} to use them as BioGPT's.`,
    });
  }
  return new BioGptTokenizer({
    vocabulary: withLearnedTokens(files.vocabulary, learnedTokens),
    merges: files.merges,
    moses: options.moses ?? metadata?.moses ?? "perl",
    normalizePunctuation: options.normalizePunctuation ?? metadata?.normalizePunctuation ?? false,
  });
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
    kind: "usage",
  });
}

function parseMetadata(text: string, folder: string): z.infer<typeof metadataSchema> {
  const path = join(folder, TOKENIZER_METADATA);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw metadataError(path, `is not JSON: ${(error as Error).message}`);
  }
  const parsed = metadataSchema.safeParse(value);
  if (!parsed.success) throw metadataError(path, `is not understood: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function metadataError(path: string, how: string): BiogptError {
  return new BiogptError("tokenizers/metadata", {
    what: `${path} ${how}.`,
    why: "It says how text was prepared before the tokenizer was trained.",
    fix: "Restore it, or train the tokenizer again with `biogpt tokenizer train`.",
  });
}

async function readText(path: string, signal?: AbortSignal): Promise<string> {
  const { size } = await stat(path);
  if (size > LARGEST_FILE) {
    throw new BiogptError("tokenizers/vocabulary", {
      what: `${path} has ${size} bytes, more than ${LARGEST_FILE}.`,
      why: "No tokenizer's file is that large; BioGPT-Large's have one megabyte.",
      fix: "Name the folder that holds the tokenizer's own files.",
    });
  }
  const bytes = await readFile(path, { signal });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new BiogptError("tokenizers/vocabulary", {
      what: `${path} is not UTF-8.`,
      fix: "Fetch the file again.",
      cause,
    });
  }
}

function notFound(folder: string, how: string, cause?: unknown): BiogptError {
  return new BiogptError("tokenizers/not-found", {
    what: `${folder} ${how}.`,
    why: "A tokenizer is vocab.json with merges.txt, or dict.txt with bpecodes.",
    fix: "Name the folder that holds one of the two pairs.",
    kind: "not-found",
    cause,
  });
}
