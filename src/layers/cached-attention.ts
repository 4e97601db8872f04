/**
 * Attention over a key-value cache, for graphs that generate: new tokens of a batch come in, each row's cache grows.
 *
 * One call declares the inputs that say where each row stands; `attend` is then the model's attention, layer by layer.
 *
 * Shapes   B batch · T new tokens · S room in the cache · C width · H heads · D = C / H · N = B * T rows, batch-major
 */
import type { Graph, Tensor } from "../graph/graph.ts";
import { cachedAttention, padEnd, reshape, slice } from "../graph/operators.ts";
import { batchShapes } from "./batch-shape.ts";

export interface CacheShape {
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values; fewer than `heads` in grouped-query models. */
  readonly keyValueHeads: number;
  readonly headWidth: number;
}

export interface AttentionCache {
  attend(layer: number, query: Tensor, key: Tensor, value: Tensor): Tensor;
}

/** Names of a layer's cache in the graph: inputs `past.*`, outputs `present.*`. */
export function cacheNames(layer: number): Record<"pastKeys" | "pastValues" | "presentKeys" | "presentValues", string> {
  return {
    pastKeys: `past.${layer}.keys`,
    pastValues: `past.${layer}.values`,
    presentKeys: `present.${layer}.keys`,
    presentValues: `present.${layer}.values`,
  };
}

/** Heads are padded with zeros to a multiple of this in the cache: the operator takes no other widths. */
const HEAD_WIDTH_STEP = 8;

/** Width of a head in the cache. */
export function cachedHeadWidth(headWidth: number): number {
  return Math.ceil(headWidth / HEAD_WIDTH_STEP) * HEAD_WIDTH_STEP;
}

/**
 * Declares `lastPositions` (B) int32 and `longest` () int32 and gives the attention over them.
 *
 * @param ids  (B, T): whose shape the rows have
 */
export function declareAttentionCache(
  graph: Graph,
  { heads, keyValueHeads, headWidth }: CacheShape,
  ids: Tensor,
): AttentionCache {
  const lastPositions = graph.input("lastPositions", "int32", ["batch"]);
  const longest = graph.input("longest", "int32", []);
  const { inBatch: batched } = batchShapes(graph, ids);
  const padded = cachedHeadWidth(headWidth);
  /** Rows (N, H * D) as (B, T, H * D'), D' the width in the cache. */
  const inBatch = (rows: Tensor, count: number): Tensor => {
    if (padded === headWidth) return batched(rows, count * headWidth);
    return batched(padEnd(batched(rows, count, headWidth), padded - headWidth), count * padded);
  };
  return {
    attend(layer, query, key, value) {
      const names = cacheNames(layer);
      const cacheDimensions = ["batch", keyValueHeads, "room", padded];
      const { out, keys, values } = cachedAttention({
        query: inBatch(query, heads),
        key: inBatch(key, keyValueHeads),
        value: inBatch(value, keyValueHeads),
        pastKeys: graph.input(names.pastKeys, "float32", cacheDimensions),
        pastValues: graph.input(names.pastValues, "float32", cacheDimensions),
        lastPositions,
        longest,
        heads,
        scale: 1 / Math.sqrt(headWidth),
      });
      graph.output(names.presentKeys, keys);
      graph.output(names.presentValues, values);
      if (padded === headWidth) return reshape(out, ["batch*time", heads * headWidth]);
      return reshape(slice(batched(out, heads, padded), 3, 0, headWidth), ["batch*time", heads * headWidth]);
    },
  };
}
