/** Softmax over the last axis. */
import type { Tensor } from "../graph.ts";
import { sumOver } from "./broadcast.ts";
import { mul, sub } from "./elementwise.ts";

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
