/**
 * What training needs of a decoder-only model: its parameters by name, and functions that write its three pieces as graph.
 *
 * `models/` fulfils it without knowing this file. The same functions write the graph that generates; only `run` differs, which
 * supplies what a pass over whole sequences does otherwise than a step with a cache: attention, positions, dropout.
 *
 * Shapes   B sequences · T tokens of each · N = T * B rows, time-major: row t * B + b is token t of sequence b · C width
 */
import type { DataType } from "../graph/data-type.ts";
import type { Graph, Tensor } from "../graph/graph.ts";

export interface ParameterInfo {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Where dropout stands in the model; each has its own probability. */
export type DropoutSite = "embedding" | "residual" | "attention";

export interface TrainingRun {
  readonly graph: Graph;
  /** A parameter as a tensor of this graph. */
  weight(name: string, dtype: DataType, shape: readonly number[]): Tensor;
  /**
   * Causal attention of each sequence over itself, scores divided by sqrt(D).
   *
   * Shapes   query (N, H*D) · key and value (N, G*D), G dividing H · out (N, H*D)
   */
  attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    heads: { readonly heads: number; readonly keyHeads: number },
  ): Tensor;
  /** Dropout, the identity when its probability is 0. */
  drop(x: Tensor, site: DropoutSite): Tensor;
}

export interface TrainableModel {
  /** In the order in which they lie in memory. Tied weights are named once. */
  readonly parameters: readonly ParameterInfo[];
  readonly layers: number;
  readonly width: number;
  readonly vocabulary: number;
  /** Most tokens of a sequence. */
  readonly maxLength: number;
  /** Table of the tokens' rows (V, C), also the head's weight. */
  readonly tokenTable: string;
  /** Tokens' rows are multiplied by it before positions are added. */
  readonly tokenScale: number;
  /** Learned positions: table (P, C), whose row `offset` is the first token's. Absent where positions are rotary. */
  readonly positions?: { readonly table: string; readonly offset: number };
  /** Parameter names of one block, in the same order for every layer. */
  blockParameters(layer: number): readonly string[];
  /** Block `layer` over x (N, C). */
  block(x: Tensor, layer: number, run: TrainingRun): Tensor;
  /** The parameters of `finish`. */
  readonly finishParameters: readonly string[];
  /** What stands between the last block and the head: the final norm, over x (N, C). */
  finish(x: Tensor, run: TrainingRun): Tensor;
}
