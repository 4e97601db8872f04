/** BioGPT as training wants it: the pieces of model.ts, each over weights that the training run supplies by name. */

import { decoderSizes } from "../decoder-sizes.ts";
import { TOKEN_TABLE } from "../family.ts";
import type { DecoderTrainingRun, TrainableDecoder } from "../trainable-decoder.ts";
import { type BioGptConfig, POSITION_OFFSET } from "./config.ts";
import { type BioGptRun, block, embed, type NormWeights, normalize } from "./model.ts";
import { tensorSpecs } from "./tensor-names.ts";

export function trainableBioGpt(config: BioGptConfig): TrainableDecoder {
  const norm = (name: string, run: DecoderTrainingRun): NormWeights => ({
    gain: run.weight(`${name}.gain`),
    bias: run.weight(`${name}.bias`),
  });
  return {
    ...decoderSizes(config, tensorSpecs(config)),
    tokenTable: { name: TOKEN_TABLE, scale: config.scaleEmbedding ? Math.sqrt(config.width) : 1 },
    positionTable: { name: "positionEmbedding", offset: POSITION_OFFSET },
    embed(ids, positionRows, run) {
      const tables = {
        tokenEmbedding: run.weight(TOKEN_TABLE),
        positionEmbedding: run.weight("positionEmbedding"),
      };
      return embed(config, tables, ids, positionRows, run.given);
    },
    block(x, layer, run) {
      const at = `blocks.${layer}`;
      const weights = {
        attentionNorm: norm(`${at}.attentionNorm`, run),
        attention: { query: run.map(`${at}.query`), key: run.map(`${at}.key`), value: run.map(`${at}.value`) },
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
