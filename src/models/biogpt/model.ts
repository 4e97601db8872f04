/**
 * BioGPT as a function from token ids to hidden states: a GPT-2-like decoder with norms before each part.
 *
 *     ids ─ embed·√C ─(+)─ block ─ block ─ … ─ norm ─ head ─ logits
 *          positions ──┘
 *
 * The same function generates and trains: `BioGptRun` supplies what differs, which is how rows attend to each other
 * (cached or not, whatever the order of the rows) and what is dropped.
 *
 * Source    microsoft/BioGPT registers fairseq's decoder as it is (src/transformer_lm_prompt.py); checked against
 *           BioGptForCausalLM in transformers 5.18.
 * Left out  cross-attention, which BioGPT does not have; layer drop, 0 in its configs.
 * Shapes    N rows, one for each token of each sequence, in any order · C width · F MLP width · V vocabulary
 */
import { internalError } from "../../base/errors.ts";
import type { Tensor } from "../../graph/graph.ts";
import { add, gatherRows, gelu, layerNorm, relu, scale, silu } from "../../graph/operators.ts";
import { asFloat32, type LinearLayer } from "../../layers/linear.ts";
import { type BioGptConfig, LAYER_NORM_EPSILON } from "./config.ts";

export interface NormWeights {
  readonly gain: Tensor;
  readonly bias: Tensor;
}

/** Three maps over the same rows, or one whose outputs are theirs beside each other. */
export type AttentionMaps =
  | { readonly query: LinearLayer; readonly key: LinearLayer; readonly value: LinearLayer }
  | { readonly joined: LinearLayer };

export interface BlockWeights {
  readonly attentionNorm: NormWeights;
  readonly attention: AttentionMaps;
  readonly output: LinearLayer;
  readonly mlpNorm: NormWeights;
  readonly expand: LinearLayer;
  readonly contract: LinearLayer;
}

export interface BioGptWeights {
  /** (V, C) */
  readonly tokenEmbedding: Tensor;
  /** (P + 2, C): the first position is row 2. */
  readonly positionEmbedding: Tensor;
  readonly blocks: readonly BlockWeights[];
  readonly finalNorm: NormWeights;
}

/** What differs from one use to another. */
export interface BioGptRun {
  /** Causal attention of layer `layer` over rows (N, C); scores are divided by the square root of the head width. */
  attend(layer: number, query: Tensor, key: Tensor, value: Tensor): Tensor;
  /** The same over rows (N, 3C), queries, keys and values beside each other; absent where no weights are joined. */
  attendJoined?(layer: number, rows: Tensor): Tensor;
  /** Puts rows that were given in place of tokens, where there are any; positions are added to both. Absent: there are none. */
  given?(tokens: Tensor): Tensor;
  /** Of rows (N, C) the R that are asked for: behind the last block's attention nothing else is computed. Absent: all. */
  wanted?(rows: Tensor): Tensor;
  /** Dropout in training, the identity in generation. Called at the embedding and at both ends of every block. */
  drop(x: Tensor): Tensor;
}

const ACTIVATIONS = { gelu, relu, silu };

/**
 * Hidden states after the last norm.
 *
 * @param ids           (N) int64
 * @param positionRows  (N) int64: rows of the position table, so the first token of a sequence has 2
 * @returns (N, C), or (R, C) where rows are asked for
 */
export function hiddenStates(
  config: BioGptConfig,
  weights: BioGptWeights,
  ids: Tensor,
  positionRows: Tensor,
  run: BioGptRun,
): Tensor {
  let x = run.drop(embed(config, weights, ids, positionRows, run.given));
  for (const [layer, blockWeights] of weights.blocks.entries()) x = block(config, layer, x, blockWeights, run);
  return normalize(x, weights.finalNorm);
}

/** The sum of both embeddings; only the token's is scaled. */
export function embed(
  { width, scaleEmbedding }: BioGptConfig,
  { tokenEmbedding, positionEmbedding }: Pick<BioGptWeights, "tokenEmbedding" | "positionEmbedding">,
  ids: Tensor,
  positionRows: Tensor,
  given: (tokens: Tensor) => Tensor = (tokens) => tokens,
): Tensor {
  const tokens = scale(asFloat32(gatherRows(tokenEmbedding, ids)), scaleEmbedding ? Math.sqrt(width) : 1);
  return add(given(tokens), asFloat32(gatherRows(positionEmbedding, positionRows))); // (N, C)
}

/**
 * One block: causal self-attention, then a two-layer MLP, each behind its own norm and added back to the residual stream.
 *
 *     x ──┬─ norm ─ attention ─(+)──┬─ norm ─ expand ─ gelu ─ contract ─(+)── out
 *         └─────────────────────┘   └───────────────────────────────────┘
 */
export function block(
  { activation, layers }: BioGptConfig,
  layer: number,
  x: Tensor,
  weights: BlockWeights,
  run: BioGptRun,
): Tensor {
  const wanted = (rows: Tensor): Tensor => (layer === layers - 1 ? (run.wanted?.(rows) ?? rows) : rows);
  const attended = wanted(attend(layer, normalize(x, weights.attentionNorm), weights.attention, run));
  const middle = add(wanted(x), run.drop(weights.output(attended))); //                           (N, C)
  const expanded = ACTIVATIONS[activation](weights.expand(normalize(middle, weights.mlpNorm))); // (N, F)
  return add(middle, run.drop(weights.contract(expanded))); //                                     (N, C)
}

function attend(layer: number, x: Tensor, maps: AttentionMaps, run: BioGptRun): Tensor {
  if (!("joined" in maps)) return run.attend(layer, maps.query(x), maps.key(x), maps.value(x));
  if (run.attendJoined === undefined) throw internalError("joined weights where they are used apart");
  return run.attendJoined(layer, maps.joined(x));
}

export function normalize(x: Tensor, { gain, bias }: NormWeights): Tensor {
  return layerNorm(x, asFloat32(gain), asFloat32(bias), LAYER_NORM_EPSILON);
}
