/** What other folders and users take from evaluation/: the tasks' official scores, intervals, calibration. */

export {
  type ChoiceScore,
  type MultipleChoiceOptions,
  type MultipleChoiceReport,
  multipleChoice,
} from "./benchmarks/multiple-choice.ts";
export { type PerplexityOptions, type PerplexityReport, perplexityOf } from "./benchmarks/perplexity.ts";
export {
  bestThreshold,
  type Calibration,
  type CalibrationBin,
  calibration,
  type Judged,
  learnCalibration,
  type ThresholdPoint,
  thresholdCurve,
} from "./calibration/calibration.ts";
export { learnKeepRule } from "./calibration/keep-rule.ts";
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
export { type ErrorSummary, renderTaskReport, summarize, type TaskReportOptions } from "./report/report.ts";
export { renderDescriptionReport } from "./report/report-descriptions.ts";
export {
  type ErrorKind,
  type Examination,
  type ExaminedExample,
  type ExaminedStatement,
  examine,
  examineOwn,
} from "./report/report-examples.ts";
export { type RelationsReportOptions, renderRelationsReport } from "./report/report-relations.ts";
export { type Bc5cdrScore, type ConceptPair, scoreBc5cdr } from "./scorers/bc5cdr-scorer.ts";
export { type BootstrapOptions, bootstrap, type ConfidenceInterval } from "./scorers/bootstrap.ts";
export {
  type AnswerScore,
  type HocScore,
  type LabelledItem,
  scoreAnswers,
  scoreHoc,
} from "./scorers/classification.ts";
export type { Counts, PrecisionRecall } from "./scorers/counts.ts";
export { type HardMatchDocument, type HardMatchScore, scoreHardMatch } from "./scorers/hard-match.ts";
export { PAPER_SCORES, type PublishedScore } from "./scorers/paper-scores.ts";
