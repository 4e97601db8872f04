/**
 * What most programs need, in one place; every part in full stands under its folder's own path (`biogpt/tokenizers`,
 * `biogpt/corpora`, `biogpt/generation`, …).
 */
export { BiogptError, type ErrorKind, type Progress, type ReportProgress } from "./base/index.ts";
export { type Checkpoint, openCheckpoint, type TensorEntry } from "./checkpoints/index.ts";
export { type Document, type Passage, type ReadDocumentsOptions, readDocuments } from "./corpora/index.ts";
export {
  type EmbeddedPrompt,
  embeddedModels,
  type Generation,
  type JsonSchema,
  type LoadOptions,
  Model,
  openTokenizerFolder,
  type Precision,
  type Prompt,
  pullModel,
  type RunOptions,
  resolveModel,
  type TextChunk,
  type TextScore,
  type TextSettings,
} from "./pretrained/index.ts";
export {
  type DocumentRelations,
  type ExtractedRelation,
  type ExtractOptions,
  extractRelations,
  groundedDecoding,
  type RelationScheme,
  relationScheme,
} from "./tasks/index.ts";
export { BioGptTokenizer, type EncodedText, type Tokenizer } from "./tokenizers/index.ts";
export {
  type Answer,
  average,
  BiogptModel,
  benchmark,
  type ClassifiedSentence,
  distantData,
  evaluate,
  evaluateOwnRelations,
  extractToFile,
  type FineTuneOptions,
  finetune,
  importData,
  loadModel,
  type ModelDescription,
  type PretrainOptions,
  planPretraining,
  prepareCorpus,
  pretrain,
  reproduce,
  type TrainingEvent,
  type TrainingResult,
  trainTokenizer,
  type WorkflowContext,
} from "./workflows/index.ts";
