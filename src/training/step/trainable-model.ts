/**
 * What training needs of a decoder-only model: its parameters by name, and functions that write its three pieces as graph.
 *
 * `models/` fulfils it without knowing this file. The same functions write the graph that generates; only `run` differs, which
 * supplies what a pass over whole sequences does otherwise than a step with a cache: attention, positions, dropout.
 *
 * Shapes   B sequences · T tokens of each · N = T * B rows, time-major: row t * B + b is token t of sequence b · C width
 */
import type { Tensor } from "../../graph/graph.ts";

export interface ParameterInfo {
  readonly name: string;
  readonly shape: readonly number[];
}

/** What a model reads of each batch besides ids and positions: graphs of molecules, for example. */
export interface BatchInput {
  readonly name: string;
  readonly dtype: "float32" | "int32";
  readonly shape: readonly number[];
}

/** What differs between the graph that trains and the one that generates. */
export interface TrainingRun {
  /** B and T. */
  readonly shape: { readonly batch: number; readonly length: number };
  /** A parameter as a tensor of the graph. */
  weight(name: string): Tensor;
  /** The linear layer over `{name}.weight` (M, K) and, where the model has it, `{name}.bias` (M): rows (N, K) to (N, M). It may carry an adapter. */
  map(name: string): (x: Tensor) => Tensor;
  /**
   * Causal attention of each sequence over itself: query and result (N, H * D), key and value (N, G * D) with G dividing H = `heads`; scores
   * are divided by sqrt(D).
   */
  attend(query: Tensor, key: Tensor, value: Tensor, heads: number): Tensor;
  /** Dropout of embeddings and residual branches, the identity when its probability is 0. */
  drop(x: Tensor): Tensor;
  /** What comes with each batch besides ids and labels, by the names of the model's `inputs`. */
  input(name: string): Tensor;
  /** Puts rows in place of tokens' rows, before positions are added. Absent: there are none. */
  given?(tokens: Tensor): Tensor;
}

/**
 * What stands on the last hidden states and gives the loss, where that is not the next token's: a head with parameters of its own. It is a record,
 * so that a step trains taggers, classifiers and whatever comes after them alike; its loss is differentiated with the rest.
 */
export interface TrainingHead {
  readonly parameters: readonly ParameterInfo[];
  /** Labels of rows that count are in [0, labels). */
  readonly labels: number;
  /** What it learns from besides the rows' labels. Batches of such a head are never taken in parts. */
  readonly further?: FurtherLosses;
  /**
   * Losses in nats before weights: (N, 1), one for each row; with `further` those (N + count, 1).
   *
   * @param hidden  (N, C), after the final norm
   * @param labels  (N, 1) int32, each in [0, labels), also where the weight is 0
   * @param weight  a parameter as a tensor of the graph
   * @param input   one of the inputs that `further` names
   */
  losses(hidden: Tensor, labels: Tensor, weight: (name: string) => Tensor, input: (name: string) => Tensor): Tensor;
}

/** Losses of something else than rows, such as pairs of names, and what they read with each batch. */
export interface FurtherLosses {
  /** How many, of every batch; those that a batch has no use for have the weight 0. */
  readonly count: number;
  /** Inputs of a batch of `rows` rows N. */
  inputs(rows: number): readonly FurtherInput[];
}

export interface FurtherInput {
  readonly name: string;
  readonly dtype: "int32" | "float32";
  readonly shape: readonly number[];
}

export interface TrainableModel {
  /** In the order in which they lie in memory. Tied weights are named once. */
  readonly parameters: readonly ParameterInfo[];
  readonly layers: number;
  readonly width: number;
  readonly vocabulary: number;
  /** Most tokens of a sequence. */
  readonly maxLength: number;
  /** Table of the tokens' rows (V, C), and the factor of its rows in `embed`. */
  readonly tokenTable: { readonly name: string; readonly scale: number };
  /** Table of learned positions, whose row `offset` is the first token's; absent where positions are rotary. */
  readonly positionTable?: { readonly name: string; readonly offset: number };
  /** Weight of the language model's head (V, C), which is the token table's name where they are tied. */
  readonly headWeight: string;
  /** For a batch of that shape; absent: nothing. Such a model is trained in one program (`whole`), a batch at once. */
  inputs?(shape: TrainingRun["shape"]): readonly BatchInput[];
  /** What gives the loss in place of the language model's head; its parameters stand among `parameters`. */
  readonly head?: TrainingHead;
  /** The sum of token rows and position rows: ids and positionRows (N) int32, out (N, C). */
  embed(ids: Tensor, positionRows: Tensor, run: TrainingRun): Tensor;
  /** Block `layer` over x (N, C), from parameters named `blocks.{layer}.…` alone. */
  block(x: Tensor, layer: number, run: TrainingRun): Tensor;
  /** What stands between the last block and the head: the final norm, over x (N, C). */
  finish(x: Tensor, run: TrainingRun): Tensor;
}

/** The model with another head, whose parameters stand behind its own. The language model's goes, where it is no table as well. */
export function withHead(model: TrainableModel, head: TrainingHead): TrainableModel {
  const kept = model.parameters.filter(({ name }) => name !== model.headWeight || name === model.tokenTable.name);
  return { ...model, parameters: [...kept, ...head.parameters], head };
}

/** Prefix of a block's parameters. */
export function blockPrefix(layer: number): string {
  return `blocks.${layer}.`;
}
