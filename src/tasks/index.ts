/** What other folders and users take from tasks/: relation extraction, and each task's data as examples. */
export { type BuildOptions, buildExamples, type TaskData } from "./build-examples.ts";
export { type CalibrationMap, calibrated } from "./calibration-map.ts";
export {
  DESCRIPTION_WARNING,
  type DescribeOptions,
  type Description,
  type DescriptionCandidate,
  describeTerms,
} from "./description/describe.ts";
export type { TermKind } from "./description/prompts.ts";
export { type DistantExample, exclusionsOf, type TaskExclusions } from "./distant-documents.ts";
export { DEFAULT_READING, type EntityReading } from "./entities/entity-reading.ts";
export { type FoundMention, openTagger, type PassagesToTag, Tagger, type TaggerOptions } from "./entities/tagger.ts";
export type {
  Gold,
  GoldAnswer,
  GoldLabels,
  GoldRelation,
  GoldRelations,
  TaskExample,
  TaskName,
} from "./example.ts";
export {
  chooseHallmarks,
  type HallmarkScores,
  type HallmarkThresholds,
  hallmarkScorer,
  labelStrings,
} from "./hallmarks/label-scoring.ts";
export type { InputUnit, ModelInput } from "./input-unit.ts";
export {
  type CandidateScore,
  type LabelMode,
  type LabelModel,
  type LabelScore,
  type LabelScorerOptions,
  type LabelScores,
  type LabelTarget,
  labelScorer,
  scoreCandidates,
} from "./label-scoring.ts";
export { saveLearnt } from "./learnt-file.ts";
export type { Learnt, ModelTask, TaskHolder } from "./model-task.ts";
export {
  type AnswerCalibration,
  answerCalibrationOf,
  readAnswerCalibration,
} from "./question-answering/answer-calibration.ts";
export {
  type DistantQuestionOptions,
  type DistantQuestionSummary,
  distantQuestions,
} from "./question-answering/distant-questions.ts";
export { answerScorer } from "./question-answering/label-scoring.ts";
export { type Question, questionSource } from "./question-answering/yes-no.ts";
export { TASK_RECIPES } from "./recipes.ts";
export { registerTask, schemeOfData, TASK_NAMES, TASKS, taskName, taskNamed } from "./registry.ts";
export {
  type RankOptions,
  rankCandidates,
  rankCandidates as rankStatements,
} from "./relation-extraction/candidate-ranking.ts";
export type {
  CandidateRelation,
  CandidateRelation as ProbableStatement,
} from "./relation-extraction/candidate-relation.ts";
export {
  DEFAULT_DECISION_RULE,
  DEFAULT_DECISION_RULE as DEFAULT_KEEP_RULE,
  type DecisionBounds,
  type DecisionBounds as KeepRule,
  type DecisionRule,
  type DecisionRule as LearntRule,
  keptCount,
  thresholdRule,
} from "./relation-extraction/decision-rule.ts";
export {
  type DistantOptions,
  type DistantPairs,
  type DistantSummary,
  distantExamples,
} from "./relation-extraction/distant.ts";
export { type DistantDictionary, trainingDictionary } from "./relation-extraction/distant-dictionary.ts";
export type { Evidence } from "./relation-extraction/evidence.ts";
export {
  type Argument,
  type DocumentRelations,
  type ExtractedRelation,
  type ExtractOptions,
  extractRelations,
} from "./relation-extraction/extract.ts";
export { type GroundedOptions, groundedConstraint, groundedDecoding } from "./relation-extraction/grounded.ts";
export { learntRuleOf, type RuleDecoding, readLearntRule } from "./relation-extraction/learnt-rules.ts";
export { type OwnExample, type OwnExampleOptions, ownExample } from "./relation-extraction/own-examples.ts";
export {
  parseRelationSchema,
  type RelationSchema,
  schemeOf,
} from "./relation-extraction/own-scheme.ts";
export { readRelationSchema } from "./relation-extraction/own-scheme-file.ts";
export {
  RELATION_SCHEMES,
  type RelationScheme,
  relationScheme,
  type SchemeName,
} from "./relation-extraction/schemes.ts";
export type { SourcePlaces } from "./relation-extraction/source-spans.ts";
export type { RelationTemplate, RelationTriple, TemplateName } from "./relation-extraction/templates.ts";
export type { BuiltTask, DataForm, Decoding, SmallRecipe, Task, TaskRecipe } from "./task.ts";
export { openTaskData, readTaskData, type TaskManifest, writeTaskData } from "./task-data.ts";
export { inputOf, TASK_FILE, taskOf, taskOfFolder, updateTaskFile, writeTaskFile } from "./task-file.ts";
