/**
 * Linear layers as functions: a model says "map these rows", and not whether the weights are dense, quantised or adapted.
 *
 * Shapes   x (N, K) rows · out (N, M)
 */
import type { DataType } from "../graph/data-type.ts";
import type { Graph, Tensor } from "../graph/graph.ts";
import { add, blockQuantizedLinear, cast, channelQuantizedLinear, gemm, linear, scale } from "../graph/operators.ts";

export type LinearLayer = (x: Tensor) => Tensor;

/** Over a weight (M, K) and a bias (M) of any float type; the product is float32. */
export function denseLinear(weight: Tensor, bias?: Tensor): LinearLayer {
  return (x) => linear(x, asFloat32(weight), bias === undefined ? undefined : asFloat32(bias));
}

/** The same values as float32. A constant one is converted once, when the graph is compiled. */
export function asFloat32(x: Tensor): Tensor {
  return cast(x, "float32");
}

/**
 * A map with a low-rank summand: out = base(x) + (x down^T) up^T * factor.
 *
 * Shapes   down (R, K) · up (M, R)
 * Units    factor is alpha / rank
 * Source   arXiv:2106.09685; names as in PEFT: down is lora_A, up is lora_B
 */
export function withLowRank(
  base: LinearLayer,
  { down, up, factor }: { readonly down: Tensor; readonly up: Tensor; readonly factor: number },
): LinearLayer {
  return (x) => add(base(x), linear(scale(linear(x, asFloat32(down)), factor), asFloat32(up)));
}

/**
 * A map over a frozen weight in 8 bits, one scale for each output, through which gradients flow to x: float32 products over the
 * weight that is unpacked just before, once for each direction, so that only the bytes stay in memory.
 *
 * Unpacking costs a sixtieth of the product with 256 rows (docs/experiments.md).
 *
 * Shapes   weight (M, K) int8, values weight[m, k] * scales[m] · `again` the same values under another name, since equal nodes over
 *          one tensor would be joined and their result kept · scales (M) · bias (M) or none
 */
export function frozenLinear(weight: Tensor, again: Tensor, scales: Tensor, bias?: Tensor): LinearLayer {
  const unpacked = (codes: Tensor): Tensor =>
    codes.graph.node("DequantizeLinear", [codes, scales], {
      outputs: [{ dtype: "float32", shape: codes.shape }],
      attributes: { axis: 0 },
    })[0]!;
  return (x) => {
    const [out] = x.graph.node("Gemm", [x, unpacked(weight), ...(bias === undefined ? [] : [bias])], {
      outputs: [{ dtype: "float32", shape: [x.shape[0]!, weight.shape[0]!] }],
      attributes: { transB: 1 },
      gradientInputs: [x],
      gradient: ([dOut]) => [dOut === undefined ? undefined : gemm(dOut, unpacked(again))],
    });
    return out!;
  };
}

/** How the weights of a linear map are stored. */
export type WeightFormat =
  | { readonly kind: "dense"; readonly dtype: DataType }
  /** Blocks along K with one scale each; `checkpoints/quantize.ts` writes them. */
  | { readonly kind: "blocks"; readonly bits: 4 | 8; readonly blockSize: number; readonly accuracyLevel: 0 | 4 }
  /** 8 bits, one scale for each output channel, stored (K, M): signed, or unsigned with 128 for zero. */
  | { readonly kind: "channels"; readonly codes: "uint8" | "int8" };

/**
 * The map `name` of a checkpoint, with weights declared in the graph under `name` and, if quantised, `name.scales`.
 *
 * @param shape (M, K)
 */
export function declareLinear(
  graph: Graph,
  name: string,
  [M, K]: readonly [number, number],
  format: WeightFormat,
  bias?: Tensor,
): LinearLayer {
  const summand = bias === undefined ? {} : { bias: asFloat32(bias) };
  switch (format.kind) {
    case "dense":
      return denseLinear(graph.weight(name, format.dtype, [M, K]), bias);
    case "blocks": {
      const { bits, blockSize, accuracyLevel } = format;
      const perRow = Math.ceil(K / blockSize);
      const blocks = graph.weight(name, "uint8", [M, perRow, (blockSize * bits) / 8]);
      const scales = graph.weight(`${name}.scales`, "float32", [M * perRow]);
      return (x) => blockQuantizedLinear(x, { blocks, scales, ...summand, bits, blockSize, accuracyLevel });
    }
    case "channels": {
      const weight = graph.weight(name, format.codes, [K, M]);
      const scales = graph.weight(`${name}.scales`, "float32", [M]);
      return (x) => channelQuantizedLinear(x, { weight, scales, ...summand });
    }
    default:
      return format satisfies never;
  }
}
