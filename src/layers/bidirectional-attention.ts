/**
 * Attention of padded sequences over themselves, every token to every real one: what encoders do, once and without a cache.
 *
 *     out = softmax(Q K^T / sqrt(D) + keyBias) V,      keyBias 0 at real tokens and `PADDING_BIAS` at padding
 *
 * Shapes    B sequences · T tokens of the longest · H heads · D head width; any of B and T may be named only
 * Gradient  that of its operators; keyBias gets none that anybody asks for
 * Source    arXiv:1706.03762, section 3.2.1, with an additive mask as in transformers' eager attention
 */
import { shapeError, type Tensor } from "../graph/graph.ts";
import { add, matmul, reshape, scale, transpose } from "../graph/operators.ts";
import { attentionWeights } from "./attention-weights.ts";

/** Added to the scores of padding: enough that its weight is nothing in float32, and finite, so that a row of padding alone has no NaN. */
export const PADDING_BIAS = -1e9;

/**
 * @param query   (B, T, H*D), as are key and value
 * @param keyBias (B, 1, 1, T)
 * @returns (B, T, H*D)
 */
export function bidirectionalAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  { heads: H, keyBias }: { readonly heads: number; readonly keyBias: Tensor },
): Tensor {
  const [B, T, C] = query.shape;
  if (B === undefined || T === undefined || typeof C !== "number" || C % H !== 0)
    throw shapeError("bidirectionalAttention", `(${query.shape.join(", ")}) does not hold ${H} heads`);
  const D = C / H;
  const inHeads = (x: Tensor, order: readonly number[]): Tensor => transpose(reshape(x, [B, T, H, D]), order);
  const scores = matmul(inHeads(query, [0, 2, 1, 3]), inHeads(key, [0, 2, 3, 1])); //             (B, H, T, T)
  const weights = attentionWeights(add(scale(scores, 1 / Math.sqrt(D)), keyBias));
  return reshape(transpose(matmul(weights, inHeads(value, [0, 2, 1, 3])), [0, 2, 1, 3]), [B, T, C]);
}
