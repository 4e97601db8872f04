/**
 * The head of taggers and classifiers: classes of rows.
 *
 * Shapes   N rows, one for each token · C width · L classes
 */
import { gatherRows, linear, reshape, setCrossEntropy } from "../../graph/operators.ts";
import type { TrainingHead } from "./trainable-model.ts";

export interface ClassHeadOptions {
  /** Of the parameters: `{name}.weight` (L, C) and `{name}.bias` (L). */
  readonly name: string;
  readonly width: number;
  readonly classes: number;
  /** Default true. */
  readonly bias?: boolean;
  /**
   * What each label stands for: the classes that it allows. Default: label i is class i. A label with several classes says that any of them may
   * be right, which is how corpora that mark some types alone are learnt from together.
   */
  readonly labels?: readonly (readonly number[])[];
}

/** One linear layer over each row, whose softmax is held against the row's label: a tagger, or a classifier that counts one row of each sequence. */
export function classHead({ name, width, classes, bias = true, labels }: ClassHeadOptions): TrainingHead {
  const sets = labels ?? Array.from({ length: classes }, (_, c) => [c]);
  const table = new Float32Array(sets.length * classes);
  for (const [label, allowed] of sets.entries()) for (const c of allowed) table[label * classes + c] = 1;
  const [weightName, biasName] = [`${name}.weight`, `${name}.bias`];
  return {
    parameters: [
      { name: weightName, shape: [classes, width] },
      ...(bias ? [{ name: biasName, shape: [classes] }] : []),
    ],
    labels: sets.length,
    losses(hidden, rowLabels, weight) {
      const scores = linear(hidden, weight(weightName), bias ? weight(biasName) : undefined); // (N, L)
      const { graph } = hidden;
      const rows = hidden.shape[0] as number;
      const allowed = gatherRows(graph.constant("float32", [sets.length, classes], table), reshape(rowLabels, [rows]));
      return setCrossEntropy(scores, allowed);
    },
  };
}
