/**
 * Weights of attention from its scores: a softmax in which no weight is so small that processors stumble over it.
 *
 * A score more than 40 under its row's largest is raised to that: its weight, at most e^-40 = 4e-18 and so also that of a key that must not be
 * seen, is far under what float32 resolves, and nothing that is computed from the weights changes. Without it a trained model's weights go down
 * to 1e-45, and products with such denormal numbers take processors up to eighty times as long (docs/experiments.md, "Attention of whole texts").
 */
import type { Tensor } from "../graph/graph.ts";
import { atLeast, maxOver, mul, shift, sub, sumOver } from "../graph/operators.ts";

/** Nats under a row's largest score. */
const DEPTH = 40;

/**
 * Gradient  the softmax's: with P = softmax(S), dS = P * (dP - sum(dP * P))
 *
 * @param scores (..., queries, keys), a key that is not seen far below the others
 */
export function attentionWeights(scores: Tensor): Tensor {
  const raised = atLeast(scores, shift(maxOver(scores, [-1], true), -DEPTH));
  const [weights] = scores.graph.node("Softmax", [raised], {
    outputs: [scores],
    attributes: { axis: -1 },
    gradientInputs: [scores],
    gradient: ([dOut]) =>
      dOut === undefined ? [] : [mul(weights!, sub(dOut, sumOver(mul(dOut, weights!), [-1], true)))],
  });
  return weights!;
}
