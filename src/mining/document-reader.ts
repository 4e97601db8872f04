/**
 * What mining asks of whoever reads documents: the names in each, and the relations between them. An extraction model is one such reader, what
 * the source itself annotates another.
 */
import type { BiogptError } from "../base/errors.ts";
import type { Document } from "../corpora/document.ts";

export interface DocumentReader {
  /** Kinds of names it finds, as `Chemical`; empty for whatever the source has. */
  readonly types: readonly string[];
  /** Kinds of relations it looks for. */
  readonly schemes: readonly ReaderScheme[];
  /** Equal readers find the same: of model, decoding and thresholds. */
  readonly hash: string;
  /** For people: what the hash is of. */
  readonly description: string;
  /**
   * Exactly one result a document, in their order. Batches are formed of these documents alone.
   *
   * @throws BiogptError `aborted`, and what no later document can be read with either
   */
  read(documents: readonly Document[], signal?: AbortSignal): AsyncIterable<ReadDocument>;
}

export interface ReaderScheme {
  readonly name: string;
  /** Whether both arguments play the same part, so that (a, b) and (b, a) are one relation. Default false. */
  readonly symmetric?: boolean | undefined;
}

export interface ReadDocument {
  readonly document: Document;
  readonly mentions: readonly ReadMention[];
  readonly relations: readonly ReadRelation[];
  /** Why nothing was found: the document could not be read. */
  readonly problem?: BiogptError | undefined;
}

export interface ReadMention {
  readonly passage: number;
  /** UTF-16 indices into the passage's text, `end` exclusive. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly type: string;
  /** In [0, 1]. */
  readonly probability: number;
  /** Concepts that the source states, as CURIEs; a normaliser is not asked then. */
  readonly concepts?: readonly string[] | undefined;
}

export interface ReadRelation {
  readonly scheme: string;
  readonly type: string;
  readonly head: ReadArgument;
  readonly tail: ReadArgument;
  /** In [0, 1]. */
  readonly probability: number;
  /** Whether it is denied, where the reader knows it. Default: what the words of the evidence say. */
  readonly negated?: boolean | undefined;
  /** The sentences that say it. Default: those around the nearest pair of mentions, where one passage has both. */
  readonly evidence?: readonly { readonly passage: number; readonly start: number; readonly end: number }[] | undefined;
}

export interface ReadArgument {
  /** Indexes into the document's mentions: every place of the argument; none for a concept that is not named in the text. */
  readonly mentions: readonly number[];
  /** The concept that is meant, where the reader knows it. Default: what its mentions are normalised to. */
  readonly concept?: string | undefined;
}
