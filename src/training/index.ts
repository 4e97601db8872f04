/** What other folders and users take from training/: the training step, the loop around it, batches, schedules, plans. */

export { type BucketedBatchOptions, bucketedBatches, bucketedEvaluation } from "./data/bucketed-batches.ts";
export { type CorpusTokens, type CorpusTokensOptions, openCorpusTokens } from "./data/corpus-tokens.ts";
export { type PlannerOptions, planBatches } from "./data/fairseq-planner.ts";
export { encodeTokenShards, openTokenShards, type TokenManifest, type TokenShards } from "./data/token-shards.ts";
export { checkSchedule, learningRate, type Schedule, type ScheduleKind } from "./optimizers/schedule.ts";
export { averageCheckpoints } from "./run/average.ts";
export { type LoopOptions, type LoopResult, train } from "./run/loop.ts";
export { type Plan, type PlanOptions, planRun } from "./run/plan.ts";
export { expectEffect, parseFineTuningSettings, parsePretrainingSettings } from "./settings/parse-settings.ts";
export { PRESETS } from "./settings/presets.ts";
export { type Setting, type SettingTable, schemaOf } from "./settings/setting.ts";
export {
  FINE_TUNING,
  type FineTuningSettings,
  type GivenFineTuningSettings,
  type GivenPretrainingSettings,
  type LoopSettings,
  PRETRAINING,
  type PretrainingSettings,
} from "./settings/tables.ts";
export type { ParameterInfo, TrainableModel, TrainingRun } from "./step/trainable-model.ts";
export { type TrainingHead, withHead } from "./step/trainable-model.ts";
export { type ClassHeadOptions, classHead } from "./step/training-head.ts";
export {
  createTrainingStep,
  type EvaluationResult,
  IGNORED_LABEL,
  type StepResult,
  type TrainingBatch,
  type TrainingStep,
  type TrainingStepOptions,
  type UpdateOptions,
} from "./step/training-step.ts";
