/**
 * BioGPT's graph for reading: whole sequences in, hidden states or the scores of a head out; no cache.
 *
 * Inputs    ids (B, T) int64 · positionRows (B, T) int64, rows of the position table · rows (R) int64, rows of B*T that are wanted
 * Outputs   hidden.{layer} (R, C) for each layer asked for · scores (R, L) with a head
 *           Layer 0 is the embedding, layer n what comes out of block n; the last one is normalised, as in transformers' `hidden_states`.
 */
import { Graph, type Tensor } from "../../graph/graph.ts";
import { reshape } from "../../graph/operators.ts";
import { causalAttention } from "../../layers/causal-attention.ts";
import { encoderOutputs } from "../encoder-outputs.ts";
import type { EncoderOutputs, WeightStorage } from "../family.ts";
import type { BioGptConfig } from "./config.ts";
import { cacheShape, declareWeights } from "./generator.ts";
import { block, embed, normalize } from "./model.ts";

export function buildEncoder(config: BioGptConfig, storage: WeightStorage, outputs: EncoderOutputs): Graph {
  const graph = new Graph();
  const ids = graph.input("ids", "int64", ["batch", "time"]);
  const positionRows = graph.input("positionRows", "int64", ["batch", "time"]);
  const given = encoderOutputs(graph, config, storage, outputs);
  const weights = declareWeights(graph, config, storage);
  const attend = causalAttention(graph, cacheShape(config), ids);
  const flat = (x: Tensor): Tensor => reshape(x, ["batch*time"]);
  let x = embed(config, weights, flat(ids), flat(positionRows));
  given.give(0, x);
  for (const [layer, blockWeights] of weights.blocks.entries()) {
    x = block(config, layer, x, blockWeights, {
      attend: (_, query, key, value) => attend(query, key, value),
      drop: (y) => y,
    });
    if (layer + 1 < config.layers) given.give(layer + 1, x);
  }
  given.last(normalize(x, weights.finalNorm));
  return graph;
}
