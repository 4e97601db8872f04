/** How tokenizers of one kind are opened from the files that they consist of. A model family names its kind. */
import type { Tokenizer } from "./tokenizer.ts";

/** A folder's files, wherever they lie. */
export interface TokenizerFiles {
  /** For messages: the folder's path or address. */
  readonly place: string;
  readonly names: readonly string[];
  read(name: string): Promise<Uint8Array>;
}

/** What some kinds know and others ignore: asking for it is right for any model. */
export interface TokenizerOptions {
  /** Which Moses tokenizer to be equal to. Default: what the files say, else `perl`. */
  readonly moses?: "perl" | "sacremoses" | undefined;
  /** Rewrites typographic punctuation before encoding. Default: what the files say, else false. */
  readonly normalizePunctuation?: boolean | undefined;
  /** Learned prompt tokens to add behind the vocabulary, which has none. Default 0: those that stand in it. */
  readonly learnedTokens?: number | undefined;
}

export interface TokenizerKind {
  readonly name: string;
  /** Names of all files that may belong to it, for copying. */
  readonly files: readonly string[];
  /** Whether these are such a tokenizer's files, or part of them, which `open` then refuses. */
  recognizes(names: readonly string[]): boolean;
  /** @throws BiogptError `tokenizers/…` */
  open(files: TokenizerFiles, options?: TokenizerOptions): Promise<Tokenizer>;
  /**
   * The files, by name, of a tokenizer that was opened with `learnedTokens`: from them it opens as it is. Absent: none are added.
   *
   * @param files what it was opened from
   */
  learnedFiles?(files: TokenizerFiles, tokenizer: Tokenizer): Promise<ReadonlyMap<string, string | Uint8Array>>;
}
