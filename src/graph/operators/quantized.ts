/** Linear maps over quantised weights (inference only): ONNX Runtime's own operators, which dequantise as they multiply. */

import { type Dimension, describe, expectShape, expectType, shapeError, type Tensor } from "../graph.ts";
import { div } from "./elementwise.ts";

/**
 * A linear map over weights in blocks of 4 or 8 bits, symmetric or with zero points.
 *
 *     out = x dequantize(blocks)^T + bias,   dequantize(b) = (b - zeroPoint) * scale
 *
 * Shapes   x (..., K) · blocks (M, K / blockSize, blockSize * bits / 8) uint8 · scales (M * K / blockSize) · bias (M) · out (..., M)
 * Becomes  one com.microsoft MatMulNBits; accuracy level 4 multiplies in 8-bit whole numbers, level 0 in float32.
 *          Without zero points the middle (8 or 128) is zero.
 */
export function blockQuantizedLinear(
  x: Tensor,
  {
    blocks,
    scales,
    bias,
    bits,
    blockSize,
    accuracyLevel = 4,
  }: {
    readonly blocks: Tensor;
    readonly scales: Tensor;
    readonly bias?: Tensor;
    readonly bits: 4 | 8;
    readonly blockSize: number;
    readonly accuracyLevel?: 0 | 4;
  },
): Tensor {
  const K = x.shape.at(-1);
  const M = blocks.shape[0]!;
  if (typeof K !== "number" || typeof M !== "number") throw shapeError("blockQuantizedLinear", "sizes must be known");
  expectType("blockQuantizedLinear: blocks", blocks, "uint8");
  const perRow = Math.ceil(K / blockSize);
  expectShape("blockQuantizedLinear: blocks", blocks, [M, perRow, (blockSize * bits) / 8]);
  expectShape("blockQuantizedLinear: scales", scales, [M * perRow]);
  if (bias !== undefined) expectShape("blockQuantizedLinear: bias", bias, [M]);
  const inputs = [x, blocks, scales, ...(bias === undefined ? [] : [undefined, undefined, bias])];
  return x.graph.node("MatMulNBits", inputs, {
    outputs: [{ dtype: x.dtype, shape: [...x.shape.slice(0, -1), M] }],
    attributes: { K, N: M, bits, block_size: blockSize, accuracy_level: accuracyLevel },
    domain: "com.microsoft",
  })[0]!;
}

/**
 * A linear map over 8-bit weights with one scale for each output channel; x is quantised on the way, one scale for all of it.
 *
 *     out = x ((weight - zero) * scales) + bias,   zero 128 of unsigned codes and 0 of signed ones
 *
 * Shapes   x (..., K) · weight (K, M) uint8 or int8 · scales (M) · bias (M) · out (..., M)
 * Becomes  one com.microsoft DynamicQuantizeMatMul. With VNNI signed codes are the fast ones; without, ONNX Runtime adds two products of signed codes in 16
 *          bits and cuts what does not fit
 */
export function channelQuantizedLinear(
  x: Tensor,
  { weight, scales, bias }: { readonly weight: Tensor; readonly scales: Tensor; readonly bias?: Tensor },
): Tensor {
  expectType("channelQuantizedLinear: weight", weight, "uint8", "int8");
  const K = x.shape.at(-1);
  const [K2, M] = weight.shape as [Dimension, Dimension];
  if (K !== K2)
    throw shapeError("channelQuantizedLinear", `${describe(x.shape)} does not multiply ${describe(weight.shape)}`);
  expectShape("channelQuantizedLinear: scales", scales, [M]);
  if (bias !== undefined) expectShape("channelQuantizedLinear: bias", bias, [M]);
  const zero = x.graph.constant(weight.dtype, [], [weight.dtype === "uint8" ? 128 : 0]);
  const inputs = [x, weight, scales, zero, ...(bias === undefined ? [] : [bias])];
  return x.graph.node("DynamicQuantizeMatMul", inputs, {
    outputs: [{ dtype: x.dtype, shape: [...x.shape.slice(0, -1), M] }],
    domain: "com.microsoft",
  })[0]!;
}

/**
 * Rows as bytes: each value over the step of its channel, rounded to the nearest (halves to even), and cut at -128 and 127.
 *
 * Shapes   x (..., C) · steps (C) · out (..., C) int8
 * Becomes  a division and a QuantizeLinear with one step of 1: with a step for each channel that takes a hundred times as long on processors
 */
export function quantizeChannels(x: Tensor, steps: Tensor): Tensor {
  expectShape("quantizeChannels: steps", steps, [x.shape.at(-1)!]);
  const { graph } = x;
  const over = div(x, steps);
  return graph.node("QuantizeLinear", [over, graph.scalar("float32", 1), graph.constant("int8", [], [0])], {
    outputs: [{ dtype: "int8", shape: over.shape }],
  })[0]!;
}
