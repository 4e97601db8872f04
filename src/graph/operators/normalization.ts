/** Layer norm and root-mean-square norm over the last axis. */
import { expectShape, productOf, type Shape, shapeError, sizeOf, type Tensor } from "../graph.ts";
import { reshape } from "./broadcast.ts";
import { add, meanOver, mul, reciprocal, scale, shift, sqrt, sub } from "./elementwise.ts";
import { gemm, matmul } from "./matrix.ts";

/**
 * Layer normalization over the last axis.
 *
 *     out[..., c] = (x[..., c] - mean) / sqrt(variance + epsilon) * gain[c] + bias[c]
 *
 * Shapes     x and out (..., C); gain and bias (C)
 * Units      epsilon is added to a variance, so it has the unit of x, squared
 * Becomes    one ONNX LayerNormalization; its mean and inverse deviation are kept for the gradient
 * Gradient   with h = (x - mean) * inverseDeviation and g = dOut * gain:
 *            dx = (g - mean(g) - h * mean(g * h)) * inverseDeviation, dgain = sum(dOut * h), dbias = sum(dOut)
 * Source     arXiv:1607.06450; the variance divides by C, as torch.nn.LayerNorm does
 *
 * @throws BiogptError `graph/shape` when gain or bias is not as long as the last axis of x
 */
export function layerNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon: number): Tensor {
  const C = sizeOf(x, -1);
  expectShape("layerNorm: gain", gain, [C]);
  expectShape("layerNorm: bias", bias, [C]);
  const reduced: Shape = [...x.shape.slice(0, -1), 1];
  const [out, mean, inverseDeviation] = x.graph.node("LayerNormalization", [x, gain, bias], {
    outputs: [x, { dtype: x.dtype, shape: reduced }, { dtype: x.dtype, shape: reduced }],
    attributes: { axis: -1, epsilon: { float: epsilon } },
    gradient: ([dOut]) => {
      if (dOut === undefined) return [];
      const normalized = mul(sub(x, mean!), inverseDeviation!); //                     h (..., C)
      const product = mul(dOut, normalized); //                                   dOut * h (..., C)
      const centred = sub(mul(dOut, gain), meanWeighted(dOut, gain));
      return [
        mul(sub(centred, mul(normalized, meanWeighted(product, gain))), inverseDeviation!),
        sumColumns(product, C),
        sumColumns(dOut, C),
      ];
    },
  });
  return out!;
}

/**
 * Root-mean-square normalization over the last axis: out = x / sqrt(mean(x^2) + epsilon) * gain.
 *
 * Shapes     x and out (..., C); gain (C)
 * Becomes    elementwise nodes, which ONNX Runtime fuses into one SimplifiedLayerNormalization
 * Source     arXiv:1910.07467; Llama's norm
 */
export function rmsNorm(x: Tensor, gain: Tensor, epsilon: number): Tensor {
  const C = sizeOf(x, -1);
  expectShape("rmsNorm: gain", gain, [C]);
  if (typeof C !== "number") throw shapeError("rmsNorm", "the last axis must be known when the graph is written");
  const inverse = reciprocal(sqrt(shift(meanOver(mul(x, x), [-1], true), epsilon)));
  return mul(mul(x, inverse), gain);
}

/**
 * Batch normalization with the statistics of training (evaluation mode), over axis 1 of (N, C) as GIN uses it.
 *
 *     out = (x - mean) / sqrt(variance + epsilon) * gain + bias
 *
 * Shapes     x and out (N, C); gain, bias, mean and variance (C)
 * Source     arXiv:1502.03167
 */
export function batchNorm(
  x: Tensor,
  {
    gain,
    bias,
    mean,
    variance,
  }: { readonly gain: Tensor; readonly bias: Tensor; readonly mean: Tensor; readonly variance: Tensor },
  epsilon: number,
): Tensor {
  const C = sizeOf(x, 1);
  for (const [name, tensor] of Object.entries({ gain, bias, mean, variance }))
    expectShape(`batchNorm: ${name}`, tensor, [C]);
  return add(mul(mul(sub(x, mean), reciprocal(sqrt(shift(variance, epsilon)))), gain), bias);
}

/** mean(x * weights) over the last axis, which is kept: (..., C) and (C) give (..., 1). A product of matrix and vector, one pass. */
function meanWeighted(x: Tensor, weights: Tensor): Tensor {
  const C = sizeOf(x, -1);
  if (typeof C !== "number")
    throw shapeError("layerNorm", "its gradient needs a width known when the graph is written");
  return matmul(x, reshape(scale(weights, 1 / C), [C, 1]));
}

/** Sums all axes but the last, as ones times a matrix. */
function sumColumns(x: Tensor, C: Tensor["shape"][number]): Tensor {
  const rows = productOf(x.shape.slice(0, -1));
  if (typeof rows !== "number")
    throw shapeError("layerNorm", "its gradient needs sizes known when the graph is written");
  const ones = x.graph.constant(x.dtype, [1, rows], new Float32Array(rows).fill(1));
  return reshape(gemm(ones, reshape(x, [rows, C])), [C]);
}
