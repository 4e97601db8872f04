/**
 * The head of a reader: names in a text, and what the text says of pairs of them, learnt together from one reading.
 *
 *     hidden ─┬─ classes of rows ─▶ losses of names (N)
 *             └─ scores of pairs ─ added up over the places of two concepts ─▶ losses of relations (G)
 *
 * Two concepts stand in several places, and a corpus says of the two, not of the places, what holds: the odds of a relation against none
 * are the sum of the odds of their pairs of places (log-sum-exp), so that one place that states it is enough.
 *
 * Shapes   N rows · M names · P pairs of names · G pairs of concepts · R relations, of all schemes
 */
import type { Tensor } from "../../graph/graph.ts";
import { add, concat, exp, log, matmul, setCrossEntropy, shift } from "../../graph/operators.ts";
import { type PairInputs, pairParameters, pairScores } from "../../layers/pair-scores.ts";
import type { FurtherInput, TrainingHead } from "./trainable-model.ts";
import { type ClassHeadOptions, classHead } from "./training-head.ts";

/** Most names, pairs of names and pairs of concepts of a batch of some thousand rows: places that are not used are computed all the same. */
export const READER_ROOM = { names: 128, pairs: 320, groups: 128 } as const;

export interface ReaderHeadOptions extends ClassHeadOptions {
  /** R. */
  readonly relations: number;
}

/** Under which no sum of odds falls, so that its logarithm is finite. */
const LEAST_ODDS = 1e-9;

export function readerHead({ relations, ...options }: ReaderHeadOptions): TrainingHead {
  const names = classHead(options);
  const { names: M, pairs: P, groups: G } = READER_ROOM;
  const classes = 1 + relations;
  return {
    parameters: [...names.parameters, ...pairParameters({ width: options.width, relations })],
    labels: names.labels,
    further: { count: G, inputs: (rows) => readerInputs(rows, classes) },
    losses(hidden, labels, weight, input) {
      const ofNames = names.losses(hidden, labels, weight, input);
      const scores = pairScores(hidden, pairInputs(input), weight); //                            (P, R)
      const odds = matmul(input("groupPairs"), exp(scores)); //                                   (G, R)
      const { graph } = hidden;
      const none = graph.constant("float32", [G, 1], new Float32Array(G));
      const ofGroups = concat([none, log(shift(odds, LEAST_ODDS))], 1); //                        (G, 1 + R)
      const within = add(ofGroups, input("groupScheme"));
      return concat([ofNames, setCrossEntropy(within, input("groupAnswer"))], 0); //               (N + G, 1)
    },
  };

  function readerInputs(rows: number, width: number): FurtherInput[] {
    return [
      { name: "nameFirst", dtype: "int32", shape: [M] },
      { name: "nameLast", dtype: "int32", shape: [M] },
      { name: "pairHead", dtype: "int32", shape: [P] },
      { name: "pairTail", dtype: "int32", shape: [P] },
      { name: "pairDistance", dtype: "int32", shape: [P] },
      { name: "pairReach", dtype: "float32", shape: [P, rows] },
      { name: "groupPairs", dtype: "float32", shape: [G, P] },
      { name: "groupScheme", dtype: "float32", shape: [G, width] },
      { name: "groupAnswer", dtype: "float32", shape: [G, width] },
    ];
  }
}

function pairInputs(input: (name: string) => Tensor): PairInputs {
  return {
    first: input("nameFirst"),
    last: input("nameLast"),
    head: input("pairHead"),
    tail: input("pairTail"),
    distance: input("pairDistance"),
    reach: input("pairReach"),
  };
}
