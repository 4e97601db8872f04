/**
 * Attention over a key-value cache, for graphs that generate: new tokens of a batch come in, each row's cache grows.
 *
 * One call declares the inputs that say where each row stands; `attend` is then the model's attention, layer by layer.
 *
 * Shapes   B batch · T new tokens · S room in the cache · C width · H heads · D = C / H · N = B * T rows, batch-major
 */
import type { Graph, Tensor } from "../graph/graph.ts";
import { cachedAttention, reshape, reshapeTo } from "../graph/operators.ts";

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
  const [sizes] = graph.node("Shape", [ids], { outputs: [{ dtype: "int64", shape: [2] }] });
  const shapes = new Map<number, Tensor>();
  /** The int64 vector (B, T, width), computed once for each width. */
  const shapeFor = (width: number): Tensor => {
    const known = shapes.get(width);
    if (known !== undefined) return known;
    const [shape] = graph.node("Concat", [sizes, graph.constant("int64", [1], [width])], {
      outputs: [{ dtype: "int64", shape: [3] }],
      attributes: { axis: 0 },
    });
    shapes.set(width, shape!);
    return shape!;
  };
  const inBatch = (rows: Tensor, width: number): Tensor => reshapeTo(rows, shapeFor(width), ["batch", "time", width]);
  return {
    attend(layer, query, key, value) {
      const names = cacheNames(layer);
      const cacheDimensions = ["batch", keyValueHeads, "room", headWidth];
      const { out, keys, values } = cachedAttention({
        query: inBatch(query, heads * headWidth),
        key: inBatch(key, keyValueHeads * headWidth),
        value: inBatch(value, keyValueHeads * headWidth),
        pastKeys: graph.input(names.pastKeys, "float32", cacheDimensions),
        pastValues: graph.input(names.pastValues, "float32", cacheDimensions),
        lastPositions,
        longest,
        heads,
      });
      graph.output(names.presentKeys, keys);
      graph.output(names.presentValues, values);
      return reshape(out, ["batch*time", heads * headWidth]);
    },
  };
}
