/**
 * Names and pairs of several windows as the arrays that `layers/pair-scores.ts` reads, in training and in reading alike.
 *
 * Shapes   M names · P pairs of names · N rows
 */
import { distanceClass } from "../../layers/pair-scores.ts";
import type { PlacedName } from "./concept-pairs.ts";

/** A window whose pairs are scored. */
export interface PairWindow {
  readonly names: readonly PlacedName[];
  /** Tokens of the copy that counts. */
  readonly tokens: number;
  /** Sentence of each of them. */
  readonly sentences: ArrayLike<number>;
  /** Indices of names: head and tail. */
  readonly pairs: readonly (readonly [number, number])[];
  /** Row of one of its tokens. */
  rowOf(token: number): number;
}

export interface PairArrays {
  readonly first: Int32Array;
  readonly last: Int32Array;
  readonly head: Int32Array;
  readonly tail: Int32Array;
  readonly distance: Int32Array;
  /** (P, N) */
  readonly reach: Float32Array;
}

/** What a pair may ask, and what it asks only where the answer is not nearer: other sentences than those from the one name to the other. */
const NOT_THERE = -1e9;
const ELSEWHERE = -3;
/** Names farther apart than this have nothing to do with what stands between them. */
const NEAR_SENTENCES = 2;

/**
 * @param room  M and P where they are fixed; what is not used reads row 0 and is scored in vain. Default: what there is
 */
export function pairArrays(
  windows: readonly PairWindow[],
  rows: number,
  room: { readonly names: number; readonly pairs: number } = {
    names: windows.reduce((sum, { names }) => sum + names.length, 0),
    pairs: windows.reduce((sum, { pairs }) => sum + pairs.length, 0),
  },
): PairArrays {
  const arrays = {
    first: new Int32Array(room.names),
    last: new Int32Array(room.names),
    head: new Int32Array(room.pairs),
    tail: new Int32Array(room.pairs),
    distance: new Int32Array(room.pairs),
    reach: new Float32Array(room.pairs * rows).fill(NOT_THERE),
  };
  let [name, pair] = [0, 0];
  for (const { names, tokens, sentences, pairs, rowOf } of windows) {
    for (const [i, { first, last }] of names.entries()) {
      arrays.first[name + i] = rowOf(first);
      arrays.last[name + i] = rowOf(last);
    }
    for (const [h, t] of pairs) {
      const [head, tail] = [names[h]!, names[t]!];
      arrays.head[pair] = name + h;
      arrays.tail[pair] = name + t;
      arrays.distance[pair] = distanceClass(tail.first - head.first);
      const [low, high] = [Math.min(head.sentence, tail.sentence), Math.max(head.sentence, tail.sentence)];
      const asked = (sentence: number): boolean =>
        sentence === low || sentence === high || (high - low <= NEAR_SENTENCES && sentence > low && sentence < high);
      for (let token = 0; token < tokens; token++) {
        arrays.reach[pair * rows + rowOf(token)] = asked(sentences[token]!) ? 0 : ELSEWHERE;
      }
      pair++;
    }
    name += names.length;
  }
  return arrays;
}
