/**
 * BioGPT's tokenizer as files, in any of these forms:
 *
 *     vocab.json + merges.txt         Hugging Face's; ours besides has biogpt-tokenizer.json
 *     dict.txt + bpecodes             fairseq's
 *     biogpt-tokenizer.json           how the text was prepared (Moses mode, punctuation), and the hash of the whole
 *
 * Without biogpt-tokenizer.json the tokenizer is BioGPT's: Moses in perl mode, punctuation as it is.
 */
import { z } from "zod";
import { BiogptError } from "../../base/errors.ts";
import type { TokenizerFiles, TokenizerKind, TokenizerOptions } from "../tokenizer-kind.ts";
import { BioGptTokenizer, tokenizerHash } from "./biogpt-tokenizer.ts";
import {
  formatVocabularyJson,
  parseFairseqDictionary,
  parseMerges,
  parseVocabularyJson,
  withLearnedTokens,
} from "./vocabulary.ts";

export const TOKENIZER_METADATA = "biogpt-tokenizer.json";

const VOCABULARY_FILES = ["vocab.json", "merges.txt", "dict.txt", "bpecodes"];

const metadataSchema = z.object({
  format: z.literal("biogpt-tokenizer/1"),
  moses: z.enum(["perl", "sacremoses"]),
  normalizePunctuation: z.boolean(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});

export const MOSES_BPE: TokenizerKind & {
  open(files: TokenizerFiles, options?: TokenizerOptions): Promise<BioGptTokenizer>;
} = {
  name: "moses-bpe",
  files: [...VOCABULARY_FILES, TOKENIZER_METADATA],
  recognizes: (names) => names.some((name) => VOCABULARY_FILES.includes(name)),
  open: openMosesBpe,
  learnedFiles: async (_files, tokenizer) => filesOf(tokenizer as BioGptTokenizer),
};

/**
 * @param files with both pairs, Hugging Face's is taken
 * @throws BiogptError `tokenizers/not-found`, `tokenizers/vocabulary`, `tokenizers/mismatch`, `tokenizers/metadata`
 */
async function openMosesBpe(files: TokenizerFiles, options: TokenizerOptions = {}): Promise<BioGptTokenizer> {
  const { place, names } = files;
  const [vocabularyFile, mergesFile, parseVocabulary] = pairOf(files);
  const vocabulary = parseVocabulary(await readText(files, vocabularyFile), pathOf(files, vocabularyFile));
  const merges = parseMerges(await readText(files, mergesFile), pathOf(files, mergesFile));
  const metadata = names.includes(TOKENIZER_METADATA)
    ? parseMetadata(await readText(files, TOKENIZER_METADATA), pathOf(files, TOKENIZER_METADATA))
    : undefined;
  if (metadata !== undefined && tokenizerHash({ ...metadata, vocabulary, merges }) !== metadata.hash) {
    throw new BiogptError("tokenizers/metadata", {
      what: `The tokenizer in ${place} is not the one that its ${TOKENIZER_METADATA} describes.`,
      why: "The vocabulary or the merges were changed after it was written.",
      fix: `Restore the files, or delete ${TOKENIZER_METADATA} to use them as BioGPT's.`,
    });
  }
  return new BioGptTokenizer({
    vocabulary: withLearnedTokens(vocabulary, options.learnedTokens ?? 0),
    merges,
    moses: options.moses ?? metadata?.moses ?? "perl",
    normalizePunctuation: options.normalizePunctuation ?? metadata?.normalizePunctuation ?? false,
  });
}

/** Hugging Face's form, with what says how text is prepared. */
function filesOf({ vocabulary, merges, moses, normalizesPunctuation, hash }: BioGptTokenizer): Map<string, string> {
  const metadata = { format: "biogpt-tokenizer/1", moses, normalizePunctuation: normalizesPunctuation, hash };
  return new Map([
    ["vocab.json", formatVocabularyJson(vocabulary)],
    ["merges.txt", merges.map((pair) => `${pair.join(" ")}\n`).join("")],
    [TOKENIZER_METADATA, `${JSON.stringify(metadata, null, 2)}\n`],
  ]);
}

function pairOf(files: TokenizerFiles): [string, string, typeof parseVocabularyJson] {
  const { names } = files;
  if (names.includes("vocab.json") && names.includes("merges.txt"))
    return ["vocab.json", "merges.txt", parseVocabularyJson];
  if (names.includes("dict.txt") && names.includes("bpecodes")) return ["dict.txt", "bpecodes", parseFairseqDictionary];
  const half = VOCABULARY_FILES.filter((name) => names.includes(name));
  throw new BiogptError("tokenizers/not-found", {
    what: `${files.place} ${half.length === 0 ? "holds no tokenizer" : `holds only ${half.join(" and ")}`}.`,
    why: "A tokenizer is vocab.json with merges.txt, or dict.txt with bpecodes.",
    fix: "Name the folder that holds one of the two pairs.",
  });
}

function pathOf({ place }: TokenizerFiles, name: string): string {
  return `${place.replace(/[/\\]$/, "")}/${name}`;
}

async function readText(files: TokenizerFiles, name: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await files.read(name));
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new BiogptError("tokenizers/vocabulary", {
      what: `${pathOf(files, name)} is not UTF-8.`,
      fix: "Fetch the file again.",
      cause,
    });
  }
}

function parseMetadata(text: string, path: string): z.infer<typeof metadataSchema> {
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
