/**
 * ESM-2 over stored weights, as an encoder of prompts: ids in, a projected row for each out, both ends among them.
 *
 * Inputs    those of `SequenceEncoder`, keyBias among them
 * Outputs   features (R, C) of the language model's width
 */
import { Graph, type Tensor } from "../../graph/graph.ts";
import { cast, equal, gatherRows, reshape } from "../../graph/operators.ts";
import { batchShapes } from "../../layers/batch-shape.ts";
import { bidirectionalAttention } from "../../layers/bidirectional-attention.ts";
import type { LinearLayer } from "../../layers/linear.ts";
import { rotaryFrequencies, rotateByPosition } from "../../layers/rotary.ts";
import type { CompiledEncoder } from "../prompt-encoder.ts";
import { SequenceEncoder } from "../sequence-encoder.ts";
import { storedWeights } from "../stored-weights.ts";
import type { WeightStorage } from "../weight-storage.ts";
import type { Esm2Config } from "./config.ts";
import { residueVectors, scaleEmbedding } from "./model.ts";
import { esm2Tensors } from "./tensor-names.ts";

/** Tokens of a chain that are read at once, its ends included: what ESM-2 was trained on. */
export const ESM2_POSITIONS = 1024;

export interface Esm2GraphOptions {
  readonly storage: WeightStorage;
  /** Stands before the names of the tensors. Default: nothing. */
  readonly prefix?: string;
  /** From a residue's vector to a row of a prompt; default: the vector itself. */
  readonly project?: (graph: Graph) => LinearLayer;
}

export function buildEsm2Graph(config: Esm2Config, { storage, prefix = "", project }: Esm2GraphOptions): Graph {
  const graph = new Graph();
  const ids = graph.input("ids", "int64", ["batch", "time"]);
  const positions = reshape(graph.input("positionRows", "int64", ["batch", "time"]), ["batch*time"]);
  const keyBias = graph.input("keyBias", "float32", ["batch", 1, 1, "time"]);
  const rows = graph.input("rows", "int64", ["wanted"]);
  const specs = esm2Tensors(config).map((spec) => ({ ...spec, name: prefix + spec.name }));
  const weights = storedWeights(graph, specs, storage, prefix);
  const { width: C, heads } = config;
  const frequencies = config.frequencies ?? rotaryFrequencies(C / heads);
  const { inBatch } = batchShapes(graph, ids);
  const isReal = reshape(cast(equal(keyBias, graph.scalar("float32", 0)), "float32"), ["batch", "time"]);
  const table = gatherRows(weights.dense("tokenEmbedding"), reshape(ids, ["batch*time"]));
  const vectors = residueVectors(config, scaleEmbedding(config, table, ids, isReal), {
    ...weights,
    rotate: rotateByPosition(positions, ESM2_POSITIONS, frequencies),
    attend(...heads3) {
      const [query, key, value] = heads3.map((x) => inBatch(x, C)) as [Tensor, Tensor, Tensor];
      return reshape(bidirectionalAttention(query, key, value, { heads, keyBias }), ["batch*time", C]);
    },
  });
  const wanted = gatherRows(vectors, rows);
  graph.output("features", project === undefined ? wanted : project(graph)(wanted));
  return graph;
}

/** @returns `features` (ids, C) */
export async function runEsm2(
  { padId }: Esm2Config,
  { device, program }: CompiledEncoder,
  ids: ArrayLike<number>,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const encoder = new SequenceEncoder({ device, program, positionOffset: 0, padId });
  const rows = Array.from({ length: ids.length }, (_, i) => i);
  return (await encoder.run([{ ids, rows }], signal)).get("features")!;
}
