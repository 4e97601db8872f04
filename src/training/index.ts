/** What other folders and users take from training/: the training step, the loop around it, and what makes the arguments of both. */

export { type BatchSource, type PackedBatchOptions, packedBatches } from "./data/batch-source.ts";
export { type BucketedBatchOptions, bucketedBatches, bucketedEvaluation } from "./data/bucketed-batches.ts";
export { type CorpusTokens, type CorpusTokensOptions, openCorpusTokens } from "./data/corpus-tokens.ts";
export { type PlannerOptions, planBatches } from "./data/fairseq-planner.ts";
export { PackedStream, type PackedStreamOptions } from "./data/packed-stream.ts";
export {
  evaluationBatches,
  type PlannedBatches,
  type PlannedBatchOptions,
  plannedBatches,
} from "./data/planned-batches.ts";
export { encodeTokenShards, openTokenShards, type TokenManifest, type TokenShards } from "./data/token-shards.ts";
export type { TrainingSequence } from "./data/training-sequence.ts";
export { checkSchedule, learningRate, type Schedule, type ScheduleKind } from "./optimizers/schedule.ts";
export { decayRule } from "./optimizers/weight-decay.ts";
export { averageCheckpoints } from "./run/average.ts";
export { checkpointFolder, checkpointSteps, type RunState } from "./run/checkpointing.ts";
export { type Evaluation, evaluateHeldOut, evaluateSequences, type HeldOut } from "./run/evaluate.ts";
export { type LoopOptions, type LoopResult, train } from "./run/loop.ts";
export { ALONE, type Parallel } from "./run/parallel.ts";
export { type Plan, type PlanOptions, planRun } from "./run/plan.ts";
export { expectSameRun, newestCheckpoint, readState, restoreOptimizer } from "./run/resume.ts";
export { type AskedRun, createRun, RUN_FORMAT, type RunDescription, readRun } from "./run/run-folder.ts";
export { aloneInRun } from "./run/run-lock.ts";
export type { EvaluationRecord, LogRecord, UpdateRecord } from "./run/run-log.ts";
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
