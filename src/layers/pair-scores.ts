/**
 * Scores of pairs of names: what the text says of the two, from hidden states of the text they stand in.
 *
 *     first and last state of a name ─┬─ as head ─┐
 *                                     └─ as tail ─┴─ question ─▶ attention over the text ─▶ context ─┐
 *     head, tail, head * tail, distance ─────────────────────────────────────────────────────────────┴─ gelu ─ scores
 *
 * Two names alone do not say whether one causes the other or treats it: the words that do stand around and between them. So each pair asks
 * the text a question of its own, as in localised context pooling (Zhou et al., arXiv:2010.11304, section 3.2), with an attention that is
 * learnt here, and not the backbone's.
 *
 * Shapes   N rows of hidden states · C their width · M names · P pairs · D inner width · R relations · K distances
 */
import type { Tensor } from "../graph/graph.ts";
import { add, concat, gatherRows, gelu, gemm, linear, matmul, mul, scale, softmax, tanh } from "../graph/operators.ts";

export interface PairInputs {
  /** Rows (M) of each name's first and last token. */
  readonly first: Tensor;
  readonly last: Tensor;
  /** Names (P) of each pair. */
  readonly head: Tensor;
  readonly tail: Tensor;
  /** Class (P) of each pair's distance, in [0, K). */
  readonly distance: Tensor;
  /** Summand (P, N) of the attention's scores: 0 at rows that the pair may ask, -1e9 at others. */
  readonly reach: Tensor;
}

export interface PairScorerSize {
  /** C. */
  readonly width: number;
  /** R. */
  readonly relations: number;
}

/** D: half of biogpt-mini's width; wider ones were no better (docs/experiments.md). */
export const PAIR_WIDTH = 128;

/** Distances are told apart up to these many tokens between the two names; then whether the head stands first. */
const DISTANCES: readonly number[] = [4, 8, 16, 32, 64, 128];
/** K: each bound and what is beyond, in both directions. */
export const DISTANCE_CLASSES: number = 2 * (DISTANCES.length + 1);

/** @param between tokens from the head's first to the tail's first; negative where the tail stands first */
export function distanceClass(between: number): number {
  const bound = DISTANCES.findIndex((most) => Math.abs(between) <= most);
  const near = bound < 0 ? DISTANCES.length : bound;
  return between < 0 ? DISTANCES.length + 1 + near : near;
}

/** Parameters by name, with their shapes. */
export function pairParameters({ width, relations }: PairScorerSize): { name: string; shape: number[] }[] {
  const D = PAIR_WIDTH;
  return [
    { name: "pairs.head.weight", shape: [D, 2 * width] },
    { name: "pairs.head.bias", shape: [D] },
    { name: "pairs.tail.weight", shape: [D, 2 * width] },
    { name: "pairs.tail.bias", shape: [D] },
    { name: "pairs.question.weight", shape: [D, 2 * D] },
    { name: "pairs.key.weight", shape: [D, width] },
    { name: "pairs.value.weight", shape: [D, width] },
    { name: "pairs.distance.weight", shape: [DISTANCE_CLASSES, 2 * D] },
    { name: "pairs.inner.weight", shape: [2 * D, 4 * D] },
    { name: "pairs.inner.bias", shape: [2 * D] },
    { name: "pairs.relations.weight", shape: [relations, 2 * D] },
    { name: "pairs.relations.bias", shape: [relations] },
  ];
}

/**
 * @param hidden (N, C)
 * @param weight a parameter of `pairParameters`
 * @returns (P, R) log-odds of each relation against none
 */
export function pairScores(hidden: Tensor, inputs: PairInputs, weight: (name: string) => Tensor): Tensor {
  const layer = (x: Tensor, name: string): Tensor =>
    linear(x, weight(`pairs.${name}.weight`), weight(`pairs.${name}.bias`));
  const names = concat([gatherRows(hidden, inputs.first), gatherRows(hidden, inputs.last)], 1); // (M, 2 C)
  const heads = gatherRows(layer(names, "head"), inputs.head); //                                  (P, D)
  const tails = gatherRows(layer(names, "tail"), inputs.tail);
  const question = linear(gelu(concat([heads, tails], 1)), weight("pairs.question.weight")); //    (P, D)
  const keys = linear(hidden, weight("pairs.key.weight")); //                                      (N, D)
  const values = linear(hidden, weight("pairs.value.weight"));
  const asked = scale(gemm(question, keys, { transposeRight: true }), 1 / Math.sqrt(PAIR_WIDTH)); // (P, N)
  const context = matmul(softmax(add(asked, inputs.reach)), values); //                            (P, D)
  const inner = layer(concat([heads, tails, mul(heads, tails), context], 1), "inner"); //          (P, 2 D)
  const placed = add(inner, gatherRows(weight("pairs.distance.weight"), inputs.distance));
  return scale(tanh(scale(layer(gelu(placed), "relations"), 1 / MOST_LOG_ODDS)), MOST_LOG_ODDS);
}

/** Log-odds are bent to stay within this, so that odds can be added up: e^20 is a certainty to anybody. */
const MOST_LOG_ODDS = 20;
