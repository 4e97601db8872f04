/**
 * What a SentencePiece BPE tokenizer is made of, whichever file it came from.
 *
 * `tokenizer.model` orders merges by the score of what they make; `tokenizer.json` lists them, pair by pair. Both become `merges`.
 */

/** As `ModelProto.SentencePiece.Type`; `unused` pieces are refused by the readers. */
export type PieceKind = "normal" | "unknown" | "control" | "user-defined" | "byte";

export interface Piece {
  readonly text: string;
  readonly kind: PieceKind;
}

/** Two neighbours that may become one; the lowest rank goes first, of equal ranks the leftmost. */
export interface Merge {
  readonly left: string;
  readonly right: string;
  readonly rank: number;
}

/** A token outside the pieces' own vocabulary, or one that is found in text before anything else. */
export interface AddedToken {
  readonly id: number;
  readonly text: string;
  /** Special ones (`</s>`, `[PAD]`) are text in a text unless asked for, and are left out of decoded text. */
  readonly special: boolean;
}

/** Where the `▁` of a beginning is put: once a text, before every part between special tokens, or never. */
export type DummyPrefix = "first" | "always" | "never";

export interface SentencePieceModel {
  /** Where the model was read, for messages. */
  readonly name: string;
  /** By id; holes of `tokenizer.json` are `undefined`. */
  readonly pieces: readonly (Piece | undefined)[];
  readonly merges: readonly Merge[];
  readonly addedTokens: readonly AddedToken[];
  readonly unknownId: number;
  /** -1 where the model has none. */
  readonly beginId: number;
  readonly endId: number;
  readonly padId: number;
  readonly byteFallback: boolean;
  readonly dummyPrefix: DummyPrefix;
  /** Whether a text that begins with a space gets the `▁` as well: SentencePiece says yes, Hugging Face's Metaspace no. */
  readonly prefixBeforeSpace: boolean;
  /** Leading, trailing and repeated spaces go. SentencePiece's default is true, also where the file says nothing. */
  readonly removeExtraWhitespaces: boolean;
  /** How an unknown token is written when decoded. */
  readonly unknownSurface: string;
}

/** U+2581, which stands for a space within pieces. */
export const SPACE = "\u2581";

/** Vocabularies in use have up to 256,000 pieces; more is a damaged or hostile file. */
export const MAX_PIECES: number = 1 << 20;
/** SentencePiece itself allows pieces of 16 characters by default and 512 bytes at most. */
export const MAX_PIECE_LENGTH = 1024;

/** The value of `<0x41>`, or undefined for anything else. */
export function byteOfPiece(text: string): number | undefined {
  const match = /^<0x([0-9A-Fa-f]{2})>$/.exec(text);
  return match === null ? undefined : Number.parseInt(match[1]!, 16);
}
