/** What other folders and users take from evaluation/: the tasks' official scores, intervals, calibration. */
export { type Bc5cdrScore, type ConceptPair, scoreBc5cdr } from "./bc5cdr-scorer.ts";
export { type BootstrapOptions, bootstrap, type ConfidenceInterval } from "./bootstrap.ts";
export {
  bestThreshold,
  type Calibration,
  type CalibrationBin,
  calibration,
  type Judged,
  type ThresholdPoint,
  thresholdCurve,
} from "./calibration.ts";
export { type AnswerScore, type HocScore, type LabelledItem, scoreAnswers, scoreHoc } from "./classification.ts";
export type { Counts, PrecisionRecall } from "./counts.ts";
export {
  type EvaluatedExample,
  type EvaluateOptions,
  evaluateTask,
  type Predict,
  type TaskEvaluation,
  type TaskReport,
} from "./evaluate-task.ts";
export { type HardMatchDocument, type HardMatchScore, scoreHardMatch } from "./hard-match.ts";
export { type ModelPredictorOptions, modelPredictor } from "./model-predictor.ts";
export { PAPER_SCORES, type PublishedScore } from "./paper-scores.ts";
