/** What programs call: everything that a command does, as one function `(options, { signal, onEvent }) => Promise<result>`. */
export { type Answer, type AnswerSettings, answer } from "./answer.ts";
export { ASK_MODEL, type Asked, type AskSettings, ask, type TextEvent } from "./ask.ts";
export type { NamedAttachment } from "./attachments.ts";
export { type AverageOptions, type AverageResult, average } from "./average.ts";
export { type BenchmarkOptions, type BenchmarkResult, benchmark } from "./benchmark.ts";
export { BiogptModel, loadModel } from "./biogpt-model.ts";
export { type BuildVocabularyOptions, type BuiltVocabulary, buildVocabulary } from "./build-vocabulary.ts";
export { Chat, type ChatAnswer, type ChatSettings, openChat } from "./chat.ts";
export { type ClassScoreSettings, type ClassScores, classScores } from "./class-scores.ts";
export { type ClassifiedSentence, type ClassifyEvent, type ClassifySettings, classify } from "./classify.ts";
export { type ClassifiedText, type ClassifyTextsSettings, classifyTexts, isClassifier } from "./classify-texts.ts";
export { type ConvertOptions, convert } from "./convert.ts";
export { type DescribeSettings, describe, describeByTwo, type ModelDescription } from "./describe.ts";
export { type DistantDataOptions, type DistantDataSummary, distantData } from "./distant-data.ts";
export type { DocumentInput, DocumentSettings, ProblemEvent } from "./documents.ts";
export { type EmbeddedDocument, type EmbedEvent, type EmbedSettings, embed, embedIds } from "./embed.ts";
export { type AnswersEvaluation, type EvaluateAnswersOptions, evaluateAnswers } from "./evaluate-answers.ts";
export {
  type ClassificationEvaluation,
  type EvaluateClassificationOptions,
  evaluateClassification,
} from "./evaluate-classifier.ts";
export {
  type EvaluateTaggerOptions,
  evaluateTagger,
  type PartEvaluation,
  type TaggerEvaluation,
} from "./evaluate-tagger.ts";
export { type EvaluateWildOptions, evaluateWild, judgeWild, type WildEvaluation } from "./evaluate-wild.ts";
export { type DescribedResult, type EvaluateDescribedOptions, evaluateDescribed } from "./evaluation/described.ts";
export { type Answerer, type DescribedAnswersOptions, textAnswerer } from "./evaluation/described-answers.ts";
export { type EvaluationResult, evaluate } from "./evaluation/evaluate.ts";
export type { AnswerOptions, EvaluationOptions, LearnOn } from "./evaluation/options.ts";
export { evaluateOwnRelations, type OwnRelationsOptions } from "./evaluation/own-relations.ts";
export {
  type ExtractEvent,
  type ExtractionSummary,
  type ExtractModelSettings,
  type ExtractSettings,
  extract,
} from "./extract.ts";
export { type ExtractToFileSettings, extractToFile, type WrittenRelations } from "./extract-to-file.ts";
export type { ExtractionDecoding, ExtractionSettings } from "./extraction-plan.ts";
export {
  type Featurized,
  type FeaturizeOptions,
  featurize,
  type MoleculeFeatures,
  type ProteinFeatures,
} from "./featurize.ts";
export { DEFAULT_TYPES, type FoundNames, findNames, type TaggerSettings } from "./find-names.ts";
export { type ImportOptions, importData } from "./import-data.ts";
export { describeInspection, type InspectOptions, inspect } from "./inspect.ts";
export type { AnswerSource } from "./known-descriptions.ts";
export {
  type MeasuredModel,
  type MeasureSpeedOptions,
  measureSpeed,
  prepareMeasurement,
} from "./measure-speed.ts";
export {
  type MeasureOptions,
  measureTrainingShape,
  TRAINING_SHAPES,
  type TrainingMeasurement,
  type TrainingShape,
} from "./measure-training.ts";
export { MENTION_FORMATS, type MentionFormat, type MentionRows, mentionRows } from "./mention-rows.ts";
export {
  exportFolder,
  graphEvidence,
  graphFind,
  graphNeighbours,
  graphPath,
  graphStats,
  graphStrongest,
} from "./mining/ask-graph.ts";
export { type CoordinateSettings, coordinate } from "./mining/coordinate.ts";
export { type ExtractionReaderSettings, openExtractionReader } from "./mining/extraction-reader.ts";
export { type MineEvent, type MineSettings, type MineSummary, mine, mineInto, type UnitEvent } from "./mining/mine.ts";
export {
  type MineLiteratureSettings,
  mineLiterature,
  type OpenedReading,
  openReading,
  type ReadingSettings,
} from "./mining/mine-literature.ts";
export type { QuerySettings } from "./mining/query.ts";
export type { Shard } from "./mining/shard.ts";
export { openNormalizer } from "./mining/vocabulary-normalizer.ts";
export { runWorker, type WorkerSettings } from "./mining/worker.ts";
export { type NamesToFileSettings, namesToFile, type WrittenNames } from "./names-to-file.ts";
export {
  type NormalizeDocumentsOptions,
  type NormalizedMentionRow,
  type NormalizedName,
  type NormalizeNamesOptions,
  normalizeDocuments,
  normalizeNames,
} from "./normalize.ts";
export type { LoadSettings, ModelSettings } from "./open-model.ts";
export { openReader } from "./open-reader.ts";
export { type PrepareCorpusOptions, prepareCorpus } from "./prepare-corpus.ts";
export type { RowFormat } from "./relation-rows.ts";
export { type ReproduceOptions, reproduce } from "./reproduction/reproduce.ts";
export type { Results as ReproductionResults } from "./reproduction/results.ts";
export { type TrainTokenizerOptions, type TrainTokenizerResult, trainTokenizer } from "./train-tokenizer.ts";
export type { ClassificationSettings } from "./training/classification-settings.ts";
export type { EntitySettings } from "./training/entity-settings.ts";
export type { FineTuneOptions } from "./training/fine-tuning-request.ts";
export { finetune } from "./training/finetune.ts";
export { type FineTuneClassificationOptions, finetuneClassification } from "./training/finetune-classification.ts";
export { type FineTuneEntitiesOptions, finetuneEntities } from "./training/finetune-entities.ts";
export { type FineTuneMoleculesOptions, finetuneMolecules } from "./training/finetune-molecules.ts";
export { type FineTuneRelationsOptions, finetuneRelations } from "./training/finetune-relations.ts";
export type { MoleculeSettings } from "./training/molecule-settings.ts";
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
