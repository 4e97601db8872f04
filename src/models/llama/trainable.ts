/** A Llama as training wants it: the pieces of model.ts, each over weights that the training run supplies by name. */
import { gatherRows } from "../../graph/operators.ts";
import { rotateSequences } from "../../layers/rotary.ts";
import { decoderSizes } from "../decoder-sizes.ts";
import { TOKEN_TABLE } from "../family.ts";
import type { TrainableDecoder } from "../trainable-decoder.ts";
import type { LlamaConfig } from "./config.ts";
import { block, finalNorm } from "./model.ts";
import { scaledFrequencies } from "./rotary-settings.ts";
import { tensorSpecs } from "./tensor-names.ts";

export function trainableLlama(config: LlamaConfig): TrainableDecoder {
  const frequencies = scaledFrequencies(config.headWidth, config.rotary);
  return {
    ...decoderSizes(config, tensorSpecs(config)),
    tokenTable: { name: TOKEN_TABLE, scale: 1 },
    embed(ids, _positionRows, run) {
      const tokens = gatherRows(run.weight(TOKEN_TABLE), ids);
      return run.given?.(tokens) ?? tokens;
    },
    block: (x, layer, run) =>
      block(config, layer, x, {
        gain: (name) => run.weight(name),
        map: (name) => run.map(name),
        rotate: rotateSequences(x.graph, run.shape, frequencies),
        attend: (_, query, key, value) => run.attend(query, key, value, config.heads),
        drop: (rows) => run.drop(rows),
      }),
    finish: (x, run) => finalNorm(config, x, { gain: (name) => run.weight(name) }),
  };
}
