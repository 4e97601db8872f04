/**
 * ESM-2's forward pass over residues.
 *
 *     ids ─ embedding * 0.88 ─ block ─ … ─ norm ─ a vector for each residue and for both ends
 *
 * The factor: in training 15 % of the tokens were chosen and 80 % of those masked, so that embeddings came 12 % smaller; every sequence is scaled by
 * 0.88 / (1 - share of masked tokens). It is 0.88 where none is masked: leaving it out is the usual fault of a port.
 *
 * Source    transformers 5.18, modeling_esm.py; facebookresearch/esm, esm/model/esm2.py
 * Shapes    B proteins · T tokens of the longest · N = B * T rows · C width · F MLP width · H heads · D head width
 */
import type { Tensor } from "../../graph/graph.ts";
import {
  add,
  cast,
  div,
  equal,
  gelu,
  layerNorm,
  mul,
  neg,
  reshape,
  scale,
  shift,
  sumOver,
} from "../../graph/operators.ts";
import type { LinearLayer } from "../../layers/linear.ts";
import type { RotateHeads } from "../../layers/rotary.ts";
import type { Esm2Config } from "./config.ts";

/** What differs from one use to another. */
export interface Esm2Run {
  /** A table, norm or bias in float32. */
  dense(name: string): Tensor;
  map(name: string): LinearLayer;
  readonly rotate: RotateHeads;
  /** Attention of every token to every real one over (N, C); scores are divided by the square root of D. */
  attend(query: Tensor, key: Tensor, value: Tensor): Tensor;
}

/** 1 - 0.15 * 0.8: the share of tokens that training left as they were. */
const KEPT = 0.88;

/**
 * @param embedded rows of the token table (N, C)
 * @param ids      (B, T)
 * @param isReal   (B, T) float32, 1 at tokens and 0 at padding
 */
export function scaleEmbedding(config: Esm2Config, embedded: Tensor, ids: Tensor, isReal: Tensor): Tensor {
  if (!config.tokenDropout) return mul(embedded, reshape(isReal, ["batch*time", 1]));
  const isMask = cast(equal(ids, ids.graph.scalar("int64", config.maskId)), "float32");
  const share = div(sumOver(isMask, [1], true), sumOver(isReal, [1], true)); //                    (B, 1)
  const shown = mul(isReal, shift(neg(isMask), 1));
  const factor = div(scale(shown, KEPT), shift(neg(share), 1)); //                                   (B, T)
  return mul(embedded, reshape(factor, ["batch*time", 1]));
}

/**
 *     x ──┬─ norm ─ attention ─(+)──┬─ norm ─ expand ─ gelu ─ contract ─(+)── out
 *         └─────────────────────┘   └───────────────────────────────────┘
 */
function block(config: Esm2Config, layer: number, x: Tensor, run: Esm2Run): Tensor {
  const map = (name: string): LinearLayer => run.map(`blocks.${layer}.${name}`);
  const normalized = normalize(config, x, `blocks.${layer}.attentionNorm`, run);
  const [query, key] = [run.rotate(map("query")(normalized)), run.rotate(map("key")(normalized))];
  const attended = add(x, map("output")(run.attend(query, key, map("value")(normalized)))); //        (N, C)
  const second = normalize(config, attended, `blocks.${layer}.mlpNorm`, run);
  return add(attended, map("contract")(gelu(map("expand")(second)))); //                              (N, C)
}

function normalize({ epsilon }: Esm2Config, x: Tensor, name: string, run: Esm2Run): Tensor {
  return layerNorm(x, run.dense(`${name}.gain`), run.dense(`${name}.bias`), epsilon);
}

/** `last_hidden_state`. */
export function residueVectors(config: Esm2Config, embedded: Tensor, run: Esm2Run): Tensor {
  let x = embedded;
  for (let layer = 0; layer < config.layers; layer++) x = block(config, layer, x, run);
  return normalize(config, x, "finalNorm", run);
}
