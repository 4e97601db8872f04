/** What leaves pairs out by the words of their own text. */
import type { Document } from "../../corpora/document.ts";
import type { Span } from "../../corpora/sentences.ts";
import type { ReadDocument, ScoredPair } from "./relation-reader.ts";

export interface FilteredText extends Pick<ReadDocument<Pick<Document, "passages">>, "document" | "mentions"> {
  /** Of each passage. */
  readonly sentences: readonly (readonly Span[])[];
}

/** Made for a document; tells of each of its pairs whether it is left out. */
export type PairFilter = (text: FilteredText) => (pair: ScoredPair) => boolean;
