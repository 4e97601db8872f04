/**
 * A decoder-only model as training wants it: its parameters by name, and functions that write its three pieces as graph.
 *
 * It fulfils `TrainableModel` of training/ by its shape alone; neither folder imports the other.
 *
 * Shapes   B sequences · T tokens of each · N = T * B rows, time-major: row t * B + b is token t of sequence b · C width
 */
import type { Tensor } from "../graph/graph.ts";
import type { LinearLayer } from "../layers/linear.ts";

/** What a model reads of each batch besides ids and positions: graphs of molecules, for example. */
export interface BatchInput {
  readonly name: string;
  readonly dtype: "float32" | "int32";
  readonly shape: readonly number[];
}

/** What a training run supplies. */
export interface DecoderTrainingRun {
  /** B and T. */
  readonly shape: { readonly batch: number; readonly length: number };
  weight(name: string): Tensor;
  /** The layer over `{name}.weight`, and `{name}.bias` where the model has it. */
  map(name: string): LinearLayer;
  /** Causal attention over query (N, H * D), key and value (N, G * D), where G divides H. */
  attend(query: Tensor, key: Tensor, value: Tensor, heads: number): Tensor;
  drop(x: Tensor): Tensor;
  /** What comes with each batch besides ids and labels, by the names of the model's `inputs`. */
  input(name: string): Tensor;
  /** Puts rows in place of tokens' rows, before positions are added. Absent: there are none. */
  given?(tokens: Tensor): Tensor;
}

export interface TrainableDecoder {
  readonly parameters: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly layers: number;
  readonly width: number;
  readonly vocabulary: number;
  readonly maxLength: number;
  readonly tokenTable: { readonly name: string; readonly scale: number };
  readonly positionTable?: { readonly name: string; readonly offset: number };
  readonly headWeight: string;
  /** For a batch of that shape; absent: nothing. */
  inputs?(shape: DecoderTrainingRun["shape"]): readonly BatchInput[];
  embed(ids: Tensor, positionRows: Tensor, run: DecoderTrainingRun): Tensor;
  block(x: Tensor, layer: number, run: DecoderTrainingRun): Tensor;
  finish(x: Tensor, run: DecoderTrainingRun): Tensor;
}
