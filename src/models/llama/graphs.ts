/**
 * A Llama's graphs over stored weights: one step over cached rows, and a pass over whole sequences.
 *
 * Generator  ids (B, T) int64 · positionRows (B, T) int64 · logitRows (R) int64, rows of B*T whose logits are wanted
 *            isGiven (N or 1, 1) bool · given (N or 1, C), rows in place of ids
 *            lastPositions (B) int32 · longest () int32 · past.{layer}.{keys,values} (B, G, S, D)
 *            gives logits (R, V) · present.{layer}.{keys,values} (B, G, S, D)
 * Encoder    ids (B, T) int64 · positionRows (B, T) int64 · rows (R) int64, rows of B*T that are wanted
 *            gives hidden.{layer} (R, C) for each layer asked for · scores (R, L) with a head
 */
import { Graph, type Tensor } from "../../graph/graph.ts";
import { gatherRows, reshape } from "../../graph/operators.ts";
import { type CacheForm, type CacheShape, declareAttentionCache } from "../../layers/cached-attention.ts";
import { causalAttention } from "../../layers/causal-attention.ts";
import { withGivenRows } from "../../layers/given-rows.ts";
import { asFloat32, declareLinear, type LinearLayer } from "../../layers/linear.ts";
import { rotateByPosition } from "../../layers/rotary.ts";
import { encoderOutputs } from "../encoder-outputs.ts";
import { type EncoderOutputs, HEAD, TOKEN_TABLE, type WeightStorage } from "../family.ts";
import type { LlamaConfig } from "./config.ts";
import { hiddenStates, type LlamaRun } from "./model.ts";
import { scaledFrequencies } from "./rotary-settings.ts";
import { tensorSpecs } from "./tensor-names.ts";

export function cacheShape({ layers, heads, keyValueHeads, headWidth }: LlamaConfig): CacheShape {
  return { layers, heads, keyValueHeads, headWidth };
}

export function buildGenerator(config: LlamaConfig, storage: WeightStorage, form?: CacheForm): Graph {
  const graph = new Graph();
  const { ids, positions, embedded } = declareTokens(graph, config, storage);
  const logitRows = graph.input("logitRows", "int64", ["wanted"]);
  const cache = declareAttentionCache(graph, cacheShape(config), ids, form);
  const hidden = hiddenStates(config, withGivenRows(embedded), {
    ...storedWeights(graph, config, storage),
    rotate: rotateByPosition(positions, config.maxPositions, scaledFrequencies(config.headWidth, config.rotary)),
    attend: (layer, query, key, value) => cache.attend(layer, query, key, value),
    wanted: (rows) => gatherRows(rows, logitRows),
    drop: (x) => x,
  });
  const { vocabularySize, width } = config;
  const head = storage.sharesHead
    ? declareLinear(graph, TOKEN_TABLE, [vocabularySize, width], { kind: "dense", dtype: storage.dense(TOKEN_TABLE) })
    : declareLinear(graph, HEAD, [vocabularySize, width], storage.linear(HEAD));
  graph.output("logits", head(hidden));
  return graph;
}

export function buildEncoder(config: LlamaConfig, storage: WeightStorage, outputs: EncoderOutputs): Graph {
  const graph = new Graph();
  const { ids, positions, embedded } = declareTokens(graph, config, storage);
  const given = encoderOutputs(graph, config, storage, outputs);
  const { heads, keyValueHeads, headWidth } = config;
  const attend = causalAttention(graph, { heads, keyValueHeads, headWidth }, ids);
  given.give(0, embedded);
  const run: LlamaRun = {
    ...storedWeights(graph, config, storage),
    rotate: rotateByPosition(positions, config.maxPositions, scaledFrequencies(headWidth, config.rotary)),
    attend: (_, query, key, value) => attend(query, key, value),
    drop: (x) => x,
  };
  given.last(hiddenStates(config, embedded, run, (layer, x) => given.give(layer + 1, x)));
  return graph;
}

/** The inputs that say which tokens stand where, and the tokens' rows (N, C). */
function declareTokens(
  graph: Graph,
  { vocabularySize, width }: LlamaConfig,
  storage: WeightStorage,
): { readonly ids: Tensor; readonly positions: Tensor; readonly embedded: Tensor } {
  const ids = graph.input("ids", "int64", ["batch", "time"]);
  const positions = reshape(graph.input("positionRows", "int64", ["batch", "time"]), ["batch*time"]);
  const table = graph.weight(TOKEN_TABLE, storage.dense(TOKEN_TABLE), [vocabularySize, width]);
  return { ids, positions, embedded: asFloat32(gatherRows(table, reshape(ids, ["batch*time"]))) };
}

/** Weights declared as they are asked for, by the table of tensor-names.ts. */
function storedWeights(graph: Graph, config: LlamaConfig, storage: WeightStorage): Pick<LlamaRun, "gain" | "map"> {
  const shapes = new Map(tensorSpecs(config).map(({ name, shape }) => [name, shape]));
  const dense = (name: string): Tensor => asFloat32(graph.weight(name, storage.dense(name), shapes.get(name)!));
  return {
    gain: dense,
    map: (name): LinearLayer => {
      const [weight, bias] = [`${name}.weight`, `${name}.bias`];
      const shape = shapes.get(weight) as [number, number];
      return declareLinear(graph, weight, shape, storage.linear(weight), shapes.has(bias) ? dense(bias) : undefined);
    },
  };
}
