/** What other folders and users take from evaluation/: the tasks' official scores, intervals, calibration. */
export { type Bc5cdrScore, type ConceptPair, scoreBc5cdr } from "./bc5cdr-scorer.ts";
export {
  type ChoiceScore,
  type MultipleChoiceOptions,
  type MultipleChoiceReport,
  multipleChoice,
} from "./benchmarks/multiple-choice.ts";
export { type PerplexityOptions, type PerplexityReport, perplexityOf } from "./benchmarks/perplexity.ts";
export { type BootstrapOptions, bootstrap, type ConfidenceInterval } from "./bootstrap.ts";
export {
  bestThreshold,
  type Calibration,
  type CalibrationBin,
  calibration,
  type Judged,
  learnCalibration,
  type ThresholdPoint,
  thresholdCurve,
} from "./calibration.ts";
export { type AnswerScore, type HocScore, type LabelledItem, scoreAnswers, scoreHoc } from "./classification.ts";
export type { Counts, PrecisionRecall } from "./counts.ts";
export { compareDescriptions, type DescriptionComparison, type TextQuality, textQuality } from "./describe.ts";
export {
  evaluateOwnRelations,
  type OwnRelationsEvaluation,
  type OwnRelationsOptions,
  type OwnRelationsReport,
} from "./evaluate-relations.ts";
export {
  type Answer,
  type EvaluatedExample,
  type EvaluateOptions,
  evaluateTask,
  type Predict,
  type Statement,
  type TaskEvaluation,
  type TaskReport,
} from "./evaluate-task.ts";
export { type HardMatchDocument, type HardMatchScore, scoreHardMatch } from "./hard-match.ts";
export { learnKeepRule } from "./keep-rule.ts";
export {
  groundedPredictor,
  groundedStatements,
  keptPredictor,
  learnRule,
  rankedStatements,
  type StatementsOf,
} from "./kept-predictor.ts";
export { labelPredictor, learnCalibrationOfAnswers, learnHallmarkThresholds } from "./label-predictor.ts";
export { type ModelPredictorOptions, modelPredictor } from "./model-predictor.ts";
export { PAPER_SCORES, type PublishedScore } from "./paper-scores.ts";
export { type ErrorSummary, renderTaskReport, summarize, type TaskReportOptions } from "./report.ts";
export { renderDescriptionReport } from "./report-descriptions.ts";
export {
  type ErrorKind,
  type Examination,
  type ExaminedExample,
  type ExaminedStatement,
  examine,
  examineOwn,
} from "./report-examples.ts";
export { type RelationsReportOptions, renderRelationsReport } from "./report-relations.ts";
