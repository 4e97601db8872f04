/** What programs call: everything that a command does, as one function `(options, { signal, onEvent }) => Promise<result>`. */
export { type AverageOptions, type AverageResult, average } from "./average.ts";
export {
  type EvaluateTaggerOptions,
  evaluateTagger,
  type PartEvaluation,
  type TaggerEvaluation,
} from "./evaluate-tagger.ts";
export { DEFAULT_TYPES, type FoundNames, findNames, type TaggerSettings } from "./find-names.ts";
export {
  type MeasureOptions,
  measureTrainingShape,
  TRAINING_SHAPES,
  type TrainingMeasurement,
  type TrainingShape,
} from "./measure-training.ts";
export { MENTION_FORMATS, type MentionFormat, type MentionRows, mentionRows } from "./mention-rows.ts";
export { type PrepareCorpusOptions, prepareCorpus } from "./prepare-corpus.ts";
export { type TrainTokenizerOptions, type TrainTokenizerResult, trainTokenizer } from "./train-tokenizer.ts";
export type { EntitySettings } from "./training/entity-settings.ts";
export type { FineTuneOptions } from "./training/fine-tuning-request.ts";
export { finetune } from "./training/finetune.ts";
export { type FineTuneEntitiesOptions, finetuneEntities } from "./training/finetune-entities.ts";
export { type PlannedPretraining, type PretrainingPlan, planPretraining } from "./training/plan-pretraining.ts";
export { pretrain } from "./training/pretrain.ts";
export type { PretrainOptions } from "./training/pretrain-request.ts";
export { type RecipeFamily, recipesOf } from "./training/recipes.ts";
export type {
  CheckpointEvent,
  EvaluationEvent,
  FinishedEvent,
  TrainingEvent,
  TrainingResult,
  UpdateEvent,
} from "./training/training-events.ts";
export type { NoteEvent, ProgressEvent, WorkflowContext } from "./workflow.ts";
