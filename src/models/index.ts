/** What other folders and users take from models/: BioGPT's config, graph and weight names, and the decoder that runs it. */
export {
  BIOGPT_BASE,
  BIOGPT_LARGE,
  type BioGptConfig,
  configFromShapes,
  END_ID,
  LAYER_NORM_EPSILON,
  PAD_ID,
  POSITION_OFFSET,
  parameterCount,
  parseBioGptConfig,
  toHuggingFaceConfig,
} from "./biogpt/config.ts";
export { buildGenerator, type WeightStorage } from "./biogpt/generator.ts";
export { type InitialOptions, initialValues } from "./biogpt/initial-weights.ts";
export {
  type BioGptRun,
  type BioGptWeights,
  type BlockWeights,
  hiddenStates,
  type NormWeights,
} from "./biogpt/model.ts";
export { type TrainableBioGpt, trainableBioGpt } from "./biogpt/trainable.ts";
export { checkTensors, mapTensors, ourName, type TensorSpec, tensorSpecs } from "./biogpt/weights.ts";
export { CachedDecoder, type DecoderOptions, type DecoderRow } from "./cached-decoder.ts";
