/** What leaves pairs out by the words of their own text. */
import type { Document } from "../../corpora/document.ts";
import type { ReadDocument, ScoredPair } from "./relation-reader.ts";

/** Made for a document; tells of each of its pairs whether it is left out. */
export type PairFilter = (
  read: Pick<ReadDocument<Pick<Document, "passages">>, "document" | "mentions">,
) => (pair: ScoredPair) => boolean;
