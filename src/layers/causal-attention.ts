/**
 * Causal attention of whole sequences of any length, for graphs that encode: no cache comes in, none goes out.
 *
 * Sequences of a batch are padded at the right, where causality hides the padding from what is real.
 *
 * Shapes   B batch · T tokens · H heads, G of keys and values · D head width · N = B * T rows, batch-major; B and T come with each run
 */
import type { Graph, Tensor } from "../graph/graph.ts";
import { reshape, scale, transpose } from "../graph/operators.ts";
import { batchShapes } from "./batch-shape.ts";
import type { CacheShape } from "./cached-attention.ts";
import { attendInPieces, causalMask, cut, cutQueries } from "./query-pieces.ts";

/** query and result (N, H*D), key and value (N, G*D) */
export type Attend = (query: Tensor, key: Tensor, value: Tensor) => Tensor;

/**
 * @param ids  (B, T) int64: whose shape the rows have
 */
export function causalAttention(
  graph: Graph,
  { heads: H, keyValueHeads: G, headWidth: D }: Omit<CacheShape, "layers">,
  ids: Tensor,
): Attend {
  const { sizes, inBatch } = batchShapes(graph, ids);
  const int64 = (value: number): Tensor => graph.constant("int64", [1], [value]);
  const time = cut(sizes, 0, int64(1), int64(2), 1);
  const pieces = cutQueries(graph, { time, mask: causalMask(graph, time), start: undefined });
  return (query, key, value) => {
    // Heads that share keys and values stand beside each other, so that the products repeat what is shared.
    const queries = transpose(inBatch(scale(query, 1 / Math.sqrt(D)), G, H / G, D), [0, 2, 3, 1, 4]); // (B, G, H/G, T, D)
    const keys = transpose(inBatch(key, G, 1, D), [0, 2, 3, 1, 4]); //                                   (B, G, 1, T, D)
    const values = transpose(inBatch(value, G, 1, D), [0, 2, 3, 1, 4]); //                               (B, G, 1, T, D)
    return reshape(attendInPieces(pieces, queries, keys, values), ["batch*time", H * D]);
  };
}
