/** What other folders and users take from models/: what a family is, the families there are, and what runs them. */
export {
  BIOGPT_BASE,
  BIOGPT_LARGE,
  type BioGptConfig,
  configFromTensors,
  END_ID,
  LAYER_NORM_EPSILON,
  PAD_ID,
  POSITION_OFFSET,
  parseBioGptConfig,
  toHuggingFaceConfig,
} from "./biogpt/config.ts";
export { BIOGPT } from "./biogpt/family.ts";
export { buildGenerator } from "./biogpt/generator.ts";
export { type BioGptInitialOptions, initialValues } from "./biogpt/initial-weights.ts";
export {
  type BioGptRun,
  type BioGptWeights,
  type BlockWeights,
  hiddenStates,
  type NormWeights,
} from "./biogpt/model.ts";
export { ourName, tensorSpecs } from "./biogpt/tensor-names.ts";
export { trainableBioGpt } from "./biogpt/trainable.ts";
export { CachedDecoder, type DecoderOptions, type DecoderRow } from "./cached-decoder.ts";
export { EmbeddingRows, type GivenRows } from "./embedding-rows.ts";
export {
  CLASS_HEAD,
  type EncoderOutputs,
  HEAD,
  type HeadLayout,
  type InitialOptions,
  type ModelConfig,
  type ModelFamily,
  type Positions,
  parameterCount,
  type SpecialIds,
  type TensorKind,
  type TensorSpec,
  TOKEN_TABLE,
  type WeightStorage,
} from "./family.ts";
export { BIOMEDGPT_LM, type LlamaConfig } from "./llama/config.ts";
export { LLAMA, MISTRAL, QWEN2, QWEN3 } from "./llama/family.ts";
export { DEFAULT_FAMILY, familyOf, modelFamilies, registerModelFamily } from "./registry.ts";
export { type EncodedSequence, SequenceEncoder, type SequenceEncoderOptions } from "./sequence-encoder.ts";
export { checkTensors, mapTensors } from "./tensor-table.ts";
export type { DecoderTrainingRun, TrainableDecoder } from "./trainable-decoder.ts";
