/**
 * A Llama as a function from token ids to hidden states: root-mean-square norms before each part, turned heads, a gated MLP.
 *
 *     ids ─ embed ─ block ─ block ─ … ─ norm ─ head ─ logits
 *
 * The same function generates, encodes and trains: `LlamaRun` supplies what differs, which is where weights come from, how rows attend to each
 * other and where they stand.
 *
 * Source    checked against Llama, Mistral, Qwen2 and Qwen3 of transformers 5.18 (modeling_*.py)
 * Shapes    N rows, one for each token of each sequence, in any order · C width · F MLP width · H heads, G of keys and values · D head width · V vocabulary
 */
import type { Tensor } from "../../graph/graph.ts";
import { add, mul, reshape, rmsNorm, silu } from "../../graph/operators.ts";
import type { LinearLayer } from "../../layers/linear.ts";
import type { RotateHeads } from "../../layers/rotary.ts";
import type { LlamaConfig } from "./config.ts";

/** What differs from one use to another. */
export interface LlamaRun {
  /** The gain of a norm, in float32. */
  gain(name: string): Tensor;
  /** The layer over `{name}.weight`, and `{name}.bias` where the config has it. */
  map(name: string): LinearLayer;
  /** Turns the heads of rows by where each stands. */
  readonly rotate: RotateHeads;
  /** Causal attention of layer `layer` over query (N, H*D), key and value (N, G*D); scores are divided by the square root of D. */
  attend(layer: number, query: Tensor, key: Tensor, value: Tensor): Tensor;
  /** Of rows (N, C) the R that are asked for: behind the last block's attention nothing else is computed. Absent: all. */
  wanted?(rows: Tensor): Tensor;
  /** Dropout in training, the identity elsewhere. Called at both ends of every block. */
  drop(x: Tensor): Tensor;
}

/**
 * One block: attention and a gated MLP, each behind its norm and added back to the residual stream.
 *
 *     x ──┬─ norm ─ attention ─(+)──┬─ norm ─ silu(gate) * up ─ down ─(+)── out
 *         └─────────────────────┘   └─────────────────────────────────┘
 */
export function block(config: LlamaConfig, layer: number, x: Tensor, run: LlamaRun): Tensor {
  const at = `blocks.${layer}`;
  const { epsilon, headNorms, layers } = config;
  const wanted = (rows: Tensor): Tensor => (layer === layers - 1 ? (run.wanted?.(rows) ?? rows) : rows);
  const normalized = rmsNorm(x, run.gain(`${at}.attentionNorm.gain`), epsilon);
  const turned = (part: "query" | "key"): Tensor => {
    const heads = run.map(`${at}.${part}`)(normalized);
    return run.rotate(headNorms ? normalizeHeads(heads, run.gain(`${at}.${part}Norm.gain`), epsilon) : heads);
  };
  const attended = run.attend(layer, turned("query"), turned("key"), run.map(`${at}.value`)(normalized));
  const middle = add(wanted(x), run.drop(run.map(`${at}.output`)(wanted(attended)))); //   (N, C)
  const second = rmsNorm(middle, run.gain(`${at}.mlpNorm.gain`), epsilon);
  const gated = mul(silu(run.map(`${at}.gate`)(second)), run.map(`${at}.up`)(second)); //   (N, F)
  return add(middle, run.drop(run.map(`${at}.down`)(gated))); //                            (N, C)
}

/** Every head of rows (N, H*D) normalised by itself, with one gain (D) for all. */
function normalizeHeads(x: Tensor, gain: Tensor, epsilon: number): Tensor {
  const [rows, width] = x.shape as [number, number];
  const D = gain.shape[0] as number;
  return reshape(rmsNorm(reshape(x, [rows, width / D, D]), gain, epsilon), [rows, width]);
}

/** All blocks and the last norm, of all rows or of those that are wanted. `afterBlock` is shown what comes out of each block but the last. */
export function hiddenStates(
  config: LlamaConfig,
  embedded: Tensor,
  run: LlamaRun,
  afterBlock: (layer: number, x: Tensor) => void = () => {},
): Tensor {
  let x = embedded;
  for (let layer = 0; layer < config.layers; layer++) {
    x = block(config, layer, x, run);
    if (layer + 1 < config.layers) afterBlock(layer, x);
  }
  return finalNorm(config, x, run);
}

export function finalNorm({ epsilon }: LlamaConfig, x: Tensor, run: Pick<LlamaRun, "gain">): Tensor {
  return rmsNorm(x, run.gain("finalNorm.gain"), epsilon);
}
