/** What other folders and users take from tokenizers/. */
export type {
  Attachment,
  ChatMessage,
  ChatRenderer,
  PromptPart,
  RenderOptions,
} from "./chat/conversation.ts";
export { encodePrompt, type PromptSegment } from "./chat/encode-prompt.ts";
export { BIOMEDGPT_SCRIPT_SYSTEM, CHAT_FORMATS, type ChatFormat, chatFormat } from "./chat/formats.ts";
export { type ChatTemplateSource, findChatTemplate, openChatTemplate } from "./chat/template.ts";
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
export {
  ESM2_VOCABULARY,
  parseResidueVocabulary,
  type Residues,
  ResidueTokenizer,
  residueNotes,
} from "./residues/residue-tokenizer.ts";
export { parseTokenizerJson } from "./sentencepiece/json-file.ts";
export type { AddedToken, DummyPrefix, SentencePieceModel } from "./sentencepiece/model.ts";
export { parseSentencePieceModel } from "./sentencepiece/model-file.ts";
export { SentencePieceTokenizer, type SentencePieceTokenizerOptions } from "./sentencepiece/sentencepiece-tokenizer.ts";
export type { DecodeOptions, EncodedText, EncodeOptions, StreamDecoder, Tokenizer } from "./tokenizer.ts";
