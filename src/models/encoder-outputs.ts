/** What the graph of an encoder gives, the same for every family: hidden states of the layers asked for, and the scores of a head. */
import type { Graph, Tensor } from "../graph/graph.ts";
import { gatherRows } from "../graph/operators.ts";
import { asFloat32, denseLinear } from "../layers/linear.ts";
import { CLASS_HEAD, type EncoderOutputs, type ModelConfig, type WeightStorage } from "./family.ts";

/**
 * Adds the input `rows` (R) int64, the rows of B*T that are wanted.
 *
 * Shapes   x (B*T, C); outputs `hidden.{layer}` (R, C) and `scores` (R, L)
 *
 * @returns what to call with each layer's states: layer 0 the embedding, n what comes out of block n; `last` with the normalised ones
 */
export function encoderOutputs(
  graph: Graph,
  { layers, width }: Pick<ModelConfig, "layers" | "width">,
  storage: WeightStorage,
  outputs: EncoderOutputs,
): { give(layer: number, x: Tensor): void; last(x: Tensor): void } {
  const rows = graph.input("rows", "int64", ["wanted"]);
  const wanted = new Set(outputs.layers ?? []);
  const give = (layer: number, x: Tensor): void => {
    if (wanted.has(layer)) graph.output(`hidden.${layer}`, gatherRows(x, rows));
  };
  const dense = (name: string, shape: readonly number[]): Tensor =>
    asFloat32(graph.weight(name, storage.dense(name), shape));
  return {
    give,
    last(x) {
      give(layers, x);
      if (outputs.head === undefined) return;
      const { classes, bias } = outputs.head;
      const head = denseLinear(
        dense(CLASS_HEAD.weight, [classes, width]),
        bias ? dense(CLASS_HEAD.bias, [classes]) : undefined,
      );
      graph.output("scores", head(gatherRows(x, rows)));
    },
  };
}
