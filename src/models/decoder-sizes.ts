/** What every family's `trainable` says alike: names, shapes and sizes. */
import { HEAD, type ModelConfig, type TensorSpec, TOKEN_TABLE } from "./family.ts";
import type { TrainableDecoder } from "./trainable-decoder.ts";

/** The part of a trainable decoder that config and tensors alone say. */
export function decoderSizes(
  config: ModelConfig,
  tensors: readonly TensorSpec[],
): Pick<TrainableDecoder, "parameters" | "layers" | "width" | "vocabulary" | "maxLength" | "headWeight"> {
  return {
    parameters: tensors.map(({ name, shape }) => ({ name, shape })),
    layers: config.layers,
    width: config.width,
    vocabulary: config.vocabularySize,
    maxLength: config.maxPositions,
    headWeight: config.tied ? TOKEN_TABLE : HEAD,
  };
}
