/** Softmax over the last axis, and the cross-entropy of its outcome. */
import { expectShape, shapeError, type Tensor } from "../graph.ts";
import { sumOver } from "./broadcast.ts";
import { atLeast, div, log, mul, sub } from "./elementwise.ts";

/**
 * out = exp(x - max) / sum(exp(x - max)) over the last axis.
 *
 * Shapes    x and out (..., C)
 * Gradient  out * (dOut - sum(dOut * out))
 */
export function softmax(x: Tensor): Tensor {
  const [out] = x.graph.node("Softmax", [x], {
    outputs: [x],
    attributes: { axis: -1 },
    gradient: ([dOut]) => (dOut === undefined ? [] : [mul(out!, sub(dOut, sumOver(mul(dOut, out!), [-1], true)))]),
  });
  return out!;
}

/** Smallest probability whose logarithm is taken: a loss of 87 nats, float32's least normal number. */
const LEAST_PROBABILITY = 1.2e-38;

/**
 * Cross-entropy against sets of classes: how surprising it is that the class is one of a set.
 *
 *     loss[n] = -log(sum over c of allowed[n, c] * softmax(scores[n])[c])
 *
 * With one class in each set it is the usual cross-entropy. With several, what is not known may be any of them: a corpus that marks diseases
 * alone says of other words that they are no disease, and not that they are no gene.
 *
 * Shapes    scores and allowed (N, C), allowed 0 or 1 · loss (N, 1)
 * Units     nats
 * Gradient  of the scores: softmax - softmax * allowed / (their sum in the set); none of the sets
 */
export function setCrossEntropy(scores: Tensor, allowed: Tensor): Tensor {
  if (scores.shape.length !== 2) throw shapeError("setCrossEntropy", `scores have ${scores.shape.length} axes, not 2`);
  expectShape("setCrossEntropy: allowed", allowed, scores.shape);
  const probabilities = softmax(scores);
  const within = mul(probabilities, allowed); //                         (N, C)
  const total = atLeast(sumOver(within, [1], true), LEAST_PROBABILITY); // (N, 1)
  const logarithm = log(total);
  const [loss] = scores.graph.node("Neg", [logarithm], {
    outputs: [logarithm],
    gradientInputs: [scores],
    gradient: ([dOut]) => (dOut === undefined ? [] : [mul(sub(probabilities, div(within, total)), dOut)]),
  });
  return loss!;
}
