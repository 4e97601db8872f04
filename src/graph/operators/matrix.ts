/** Matrix products: plain, with a bias and a transposed weight (linear maps), and over batches in place of transposes. */
import { broadcastShape, type Dimension, describe, sameShape, shapeError, type Tensor } from "../graph.ts";
import { reshape, sumToShape } from "./broadcast.ts";
import { scale } from "./elementwise.ts";
import { transpose } from "./shape.ts";

/**
 * Matrix product over the last two axes; the axes before them broadcast.
 *
 * Shapes    left (..., M, K) · right (..., K, N) · out (..., M, N)
 * Gradient  d left = dOut right^T, d right = left^T dOut
 */
export function matmul(left: Tensor, right: Tensor): Tensor {
  const [M, K] = left.shape.slice(-2);
  const [K2, N] = right.shape.slice(-2);
  if (left.shape.length < 2 || right.shape.length < 2 || K !== K2 || left.dtype !== right.dtype) {
    throw shapeError("matmul", `${describe(left.shape)} does not multiply ${describe(right.shape)}`);
  }
  const batch = broadcastShape("matmul", left.shape.slice(0, -2), right.shape.slice(0, -2));
  const [out] = left.graph.node("MatMul", [left, right], {
    outputs: [{ dtype: left.dtype, shape: [...batch, M!, N!] }],
    gradient: ([dOut]) =>
      dOut === undefined
        ? []
        : [
            sumToShape(matmul(dOut, swapLast(right)), left.shape),
            sumToShape(matmul(swapLast(left), dOut), right.shape),
          ],
  });
  return out!;
}

function swapLast(x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  const rank = axes.length;
  return transpose(x, [...axes.slice(0, -2), rank - 1, rank - 2]);
}

/**
 * General matrix product of two matrices, either of them read transposed, plus a summand.
 *
 *     out = alpha * left' right' + beta * summand
 *
 * Shapes    left' (M, K) · right' (K, N) · summand broadcasts to (M, N) · out (M, N)
 * Gradient  each operand's is again one Gemm; the summand's is the sum over the rows of dOut
 */
export function gemm(
  left: Tensor,
  right: Tensor,
  {
    summand,
    transposeLeft = false,
    transposeRight = false,
    alpha = 1,
  }: {
    readonly summand?: Tensor;
    readonly transposeLeft?: boolean;
    readonly transposeRight?: boolean;
    readonly alpha?: number;
  } = {},
): Tensor {
  const [M, K] = transposeLeft ? [left.shape[1], left.shape[0]] : left.shape;
  const [K2, N] = transposeRight ? [right.shape[1], right.shape[0]] : right.shape;
  if (left.shape.length !== 2 || right.shape.length !== 2 || K !== K2) {
    throw shapeError(
      "gemm",
      `${describe(left.shape)}${transposeLeft ? " transposed" : ""} does not multiply ${describe(right.shape)}${transposeRight ? " transposed" : ""}`,
    );
  }
  const shape = [M!, N!];
  if (summand !== undefined && !sameShape(broadcastShape("gemm", shape, summand.shape), shape)) {
    throw shapeError("gemm", `the summand ${describe(summand.shape)} does not fit ${describe(shape)}`);
  }
  const [out] = left.graph.node("Gemm", summand === undefined ? [left, right] : [left, right, summand], {
    outputs: [{ dtype: left.dtype, shape }],
    attributes: { alpha: { float: alpha }, transA: transposeLeft ? 1 : 0, transB: transposeRight ? 1 : 0 },
    gradient: ([dOut]) => {
      if (dOut === undefined) return [];
      const dLeft = transposeLeft
        ? gemm(right, dOut, { transposeLeft: transposeRight, transposeRight: true, alpha })
        : gemm(dOut, right, { transposeRight: !transposeRight, alpha });
      const dRight = transposeRight
        ? gemm(dOut, left, { transposeLeft: true, transposeRight: transposeLeft, alpha })
        : gemm(left, dOut, { transposeLeft: !transposeLeft, alpha });
      return summand === undefined ? [dLeft, dRight] : [dLeft, dRight, sumRowsToShape(dOut, summand.shape)];
    },
  });
  return out!;
}

/**
 * Matrix product over batches, either operand read transposed, or with its row axis before the batch axes: heads are multiplied
 * where they lie, without being moved first.
 *
 *     out = alpha * left' right'
 *
 * Shapes    left (batch..., M, K), with `transposeLeft` (batch..., K, M), with `rowsFirstLeft` the axis before the last
 *           stands first: (M, batch..., K). The same for right (batch..., K, N). out (batch..., M, N)
 * Becomes   one com.microsoft FusedMatMul; with `portable`, for devices that have no kernel for it, Transpose, MatMul and Mul
 * Gradient  none here: layers write it for whole attentions
 */
export function batchProduct(
  left: Tensor,
  right: Tensor,
  {
    transposeLeft = false,
    transposeRight = false,
    rowsFirstLeft = false,
    rowsFirstRight = false,
    alpha = 1,
    portable = false,
  }: {
    readonly transposeLeft?: boolean;
    readonly transposeRight?: boolean;
    readonly rowsFirstLeft?: boolean;
    readonly rowsFirstRight?: boolean;
    readonly alpha?: number;
    readonly portable?: boolean;
  } = {},
): Tensor {
  const [batch, M, K] = operandShape(left, rowsFirstLeft, transposeLeft);
  const [batchRight, K2, N] = operandShape(right, rowsFirstRight, transposeRight);
  if (left.shape.length < 3 || !sameShape(batch, batchRight) || K !== K2 || left.dtype !== right.dtype) {
    throw shapeError("batchProduct", `${describe(left.shape)} does not multiply ${describe(right.shape)}`);
  }
  if (portable) {
    return scale(
      matmul(moved(left, rowsFirstLeft, transposeLeft), moved(right, rowsFirstRight, transposeRight)),
      alpha,
    );
  }
  return left.graph.node("FusedMatMul", [left, right], {
    outputs: [{ dtype: left.dtype, shape: [...batch, M, N] }],
    attributes: {
      alpha: { float: alpha },
      transA: transposeLeft ? 1 : 0,
      transB: transposeRight ? 1 : 0,
      transBatchA: rowsFirstLeft ? 1 : 0,
      transBatchB: rowsFirstRight ? 1 : 0,
    },
    domain: "com.microsoft",
  })[0]!;
}

/** The operand as MatMul wants it: (batch..., rows, columns). */
function moved(x: Tensor, rowsFirst: boolean, transposed: boolean): Tensor {
  const rank = x.shape.length;
  const axes = x.shape.map((_, axis) => axis);
  const ordered = rowsFirst ? [...axes.slice(1, -1), 0, rank - 1] : axes;
  return transpose(x, transposed ? [...ordered.slice(0, -2), ordered[rank - 1]!, ordered[rank - 2]!] : ordered);
}

function operandShape(x: Tensor, rowsFirst: boolean, transposed: boolean): [Dimension[], Dimension, Dimension] {
  const last = x.shape.at(-1)!;
  const rows = (rowsFirst ? x.shape[0] : x.shape.at(-2))!;
  const batch = rowsFirst ? x.shape.slice(1, -1) : x.shape.slice(0, -2);
  return transposed ? [batch, last, rows] : [batch, rows, last];
}

/** Column sums as ones (1, N) times the matrix: ten times faster than ReduceSum over the first axis on CPU. */
function sumRowsToShape(dOut: Tensor, shape: Tensor["shape"]): Tensor {
  const rows = dOut.shape[0];
  const columns = dOut.shape[1]!;
  const oneRow = shape.length === 1 || shape[0] === 1;
  if (typeof rows !== "number" || !oneRow || shape.at(-1) !== columns) return sumToShape(dOut, shape);
  return reshape(gemm(dOut.graph.constant(dOut.dtype, [1, rows], new Float32Array(rows).fill(1)), dOut), shape);
}

/**
 * A linear map as checkpoints store it: out = x weight^T + bias.
 *
 * Shapes    x (N, K) · weight (M, K) · bias (M) · out (N, M)
 * Becomes   one Gemm
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  return gemm(x, weight, { transposeRight: true, ...(bias === undefined ? {} : { summand: bias }) });
}
