/** A tokenizer of each kind that says what its tokens write; those of published models only where ../shared is there. */
import { existsSync, readFileSync } from "node:fs";
import { ByteLevelTokenizer } from "./byte-level/byte-level-tokenizer.ts";
import { parseByteLevelJson } from "./byte-level/json-file.ts";
import { BioGptTokenizer } from "./moses-bpe/biogpt-tokenizer.ts";
import type { MosesMode } from "./moses-bpe/characters.ts";
import { parseFairseqDictionary, parseMerges, parseVocabularyJson } from "./moses-bpe/vocabulary.ts";
import { parseSentencePieceModel } from "./sentencepiece/model-file.ts";
import { SentencePieceTokenizer } from "./sentencepiece/sentencepiece-tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";

const REPOSITORY = new URL("../../", import.meta.url);
const SHARED = new URL("../shared/data/", REPOSITORY);
const at = (path: string): Buffer => readFileSync(new URL(path, REPOSITORY));

function embedded(moses: MosesMode): Tokenizer {
  const vocabulary = parseVocabularyJson(at("models/biogpt-mini/vocab.json").toString());
  const merges = parseMerges(at("models/biogpt-mini/merges.txt").toString());
  return new BioGptTokenizer({ vocabulary, merges, moses });
}

function byteLevel(): Tokenizer {
  const { kinds } = JSON.parse(at("test/fixtures/tokenizers/byte-level.json").toString());
  const [{ file }] = Object.values(kinds) as [{ file: object }];
  return new ByteLevelTokenizer(parseByteLevelJson(JSON.stringify(file), "tokenizer.json"), { endToken: "<|end|>" });
}

const pieces = parseSentencePieceModel(at("test/fixtures/tokenizers/tokenizer.model"), "tokenizer.model");

export const WRITING_TOKENIZERS: ReadonlyMap<string, () => Tokenizer> = new Map([
  ["Moses BPE, perl", () => embedded("perl")],
  ["Moses BPE, sacremoses", () => embedded("sacremoses")],
  ["byte-level BPE", byteLevel],
  ["SentencePiece", () => new SentencePieceTokenizer(pieces)],
  [
    "SentencePiece that collapses spaces",
    () => new SentencePieceTokenizer({ ...pieces, removeExtraWhitespaces: true }),
  ],
  ["SentencePiece without a space in front", () => new SentencePieceTokenizer(pieces, { dummyPrefix: "never" })],
]);

/** BioGPT's (42,384) and Llama 2's (32,000), as far as they are there. */
export function publishedTokenizers(shared: URL = SHARED): ReadonlyMap<string, Tokenizer> {
  const found = new Map<string, Tokenizer>();
  const dictionary = new URL("tokenizer/biogpt/dict.txt", shared);
  if (existsSync(dictionary)) {
    const vocabulary = parseFairseqDictionary(readFileSync(dictionary, "utf8"), "dict.txt");
    const merges = parseMerges(readFileSync(new URL("tokenizer/biogpt/bpecodes", shared), "utf8"), "bpecodes");
    found.set("BioGPT", new BioGptTokenizer({ vocabulary, merges }));
  }
  const llama = new URL("llama/llama-2/tokenizer.model", shared);
  if (existsSync(llama))
    found.set("Llama 2", new SentencePieceTokenizer(parseSentencePieceModel(readFileSync(llama), "tokenizer.model")));
  return found;
}
