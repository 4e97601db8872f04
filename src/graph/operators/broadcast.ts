/**
 * Reshape, repeat, sum: what broadcasting and its gradient are made of. One file, because repeating is the gradient of summing and summing that of
 * repeating.
 */
import {
  describe,
  type GradientRule,
  normalAxis,
  productOf,
  type Shape,
  sameShape,
  shapeError,
  type Tensor,
} from "../graph.ts";

/** An int64 vector known now. */
export function indices(x: Tensor, values: readonly number[]): Tensor {
  return x.graph.constant("int64", [values.length], values);
}

/**
 * The same values in another shape.
 *
 * Sizes that are only names may appear at most once more than ONNX can copy: a name that stands at the same axis as
 * before is copied, and one further unknown size is inferred.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (productOf(x.shape) !== productOf(shape)) {
    throw shapeError("reshape", `${describe(x.shape)} does not hold as many values as ${describe(shape)}`);
  }
  let inferred = false;
  const sizes = shape.map((size, axis) => {
    if (typeof size === "number") return size;
    if (x.shape[axis] === size) return 0; //                 ONNX: 0 copies the size of the same axis
    if (inferred) throw shapeError("reshape", `${describe(shape)} has more than one size that is not known`);
    inferred = true;
    return -1;
  });
  return reshapedBy(x, indices(x, sizes), shape);
}

/** @param sizes int64 vector of what ONNX is told, which fits `shape`: the caller has checked it */
export function reshapedBy(x: Tensor, sizes: Tensor, shape: Shape): Tensor {
  const [out] = x.graph.node("Reshape", [x, sizes], {
    outputs: [{ dtype: x.dtype, shape }],
    gradient: ([dOut]) => [dOut === undefined ? undefined : reshape(dOut, x.shape)],
  });
  return out!;
}

/** Repeats sizes of 1 up to a shape whose sizes are all numbers. */
export function expand(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const sizes = shape.map((size) => {
    if (typeof size !== "number") throw shapeError("expand", `${describe(shape)} has sizes that are not known`);
    return size;
  });
  const [out] = x.graph.node("Expand", [x, indices(x, sizes)], {
    outputs: [{ dtype: x.dtype, shape }],
    gradient: ([dOut]) => [dOut === undefined ? undefined : sumToShape(dOut, x.shape)],
  });
  return out!;
}

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

/** dOut in the shape of x, repeated along the axes that were reduced. */
function spread(dOut: Tensor, x: Tensor, axes: readonly number[]): Tensor {
  const at = axes.map((axis) => normalAxis("spread", x, axis));
  const kept = reshape(
    dOut,
    x.shape.map((size, axis) => (at.includes(axis) ? 1 : size)),
  );
  const [shape] = x.graph.node("Shape", [x], { outputs: [{ dtype: "int64", shape: [x.shape.length] }] });
  const [out] = x.graph.node("Expand", [kept, shape!], {
    outputs: [x],
    gradient: ([dSpread]) => [dSpread === undefined ? undefined : sumOver(dSpread, axes, true)],
  });
  return out!;
}

/** Sum over axes; `keep` leaves them with size 1. */
export function sumOver(x: Tensor, axes: readonly number[], keep = false): Tensor {
  return reduce("ReduceSum", x, axes, keep, ([dOut]) => [dOut === undefined ? undefined : spread(dOut, x, axes)]);
}

/** Largest value over axes. Has no gradient. */
export function maxOver(x: Tensor, axes: readonly number[], keep = false): Tensor {
  return reduce("ReduceMax", x, axes, keep);
}

/** Sums a broadcast gradient back to the shape of the operand it belongs to. */
export function sumToShape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const extra = x.shape.length - shape.length;
  if (extra < 0) throw shapeError("sumToShape", `${describe(x.shape)} cannot become ${describe(shape)}`);
  const axes = x.shape.flatMap((size, axis) =>
    axis < extra || (shape[axis - extra] === 1 && size !== 1) ? [axis] : [],
  );
  const summed = axes.length === 0 ? x : sumOver(x, axes, true);
  return extra === 0 ? summed : reshape(summed, shape);
}
