/**
 * BioGPT as training wants it: the pieces of model.ts, each over weights that the training run supplies by name.
 *
 * It fulfils `TrainableModel` of training/ by its shape alone; neither folder imports the other.
 */
import type { Tensor } from "../../graph/graph.ts";
import type { LinearMap } from "../../layers/linear.ts";
import { type BioGptConfig, POSITION_OFFSET } from "./config.ts";
import { type BioGptRun, block, embed, type NormWeights, normalize } from "./model.ts";
import { tensorSpecs } from "./weights.ts";

/** What a training run supplies. */
export interface BioGptTrainingRun {
  weight(name: string): Tensor;
  map(name: string): LinearMap;
  attend(query: Tensor, key: Tensor, value: Tensor, heads: number): Tensor;
  drop(x: Tensor): Tensor;
}

export interface TrainableBioGpt {
  readonly parameters: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly layers: number;
  readonly width: number;
  readonly vocabulary: number;
  readonly maxLength: number;
  readonly tokenTable: { readonly name: string; readonly scale: number };
  readonly positionTable: { readonly name: string; readonly offset: number };
  readonly headWeight: string;
  embed(ids: Tensor, positionRows: Tensor, run: BioGptTrainingRun): Tensor;
  block(x: Tensor, layer: number, run: BioGptTrainingRun): Tensor;
  finish(x: Tensor, run: BioGptTrainingRun): Tensor;
}

export function trainableBioGpt(config: BioGptConfig): TrainableBioGpt {
  const norm = (name: string, run: BioGptTrainingRun): NormWeights => ({
    gain: run.weight(`${name}.gain`),
    bias: run.weight(`${name}.bias`),
  });
  return {
    parameters: tensorSpecs(config).map(({ name, shape }) => ({ name, shape })),
    layers: config.layers,
    width: config.width,
    vocabulary: config.vocabularySize,
    maxLength: config.maxPositions,
    tokenTable: { name: "tokenEmbedding", scale: config.scaleEmbedding ? Math.sqrt(config.width) : 1 },
    positionTable: { name: "positionEmbedding", offset: POSITION_OFFSET },
    headWeight: config.tied ? "tokenEmbedding" : "head.weight",
    embed(ids, positionRows, run) {
      const tables = {
        tokenEmbedding: run.weight("tokenEmbedding"),
        positionEmbedding: run.weight("positionEmbedding"),
      };
      return embed(config, tables, ids, positionRows);
    },
    block(x, layer, run) {
      const at = `blocks.${layer}`;
      const weights = {
        attentionNorm: norm(`${at}.attentionNorm`, run),
        query: run.map(`${at}.query`),
        key: run.map(`${at}.key`),
        value: run.map(`${at}.value`),
        output: run.map(`${at}.output`),
        mlpNorm: norm(`${at}.mlpNorm`, run),
        expand: run.map(`${at}.expand`),
        contract: run.map(`${at}.contract`),
      };
      const supplied: BioGptRun = {
        attend: (_, query, key, value) => run.attend(query, key, value, config.heads),
        drop: run.drop,
      };
      return block(config, layer, x, weights, supplied);
    },
    finish: (x, run) => normalize(x, norm("finalNorm", run)),
  };
}
