/**
 * The answer of the most similar training example: what any model must beat before its words count for anything. Retrieval beats most language models on the
 * usual sets of descriptions.
 */
import { type Fingerprint, nearest } from "../../../molecules/fingerprint.ts";

export interface KnownAnswer {
  readonly fingerprint: Fingerprint;
  readonly answer: string;
}

export interface NearestAnswer {
  readonly answer: string;
  /** Place among the known ones. */
  readonly at: number;
  /** 0 to 1. */
  readonly similarity: number;
}

/** @returns for each query the answer of the first of the most similar known ones; undefined where none is known */
export function nearestAnswers(
  queries: readonly Fingerprint[],
  known: readonly KnownAnswer[],
): (NearestAnswer | undefined)[] {
  const fingerprints = known.map(({ fingerprint }) => fingerprint);
  return queries.map((query) => {
    const found = nearest(query, fingerprints);
    return found === undefined ? undefined : { ...found, answer: known[found.at]!.answer };
  });
}
