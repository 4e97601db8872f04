/** What a byte-level BPE tokenizer is made of. */
import type { Merge } from "../sentencepiece/model.ts";
import type { AddedJsonToken } from "../tokenizer-json.ts";
import type { NormalForm } from "./normalize.ts";

/** One way of cutting a text; several are taken one after the other, each within the pieces of the one before. */
export interface Split {
  /** With the flags `gu`. */
  readonly pattern: RegExp;
  /** As the file has it: what tells two tokenizers apart. */
  readonly source: string;
  /** Whether what stands between two matches is a piece too; else it is left out. */
  readonly keepsGaps: boolean;
}

export interface ByteLevelModel {
  /** Where it was read, for messages. */
  readonly name: string;
  /** Piece, in the alphabet of bytes, to id. */
  readonly ids: ReadonlyMap<string, number>;
  readonly merges: readonly Merge[];
  readonly addedTokens: readonly AddedJsonToken[];
  /** Taken one after the other. */
  readonly normalForms: readonly NormalForm[];
  readonly splits: readonly Split[];
  /** Whether a part of the text that does not begin with a space gets one. */
  readonly prefixesSpace: boolean;
  /** Whether a word that is a piece as a whole is taken before any merge. */
  readonly ignoresMerges: boolean;
  /** What the post-processor puts in front of a text; undefined where it puts nothing. */
  readonly beginToken: string | undefined;
}
