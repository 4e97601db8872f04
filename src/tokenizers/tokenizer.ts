/**
 * What every tokenizer of the package offers: text to ids and back, with the place of each token in the text.
 *
 * `BioGptTokenizer` (Moses + fastBPE) fulfils it; Llama's SentencePiece BPE and ESM-2's residues are meant to fit as well, so
 * nothing here speaks of words, merges or escapes.
 *
 * Units    every offset is an index into the JavaScript string, in UTF-16 code units: `text.slice(starts[i], ends[i])`
 * Left out the special tokens around a sequence: a model's prompt decides where `endId` stands, not its tokenizer
 */

import type { TokenWriting } from "./token-writing.ts";

export interface EncodeOptions {
  /**
   * Turns strings such as `</s>` in the text into their ids, as Hugging Face does. Default false: text is only ever
   * text, so a document cannot smuggle an end of sequence into a prompt.
   */
  readonly recognizeSpecialTokens?: boolean;
  /**
   * The text goes on after other tokens of the sequence. Default false. Has an effect where a tokenizer puts a space before a beginning
   * only (SentencePiece without transformers' `legacy`).
   */
  readonly continues?: boolean;
}

/** Tokens and where they come from; the three arrays are equally long. */
export interface EncodedText {
  readonly ids: Int32Array;
  /** First UTF-16 unit of each token in the original text. */
  readonly starts: Int32Array;
  /** One past the last unit. Equal to the start where one character became several tokens: the first of them owns it. */
  readonly ends: Int32Array;
}

export interface DecodeOptions {
  /** Leaves `<s>`, `<pad>` and `</s>` in the text. Default false. */
  readonly keepSpecialTokens?: boolean;
  /** Leaves learned prompt tokens (`learned1`, ...) in the text. Default false. */
  readonly keepLearnedTokens?: boolean;
}

/** Ids to text, one at a time, for showing an answer while it grows. */
export interface StreamDecoder {
  /** @returns the text that is certain by now and was not returned before; often empty, as the next token may still join on */
  push(id: number): string;
  /** @returns the rest; afterwards the decoder is as new */
  end(): string;
}

export interface Tokenizer {
  /** One more than the largest id, learned tokens included. */
  readonly vocabularySize: number;
  /** `</s>`: begins and ends every BioGPT sequence (2). */
  readonly endId: number;
  /** What begins a sequence where that is not `endId`: `<s>` of Llama (1); -1 for a vocabulary without. */
  readonly beginId?: number;
  /** Whether `beginId` stands before a prompt. Default true; false where a folder's tokenizer_config.json says `add_bos_token: false`. */
  readonly beginsPrompts?: boolean;
  /** Tokens that are text in a text unless asked for (`recognizeSpecialTokens`), by their spelling; absent where none are told apart. */
  readonly specialTokens?: ReadonlyMap<string, number>;
  /** `<pad>` (1). */
  readonly padId: number;
  /** `<unk>` (3): what pieces outside the vocabulary become. */
  readonly unknownId: number;
  /** Ids of learned prompt tokens, learned1 first; empty for a model without. */
  readonly learnedIds: readonly number[];
  /**
   * SHA-256 (64 hexadecimal digits) of everything that decides which ids a text becomes. Two tokenizers with one hash are
   * interchangeable; tokenized data and checkpoints name it.
   */
  readonly hash: string;

  /** Ids of a text; no special tokens are added. */
  encode(text: string, options?: EncodeOptions): Int32Array;

  /** The same ids, each with its place in the text. */
  encodeWithOffsets(text: string, options?: EncodeOptions): EncodedText;

  /**
   * Text of ids. For BioGPT this undoes spacing only in the usual cases (`5'-UTR` comes back as `5 '-UTR`), so spans of a known
   * text are better cut from it by offsets.
   *
   * @throws BiogptError `tokenizers/unknown-id` when an id is not in [0, vocabularySize)
   */
  decode(ids: ArrayLike<number>, options?: DecodeOptions): string;

  /**
   * What stands between a text and the text of ids that go on after it, given from the first of them on. Absent: a space, unless the ids' text
   * begins with punctuation, since pieces do not say.
   */
  separatorBefore?(ids: ArrayLike<number>): "" | " ";

  /** What each token writes, made at the first call. Absent or undefined: it cannot be told token by token. */
  writing?(): TokenWriting | undefined;

  /** A decoder whose pushed parts and end, joined, equal `decode` of all the ids. */
  streamDecoder(options?: DecodeOptions): StreamDecoder;

  /**
   * Spelling of an id; BioGPT's as fastBPE writes it: `foo@@` where the word goes on, `foo` where it ends.
   *
   * @throws BiogptError `tokenizers/unknown-id` when the id is not in [0, vocabularySize)
   */
  piece(id: number): string;

  /** Id of a spelling, or undefined. */
  id(piece: string): number | undefined;
}

/** What stands before a prompt's own ids: the begin token, `endId` where a vocabulary has no other, or nothing. */
export function promptBegin({ beginId, endId, beginsPrompts = true }: Tokenizer): readonly number[] {
  const id = beginId ?? endId;
  return beginsPrompts && id >= 0 ? [id] : [];
}

/** What a text's first token is predicted from: what begins prompts, and in families where nothing does the end of the text before. */
export function textBegin(tokenizer: Tokenizer): readonly number[] {
  const begin = promptBegin(tokenizer);
  return begin.length > 0 ? begin : [tokenizer.endId];
}
