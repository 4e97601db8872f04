/**
 * BioGPT's graph for generation: new tokens of a batch in, logits of the wanted rows and grown caches out.
 *
 * Inputs    ids (B, T) int64 · positionRows (B, T) int64 · logitRows (R) int64, rows of B*T whose logits are wanted
 *           isGiven (N or 1, 1) bool · given (N or 1, C), rows in place of ids
 *           lastPositions (B) int32 · longest () int32 · past.{layer}.{keys,values} (B, H, S, D)
 * Outputs   logits (R, V) · present.{layer}.{keys,values} (B, H, S, D)
 */
import { Graph, type Tensor } from "../../graph/graph.ts";
import { concat, gatherRows, reshape } from "../../graph/operators.ts";
import { type CacheForm, type CacheShape, declareAttentionCache } from "../../layers/cached-attention.ts";
import { withGivenRows } from "../../layers/given-rows.ts";
import { asFloat32, declareLinear, type LinearLayer } from "../../layers/linear.ts";
import { HEAD, TOKEN_TABLE } from "../family.ts";
import { joinedName, type WeightStorage } from "../weight-storage.ts";
import type { BioGptConfig } from "./config.ts";
import { type BioGptWeights, type BlockWeights, hiddenStates, type NormWeights } from "./model.ts";

export function cacheShape({ layers, width, heads }: BioGptConfig): CacheShape {
  return { layers, heads, keyValueHeads: heads, headWidth: width / heads };
}

export function buildGenerator(config: BioGptConfig, storage: WeightStorage, form?: CacheForm): Graph {
  const graph = new Graph();
  const ids = graph.input("ids", "int64", ["batch", "time"]);
  const positionRows = graph.input("positionRows", "int64", ["batch", "time"]);
  const logitRows = graph.input("logitRows", "int64", ["wanted"]);
  const cache = declareAttentionCache(graph, cacheShape(config), ids, form);
  const weights = declareWeights(graph, config, storage, storage.joins);
  const flat = (x: Tensor): Tensor => reshape(x, ["batch*time"]);
  const hidden = hiddenStates(config, weights, flat(ids), flat(positionRows), {
    attend: cache.attend,
    attendJoined: cache.attendJoined,
    given: withGivenRows,
    wanted: (rows) => gatherRows(rows, logitRows),
    drop: (x) => x,
  });
  graph.output("logits", declareHead(graph, config, storage)(hidden)); // (R, V)
  return graph;
}

function declareHead(graph: Graph, { vocabularySize, width }: BioGptConfig, storage: WeightStorage): LinearLayer {
  const shape = [vocabularySize, width] as const;
  return storage.sharesHead
    ? declareLinear(graph, TOKEN_TABLE, shape, { kind: "dense", dtype: storage.dense(TOKEN_TABLE) })
    : declareLinear(graph, HEAD, shape, storage.linear(HEAD));
}

/** @param joins whether queries, keys and values of a block are one matrix */
export function declareWeights(
  graph: Graph,
  config: BioGptConfig,
  storage: WeightStorage,
  joins = false,
): BioGptWeights {
  const { width: C, mlpWidth: F, vocabularySize: V, maxPositions } = config;
  const dense = (name: string, shape: readonly number[]): Tensor => graph.weight(name, storage.dense(name), shape);
  const norm = (name: string): NormWeights => ({ gain: dense(`${name}.gain`, [C]), bias: dense(`${name}.bias`, [C]) });
  const map = (name: string, M: number, K: number): LinearLayer =>
    declareLinear(
      graph,
      `${name}.weight`,
      [M, K],
      storage.linear(`${name}.weight`),
      asFloat32(dense(`${name}.bias`, [M])),
    );
  const joined = (names: readonly string[]): LinearLayer => {
    const weight = joinedName(names.map((name) => `${name}.weight`));
    const biases = names.map((name) => asFloat32(dense(`${name}.bias`, [C])));
    return declareLinear(graph, weight, [names.length * C, C], storage.linear(weight), concat(biases, 0));
  };
  const blocks = Array.from({ length: config.layers }, (_, n): BlockWeights => {
    const at = `blocks.${n}`;
    return {
      attentionNorm: norm(`${at}.attentionNorm`),
      attention: joins
        ? { joined: joined([`${at}.query`, `${at}.key`, `${at}.value`]) }
        : { query: map(`${at}.query`, C, C), key: map(`${at}.key`, C, C), value: map(`${at}.value`, C, C) },
      output: map(`${at}.output`, C, C),
      mlpNorm: norm(`${at}.mlpNorm`),
      expand: map(`${at}.expand`, F, C),
      contract: map(`${at}.contract`, C, F),
    };
  });
  return {
    tokenEmbedding: dense(TOKEN_TABLE, [V, C]),
    positionEmbedding: dense("positionEmbedding", [maxPositions + 2, C]),
    blocks,
    finalNorm: norm("finalNorm"),
  };
}
