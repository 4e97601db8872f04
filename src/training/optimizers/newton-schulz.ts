/**
 * Newton–Schulz: a matrix with the same directions and nearly equal singular values, by products alone.
 *
 *     X = u / |u|, then five times             A = X X^T,  X = a X + (b A + c A^2) X
 *
 * Shapes    u (N, R, C), N matrices at once; where R > C it runs on the transposes, whose products are smaller.
 * Source    K. Jordan et al., 2024, "Muon: an optimizer for hidden layers in neural networks" (coefficients). In float32, not bfloat16.
 */
import type { Tensor } from "../../graph/graph.ts";
import { add, batchProduct, div, mul, scale, shift, sqrt, sumOver, transpose } from "../../graph/operators.ts";

const ITERATIONS = 5;
/** a, b, c: singular values from 0.01 up end between 0.7 and 1.2. */
const [A, B, C] = [3.4445, -4.775, 2.0315] as const;
/** Keeps a gradient of zeros from dividing by zero. */
const TINY = 1e-14;

/**
 * The nearest matrices with equal singular values, roughly: (N, R, C) to (N, R, C).
 *
 * @param portable writes products that every device has
 */
export function orthogonalized(matrices: Tensor, portable: boolean): Tensor {
  const [, R, columns] = matrices.shape as [number, number, number];
  const tall = R > columns;
  let x = tall ? transpose(matrices, [0, 2, 1]) : matrices; //   (N, S, L), S the shorter side
  x = div(x, sqrt(shift(sumOver(mul(x, x), [1, 2], true), TINY)));
  for (let i = 0; i < ITERATIONS; i++) {
    const gram = batchProduct(x, x, { transposeRight: true, portable }); // (N, S, S)
    const square = batchProduct(gram, gram, { alpha: C, portable });
    x = add(scale(x, A), batchProduct(add(scale(gram, B), square), x, { portable }));
  }
  return tall ? transpose(x, [0, 2, 1]) : x;
}
