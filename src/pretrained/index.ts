/** What other folders and users take from pretrained/: from a name or a folder to a model that is ready. */
export { type BenchmarkOptions, type BenchmarkResult, benchmark } from "./benchmark.ts";
export { ClassScorer, openClassScorer } from "./heads/class-scores.ts";
export {
  type ClassifierCheckpoint,
  type ClassifierToSave,
  readClassifierFolder,
  saveClassifierFolder,
} from "./heads/classifier-folder.ts";
export {
  Embedder,
  type EmbedderOptions,
  type EmbedRun,
  openEmbedder,
  POOLINGS,
  type Pooling,
} from "./heads/embedder.ts";
export { type OpenEncoderOptions, type OpenedEncoder, openClassifier, openEncoder } from "./heads/open-encoder.ts";
export { resolveModel } from "./hub/hub.ts";
export { type EmbeddedModel, embeddedModels, MODEL_ALIASES } from "./hub/hub-names.ts";
export { type PulledFile, type PulledModel, type PullOptions, pullModel } from "./hub/hub-pull.ts";
export type { JsonSchema } from "./json/schema.ts";
export { type Inspection, type InspectOptions, inspectModel, type MemoryNeed } from "./load/inspection.ts";
export { DEFAULT_MODEL, type LoadOptions, loadModel } from "./load/load.ts";
export { type FolderOptions, loadModelFolder } from "./load/load-folder.ts";
export { PRECISIONS, type Precision } from "./load/precision.ts";
export { type OpenTokenizerOptions, openTokenizerFolder, writeTokenizerFolder } from "./load/tokenizer-folder.ts";
export {
  type EmbeddedPrompt,
  type Generation,
  Model,
  type ModelParts,
  type Prompt,
  type RunOptions,
  type TextChunk,
  type TextScore,
  type TextSettings,
} from "./model.ts";
export { chooseMethod, type Method, type MethodOptions } from "./save/fine-tuning-method.ts";
export { type RunModelOptions, showAsModel } from "./save/run-model.ts";
export { copyTokenizer, saveTokenizer } from "./save/tokenizer-files.ts";
export {
  type InitialWeights,
  newWeights,
  saveModelFiles,
  trainableModel,
  weightsOfFolder,
} from "./save/trainable-folder.ts";
