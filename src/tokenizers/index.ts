/** What other folders and users take from tokenizers/. */
export { BioGptTokenizer, type BioGptTokenizerOptions, tokenizerHash } from "./moses-bpe/biogpt-tokenizer.ts";
export type { MosesMode } from "./moses-bpe/characters.ts";
export { detokenizeMoses, MosesDetokenizer } from "./moses-bpe/detokenizer.ts";
export { escapeMoses, mosesTokens, tokenizeMoses } from "./moses-bpe/moses.ts";
export { type NormalizedText, normalizePunctuation } from "./moses-bpe/normalize-punctuation.ts";
export { type LearnedBpe, type TrainBpeOptions, trainBpe } from "./moses-bpe/train.ts";
export {
  formatFairseqDictionary,
  formatMerges,
  formatVocabularyJson,
  type Merges,
  parseFairseqDictionary,
  parseMerges,
  parseVocabularyJson,
  type Vocabulary,
  withLearnedTokens,
} from "./moses-bpe/vocabulary.ts";
export { WordCounter } from "./moses-bpe/word-count.ts";
export type { DecodeOptions, EncodedText, EncodeOptions, StreamDecoder, Tokenizer } from "./tokenizer.ts";
