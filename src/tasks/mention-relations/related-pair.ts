import type { ScoredPair } from "./relation-reader.ts";

/** The likeliest relation of a pair. */
export interface RelatedPair {
  readonly pair: ScoredPair;
  readonly relation: string;
  /** That it holds, and that both names are names of their types; before any calibration. In [0, 1]. */
  readonly probability: number;
  /** The place that says so, where one is known: indices of the two mentions. */
  readonly said?: readonly [head: number, tail: number] | undefined;
}
