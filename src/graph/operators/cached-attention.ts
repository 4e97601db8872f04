/** Attention of new tokens over themselves and a cache of earlier ones (inference only). */
import { type Dimension, describe, expectShape, expectType, shapeError, type Tensor } from "../graph.ts";

/**
 * Causal attention with a cache that is written in place when `pastKeys` and `keys` are bound to the same memory.
 *
 * Shapes   B batch · T new tokens · S room in the cache · H heads · G key-value heads · D head width
 *          query (B, T, H*D) · key and value (B, T, G*D), or neither, and all three beside each other as query (B, T, (H + 2G)*D)
 *          pastKeys and pastValues (B, G, S, D)
 *          lastPositions (B) int32: a row's tokens so far, cached and new, less one · longest () int32: the largest of them plus one
 *          out (B, T, H*D) · keys and values (B, G, S, D)
 * Units    scores are multiplied by `scale`
 * Types    the cache is float32, or int8 with `steps`: a key is its byte times the step of its channel, (1, G, 1, D)
 * Becomes  one com.microsoft GroupQueryAttention; the softmax runs in float32
 */
export function cachedAttention(inputs: {
  readonly query: Tensor;
  readonly key?: Tensor | undefined;
  readonly value?: Tensor | undefined;
  readonly pastKeys: Tensor;
  readonly pastValues: Tensor;
  readonly lastPositions: Tensor;
  readonly longest: Tensor;
  readonly heads: number;
  /** Default 1 / sqrt(D). */
  readonly scale?: number;
  /** Of an int8 cache. */
  readonly steps?: { readonly keys: Tensor; readonly values: Tensor };
}): { readonly out: Tensor; readonly keys: Tensor; readonly values: Tensor } {
  const { query, key, value, pastKeys, pastValues, lastPositions, longest, heads, scale = 0, steps } = inputs; // 0 is the operator's own 1 / sqrt(D)
  const operator = "cachedAttention";
  const [B, G, , D] = pastKeys.shape as [Dimension, number, Dimension, number];
  const joined = key === undefined && value === undefined;
  if (query.shape.length !== 3 || query.shape[2] !== (joined ? heads + 2 * G : heads) * D || heads % G !== 0) {
    throw shapeError(
      operator,
      `${heads} heads of the query ${describe(query.shape)} do not fit the cache ${describe(pastKeys.shape)}`,
    );
  }
  const [batch, time] = query.shape as [Dimension, Dimension];
  if (!joined) {
    expectShape(`${operator}: key`, key!, [batch, time, G * D]);
    expectShape(`${operator}: value`, value!, [batch, time, G * D]);
  }
  expectShape(`${operator}: pastValues`, pastValues, pastKeys.shape);
  expectType(`${operator}: lastPositions`, lastPositions, "int32");
  expectShape(`${operator}: lastPositions`, lastPositions, [B]);
  expectShape(`${operator}: longest`, longest, []);
  expectType(`${operator}: pastKeys`, pastKeys, steps === undefined ? "float32" : "int8");
  const quantized = { k_quant_type: "PER_CHANNEL", v_quant_type: "PER_CHANNEL", kv_cache_bit_width: 8 };
  /** Rotary tables, positions, a bias and a sink, which stay away. */
  const between = new Array<undefined>(5).fill(undefined);
  const cache = { dtype: pastKeys.dtype, shape: pastKeys.shape };
  const [out, keys, values] = query.graph.node(
    "GroupQueryAttention",
    [
      ...[query, key, value, pastKeys, pastValues, lastPositions, longest],
      ...(steps === undefined ? [] : [...between, steps.keys, steps.values]),
    ],
    {
      outputs: [{ dtype: query.dtype, shape: [batch, time, heads * D] }, cache, cache],
      attributes: {
        ...{ num_heads: heads, kv_num_heads: G, scale: { float: scale } },
        ...(steps === undefined ? {} : quantized),
      },
      domain: "com.microsoft",
    },
  );
  return { out: out!, keys: keys!, values: values! };
}
