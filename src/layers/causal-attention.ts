/**
 * Causal attention of whole sequences of any length, for graphs that encode: no cache comes in, none goes out.
 *
 * Sequences of a batch are padded at the right, where causality hides the padding from what is real.
 *
 * Shapes   B batch · T tokens · H heads, G of keys and values · D head width · N = B * T rows, batch-major; B and T come with each run
 * Becomes  one com.microsoft GroupQueryAttention a layer, without a past; its softmax runs in float32
 */
import type { Graph, Tensor } from "../graph/graph.ts";
import { padEnd, reshape, reshapeTo, slice } from "../graph/operators.ts";
import { batchShapes } from "./batch-shape.ts";
import { type CacheShape, cachedHeadWidth } from "./cached-attention.ts";

/** query and result (N, H*D), key and value (N, G*D) */
export type Attend = (query: Tensor, key: Tensor, value: Tensor) => Tensor;

/**
 * @param ids  (B, T) int64: whose shape the rows have
 */
export function causalAttention(
  graph: Graph,
  { heads, keyValueHeads, headWidth }: Omit<CacheShape, "layers">,
  ids: Tensor,
): Attend {
  const int64 = (values: readonly number[]): Tensor => graph.constant("int64", [values.length], values);
  const int32 = (x: Tensor): Tensor =>
    graph.node("Cast", [x], { outputs: [{ dtype: "int32", shape: x.shape }], attributes: { to: 6 } })[0]!;
  const { sizes, shapeFor } = batchShapes(graph, ids);
  const sizeAt = (axis: number): Tensor =>
    graph.node("Slice", [sizes, int64([axis]), int64([axis + 1]), int64([0])], {
      outputs: [{ dtype: "int64", shape: [1] }],
    })[0]!;
  const [batch, time] = [sizeAt(0), sizeAt(1)];
  const [scalar] = graph.node("Squeeze", [time, int64([0])], { outputs: [{ dtype: "int64", shape: [] }] });
  const longest = int32(scalar!);
  const [lastPosition] = graph.node("Sub", [time, int64([1])], { outputs: [{ dtype: "int64", shape: [1] }] });
  const [lasts] = graph.node("Expand", [lastPosition!, batch], { outputs: [{ dtype: "int64", shape: ["batch"] }] });
  const lastPositions = int32(lasts!);
  // The operator takes widths of heads that are multiples of 8.
  const padded = cachedHeadWidth(headWidth);
  const inBatch = (rows: Tensor, count: number): Tensor => {
    const width = count * headWidth;
    if (padded === headWidth) return reshapeTo(rows, shapeFor(width), ["batch", "time", width]);
    const apart = reshapeTo(rows, shapeFor(count, headWidth), ["batch", "time", count, headWidth]);
    const wide = padEnd(apart, padded - headWidth);
    return reshapeTo(wide, shapeFor(count * padded), ["batch", "time", count * padded]);
  };
  return (query, key, value) => {
    const grouped = [inBatch(key, keyValueHeads), inBatch(value, keyValueHeads)];
    const inputs = [inBatch(query, heads), ...grouped, undefined, undefined, lastPositions, longest];
    const present = { dtype: query.dtype, shape: ["batch", keyValueHeads, "time", padded] };
    const [out] = graph.node("GroupQueryAttention", inputs, {
      outputs: [inputs[0]!, present, present],
      attributes: { num_heads: heads, kv_num_heads: keyValueHeads, scale: { float: 1 / Math.sqrt(headWidth) } },
      domain: "com.microsoft",
    });
    if (padded === headWidth) return reshape(out!, ["batch*time", heads * headWidth]);
    const apart = reshapeTo(out!, shapeFor(heads, padded), ["batch", "time", heads, padded]);
    return reshape(slice(apart, 3, 0, headWidth), ["batch*time", heads * headWidth]);
  };
}
