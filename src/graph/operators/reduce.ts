/** Sums, means and maxima over axes. */
import { type GradientRule, normalAxis, productOf, type Shape, shapeError, type Tensor } from "../graph.ts";
import { mul, scale } from "./elementwise.ts";
import { reshape } from "./shape.ts";

function reduce(operator: string, x: Tensor, axes: readonly number[], keep: boolean, gradient?: GradientRule): Tensor {
  const at = axes.map((axis) => normalAxis(operator, x, axis)).sort((a, b) => a - b);
  const shape: Shape = keep
    ? x.shape.map((size, axis) => (at.includes(axis) ? 1 : size))
    : x.shape.filter((_, axis) => !at.includes(axis));
  const [out] = x.graph.node(operator, [x, x.graph.constant("int64", [at.length], at)], {
    outputs: [{ dtype: x.dtype, shape }],
    attributes: { keepdims: keep ? 1 : 0 },
    ...(gradient === undefined ? {} : { gradient }),
  });
  return out!;
}

/** A tensor of ones in the shape of x with the reduced axes back in place, times dOut. */
function spread(dOut: Tensor, x: Tensor, axes: readonly number[]): Tensor {
  const at = axes.map((axis) => normalAxis("spread", x, axis));
  const kept = reshape(
    dOut,
    x.shape.map((size, axis) => (at.includes(axis) ? 1 : size)),
  );
  const ones = x.graph.constant("float32", [1], [1]);
  const one = x.dtype === "float32" ? ones : x.graph.constant(x.dtype, [1], [1]);
  const [shape] = x.graph.node("Shape", [x], { outputs: [{ dtype: "int64", shape: [x.shape.length] }] });
  const [full] = x.graph.node("Expand", [one, shape!], { outputs: [x] });
  return mul(kept, full!);
}

/** Sum over axes; `keep` leaves them with size 1. */
export function sumOver(x: Tensor, axes: readonly number[], keep = false): Tensor {
  return reduce("ReduceSum", x, axes, keep, ([dOut]) => [dOut === undefined ? undefined : spread(dOut, x, axes)]);
}

/** Mean over axes whose sizes are known; `keep` leaves them with size 1. */
export function meanOver(x: Tensor, axes: readonly number[], keep = false): Tensor {
  const count = productOf(axes.map((axis) => x.shape[normalAxis("meanOver", x, axis)]!));
  if (typeof count !== "number") throw shapeError("meanOver", "the size of the axes must be known");
  return scale(sumOver(x, axes, keep), 1 / count);
}

/** Largest value over axes. Has no gradient. */
export function maxOver(x: Tensor, axes: readonly number[], keep = false): Tensor {
  return reduce("ReduceMax", x, axes, keep);
}
