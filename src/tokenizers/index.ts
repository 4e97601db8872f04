/** What other folders and users take from tokenizers/. */
export { BioGptTokenizer, type BioGptTokenizerOptions, tokenizerHash } from "./biogpt-tokenizer.ts";
export type { MosesMode } from "./characters.ts";
export { detokenizeMoses, MosesDetokenizer } from "./detokenizer.ts";
export { escapeMoses, mosesTokens, tokenizeMoses } from "./moses.ts";
export { type NormalizedText, normalizePunctuation } from "./normalize-punctuation.ts";
export type { DecodeOptions, EncodedText, EncodeOptions, StreamDecoder, Tokenizer } from "./tokenizer.ts";
export { type LearnedBpe, type TrainBpeOptions, trainBpe } from "./train.ts";
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
} from "./vocabulary.ts";
export { WordCounter } from "./word-count.ts";
