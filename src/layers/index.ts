/** What other folders and users take from layers/: functions that write the parts of a model as graph. */

export { type BatchShapes, batchShapes } from "./batch-shape.ts";
export { bidirectionalAttention, PADDING_BIAS } from "./bidirectional-attention.ts";
export {
  type AttentionCache,
  type CacheForm,
  type CacheShape,
  type CacheType,
  cachedHeadWidth,
  cacheNames,
  declareAttentionCache,
} from "./cached-attention.ts";
export { withGivenRows } from "./given-rows.ts";
export {
  asFloat32,
  declareLinear,
  denseLinear,
  type LinearLayer,
  type WeightFormat,
  withLowRank,
} from "./linear.ts";
export {
  type RotateHeads,
  rotaryFrequencies,
  rotaryTables,
  rotate,
  rotateByPosition,
  rotateSequences,
} from "./rotary.ts";
export { type SequenceAttentionOptions, type SequenceShape, sequenceAttention } from "./sequence-attention.ts";
