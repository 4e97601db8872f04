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
export { learnDecisionRule, learnDecisionRule as learnKeepRule } from "./calibration/learn-decision-rule.ts";
export {
  type CandidatesOf,
  type CandidatesOf as StatementsOf,
  decidedPredictor,
  decidedPredictor as keptPredictor,
  groundedCandidates,
  groundedCandidates as groundedStatements,
  groundedPredictor,
  learnRelationRule,
  learnRelationRule as learnRule,
  rankedCandidates,
  rankedCandidates as rankedStatements,
} from "./candidate-relations.ts";
export { compareDescriptions, type DescriptionComparison, type TextQuality, textQuality } from "./describe.ts";
export { DESCRIBED_SETS, type DescribedSet, describedSet } from "./described/described-sets.ts";
export {
  type DescriptionEvaluation,
  type DescriptionReport,
  type EvaluateDescriptionsOptions,
  evaluateDescriptions,
  type NearestReport,
} from "./described/evaluate-descriptions.ts";
export { type EntityEvaluation, evaluateEntities } from "./evaluate-entities.ts";
export {
  evaluateOwnRelations,
  type OwnRelationsEvaluation,
  type OwnRelationsOptions,
  type OwnRelationsReport,
} from "./evaluate-relations.ts";
export { type EvaluateOptions, evaluateTask } from "./evaluate-task.ts";
export type {
  Answer,
  AnswerPart,
  AnswerPart as Statement,
  Baseline,
  EvaluatedExample,
  EvaluatedTask,
  LabelDecoding,
  Measure,
  PaperScores,
  Predict,
  PublishedScore,
  ScoredTask,
  TaskEvaluation,
  TaskReport,
} from "./evaluated-task.ts";
export { labelPredictor } from "./label-predictor.ts";
export { type ModelPredictorOptions, modelPredictor } from "./model-predictor.ts";
export { EVALUATED_TASKS, evaluatedTask, PAPER_SCORES, registerEvaluatedTask } from "./registry.ts";
export type { ErrorKind, Examination, ExaminedExample, ExaminedStatement } from "./report/examination.ts";
export { examineOwn } from "./report/examine-relations.ts";
export { type ErrorSummary, renderTaskReport, summarize, type TaskReportOptions } from "./report/report.ts";
export { renderDescriptionReport } from "./report/report-descriptions.ts";
export { examine } from "./report/report-examples.ts";
export { type RelationsReportOptions, renderRelationsReport } from "./report/report-relations.ts";
export { choiceTable, entityTable, ownRelationsTable, perplexityTable, taskTable } from "./report/score-tables.ts";
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
export { type EntityGold, type EntityScore, type EntityScores, scoreEntities } from "./scorers/entity-scorer.ts";
export { type HardMatchDocument, type HardMatchScore, scoreHardMatch } from "./scorers/hard-match.ts";
export {
  type EntityScore as NamedThingsScore,
  entityScore,
  type NamedCounts,
  namedCounts,
  namedPhrases,
} from "./scorers/text/named-phrases.ts";
export { type KnownAnswer, type NearestAnswer, nearestAnswers } from "./scorers/text/nearest-answers.ts";
export {
  type DescriptionPair,
  type DescriptionScores,
  meanScores,
  type SampleScores,
  type ScoreDescriptionsOptions,
  type ScoredDescriptions,
  scoreDescriptions,
  scoreSample,
  type Variant,
} from "./scorers/text/score-descriptions.ts";
export { openWordPieces, type WordPieces } from "./scorers/text/word-pieces.ts";
export { findWordNet, openWordNet, type WordNet } from "./scorers/text/wordnet.ts";
export { learnCalibrationOfAnswers } from "./tasks/answer-decoding.ts";
export { learnHallmarkThresholds } from "./tasks/hallmark-decoding.ts";
