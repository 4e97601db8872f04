/** What other folders and users take from training/: the training step, the loop around it, batches, schedules, plans. */
export { averageCheckpoints } from "./average.ts";
export { type CorpusTokens, type CorpusTokensOptions, openCorpusTokens } from "./corpus-tokens.ts";
export { type PlannerOptions, planBatches } from "./fairseq-planner.ts";
export { type LoopOptions, type LoopResult, train } from "./loop.ts";
export { type Plan, type PlanOptions, planRun } from "./plan.ts";
export { PRESETS } from "./presets.ts";
export { checkSchedule, learningRate, type Schedule, type ScheduleKind } from "./schedule.ts";
export {
  type FineTuningSettings,
  type PretrainingSettings,
  parseFineTuningSettings,
  parsePretrainingSettings,
} from "./settings.ts";
export { encodeTokenShards, openTokenShards, type TokenManifest, type TokenShards } from "./token-shards.ts";
export type { ParameterInfo, TrainableModel, TrainingRun } from "./trainable-model.ts";
export {
  createTrainingStep,
  type EvaluationResult,
  IGNORED_LABEL,
  type StepResult,
  type TrainingBatch,
  type TrainingStep,
  type TrainingStepOptions,
  type UpdateOptions,
} from "./training-step.ts";
