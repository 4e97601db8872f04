/**
 * Elementwise operators and the mean over axes, with broadcasting as in numpy. Each is one ONNX node unless it says otherwise.
 *
 * Gradients are written with the same operators, so they are graph too; `sumToShape` undoes broadcasting.
 */
import type { DataType } from "../data-type.ts";
import {
  broadcastShape,
  expectType,
  type GradientRule,
  normalAxis,
  productOf,
  shapeError,
  type Tensor,
} from "../graph.ts";
import { sumOver, sumToShape } from "./broadcast.ts";

const NUMBERS: readonly DataType[] = ["float32", "float64", "float16", "bfloat16", "int64", "int32"];
const FLOATS: readonly DataType[] = ["float32", "float64", "float16", "bfloat16"];

function unary(operator: string, x: Tensor, gradient: (dOut: Tensor, out: Tensor) => Tensor, domain = ""): Tensor {
  expectType(operator, x, ...FLOATS);
  const rule: GradientRule = ([dOut]) => [dOut === undefined ? undefined : gradient(dOut, out!)];
  const [out] = x.graph.node(operator, [x], { outputs: [x], domain, gradient: rule });
  return out!;
}

function binary(
  operator: string,
  left: Tensor,
  right: Tensor,
  gradient: (dOut: Tensor, out: Tensor) => readonly [Tensor, Tensor],
): Tensor {
  expectType(operator, left, ...NUMBERS);
  if (left.dtype !== right.dtype) {
    throw shapeError(operator, `${left.name} is ${left.dtype} but ${right.name} is ${right.dtype}`);
  }
  const shape = broadcastShape(operator, left.shape, right.shape);
  const rule: GradientRule = ([dOut]) => {
    if (dOut === undefined) return [undefined, undefined];
    const [dLeft, dRight] = gradient(dOut, out!);
    return [sumToShape(dLeft, left.shape), sumToShape(dRight, right.shape)];
  };
  const [out] = left.graph.node(operator, [left, right], { outputs: [{ dtype: left.dtype, shape }], gradient: rule });
  return out!;
}

/** left + right. */
export function add(left: Tensor, right: Tensor): Tensor {
  return binary("Add", left, right, (dOut) => [dOut, dOut]);
}

/** left - right. */
export function sub(left: Tensor, right: Tensor): Tensor {
  return binary("Sub", left, right, (dOut) => [dOut, neg(dOut)]);
}

/** left * right. */
export function mul(left: Tensor, right: Tensor): Tensor {
  return binary("Mul", left, right, (dOut) => [mul(dOut, right), mul(dOut, left)]);
}

/** left / right; d left = dOut / right, d right = -dOut * out / right. */
export function div(left: Tensor, right: Tensor): Tensor {
  return binary("Div", left, right, (dOut, out) => [div(dOut, right), neg(div(mul(dOut, out), right))]);
}

/** x * factor, the factor a number known now. */
export function scale(x: Tensor, factor: number): Tensor {
  return factor === 1 ? x : mul(x, x.graph.scalar(x, factor));
}

/** x + summand, the summand a number known now. */
export function shift(x: Tensor, summand: number): Tensor {
  return summand === 0 ? x : add(x, x.graph.scalar(x, summand));
}

export function neg(x: Tensor): Tensor {
  return unary("Neg", x, (dOut) => neg(dOut));
}

export function exp(x: Tensor): Tensor {
  return unary("Exp", x, (dOut, out) => mul(dOut, out));
}

/** Natural logarithm. */
export function log(x: Tensor): Tensor {
  return unary("Log", x, (dOut) => div(dOut, x));
}

export function sqrt(x: Tensor): Tensor {
  return unary("Sqrt", x, (dOut, out) => div(scale(dOut, 0.5), out));
}

export function reciprocal(x: Tensor): Tensor {
  return unary("Reciprocal", x, (dOut, out) => neg(mul(dOut, mul(out, out))));
}

/** The error function; d = 2/sqrt(pi) * exp(-x^2). */
export function erf(x: Tensor): Tensor {
  return unary("Erf", x, (dOut) => mul(dOut, scale(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI))));
}

export function tanh(x: Tensor): Tensor {
  return unary("Tanh", x, (dOut, out) => mul(dOut, shift(neg(mul(out, out)), 1)));
}

/** 1 / (1 + exp(-x)). */
export function sigmoid(x: Tensor): Tensor {
  return unary("Sigmoid", x, (dOut, out) => mul(dOut, mul(out, shift(neg(out), 1))));
}

/** max(x, 0); the gradient at 0 is 0. */
export function relu(x: Tensor): Tensor {
  return unary("Relu", x, (dOut) => mul(dOut, cast(greater(x, x.graph.scalar(x, 0)), x.dtype)));
}

/** x * sigmoid(x), Llama's activation (Hendrycks and Gimpel, arXiv:1606.08415, section 4). Two nodes. */
export function silu(x: Tensor): Tensor {
  return mul(x, sigmoid(x));
}

/**
 * The exact Gaussian error linear unit: x * (1 + erf(x / sqrt 2)) / 2. BioGPT's `gelu` is this form, not the tanh one.
 *
 * Becomes   one com.microsoft Gelu, which ONNX Runtime also fuses with the bias before it
 * Gradient  with a = x / sqrt 2: dOut / 2 * (1 + erf(a) + a * 2 exp(-a^2) / sqrt(pi)); each pass over x costs, so the factor
 *           of the bell is an exponent and what is left is nine passes
 * Source    arXiv:1606.08415
 */
export function gelu(x: Tensor): Tensor {
  return unary("Gelu", x, (dOut) => mul(scale(dOut, 0.5), twiceGeluSlope(x)), "com.microsoft");
}

function twiceGeluSlope(x: Tensor): Tensor {
  const a = scale(x, Math.SQRT1_2);
  const bell = exp(sub(x.graph.scalar(x, Math.log(2 / Math.sqrt(Math.PI))), mul(a, a)));
  return shift(add(erf(a), mul(a, bell)), 1);
}

/** Converts to another element type; the gradient is converted back, and does not pass through whole numbers. */
export function cast(x: Tensor, dtype: DataType): Tensor {
  if (x.dtype === dtype) return x;
  const flows = FLOATS.includes(x.dtype) && FLOATS.includes(dtype);
  const [out] = x.graph.node("Cast", [x], {
    outputs: [{ dtype, shape: x.shape }],
    attributes: { to: ONNX_NUMBER[dtype] },
    gradient: ([dOut]) => [dOut === undefined || !flows ? undefined : cast(dOut, x.dtype)],
  });
  return out!;
}

const ONNX_NUMBER: Readonly<Record<DataType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
  uint4: 21,
  int4: 22,
};

function comparison(operator: string, left: Tensor, right: Tensor): Tensor {
  if (left.dtype !== right.dtype) {
    throw shapeError(operator, `${left.name} is ${left.dtype} but ${right.name} is ${right.dtype}`);
  }
  const shape = broadcastShape(operator, left.shape, right.shape);
  return left.graph.node(operator, [left, right], { outputs: [{ dtype: "bool", shape }] })[0]!;
}

/** left > right, as bool. */
export function greater(left: Tensor, right: Tensor): Tensor {
  return comparison("Greater", left, right);
}

/** left < right, as bool. */
export function less(left: Tensor, right: Tensor): Tensor {
  return comparison("Less", left, right);
}

/** left = right, as bool. */
export function equal(left: Tensor, right: Tensor): Tensor {
  return comparison("Equal", left, right);
}

/** `yes` where the condition holds, else `no`. */
export function where(condition: Tensor, yes: Tensor, no: Tensor): Tensor {
  expectType("where", condition, "bool");
  if (yes.dtype !== no.dtype) throw shapeError("where", `${yes.name} is ${yes.dtype} but ${no.name} is ${no.dtype}`);
  const shape = broadcastShape("where", condition.shape, broadcastShape("where", yes.shape, no.shape));
  const [out] = condition.graph.node("Where", [condition, yes, no], {
    outputs: [{ dtype: yes.dtype, shape }],
    gradient: ([dOut]) => {
      if (dOut === undefined) return [];
      const zero = dOut.graph.scalar(dOut, 0);
      return [
        undefined,
        sumToShape(where(condition, dOut, zero), yes.shape),
        sumToShape(where(condition, zero, dOut), no.shape),
      ];
    },
  });
  return out!;
}

/**
 * The factors of dropout from a mask of zeros and ones: 0, or 1 / (share kept).
 *
 * Becomes   one DequantizeLinear
 */
export function dropoutFactor(mask: Tensor, kept: number): Tensor {
  expectType("dropoutFactor", mask, "uint8");
  return mask.graph.node("DequantizeLinear", [mask, mask.graph.scalar("float32", 1 / kept)], {
    outputs: [{ dtype: "float32", shape: mask.shape }],
  })[0]!;
}

/** The larger of x and a bound, which is known now or broadcasts to x. Has no gradient. */
export function atLeast(x: Tensor, bound: number | Tensor): Tensor {
  return x.graph.node("Max", [x, typeof bound === "number" ? x.graph.scalar(x, bound) : bound], { outputs: [x] })[0]!;
}

/** Mean over axes whose sizes are known; `keep` leaves them with size 1. */
export function meanOver(x: Tensor, axes: readonly number[], keep = false): Tensor {
  const count = productOf(axes.map((axis) => x.shape[normalAxis("meanOver", x, axis)]!));
  if (typeof count !== "number") throw shapeError("meanOver", "the size of the axes must be known");
  return scale(sumOver(x, axes, keep), 1 / count);
}
