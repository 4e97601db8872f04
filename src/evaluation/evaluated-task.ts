/**
 * What evaluation knows of a task beyond its record: one `EvaluatedTask` each, listed once in registry.ts.
 *
 * The official score, the measure that is the task's own, trivial systems to beat, published numbers, and how answers are taken apart and,
 * where they are a closed set, chosen.
 */
import type { ReportProgress } from "../base/progress.ts";
import type { SplitName } from "../corpora/tasks/task-files.ts";
import type { Model } from "../pretrained/model.ts";
import type { AnswerPart } from "../tasks/answer-parts.ts";
import type { TaskData } from "../tasks/build-examples.ts";
import type { CalibrationMap } from "../tasks/calibration-map.ts";
import type { TaskExample, TaskName } from "../tasks/example.ts";
import type { HallmarkThresholds } from "../tasks/hallmarks/label-scoring.ts";
import type { LabelModel } from "../tasks/label-scoring.ts";
import type { Learnt } from "../tasks/model-task.ts";
import type { AnswerCalibration } from "../tasks/question-answering/answer-calibration.ts";
import type { RelationTriple } from "../tasks/relation-extraction/templates.ts";
import type { ReadAnswer, Task } from "../tasks/task.ts";
import type { Examined } from "./report/examination.ts";
import type { ConfidenceInterval, Resampled } from "./scorers/bootstrap.ts";

export type { AnswerPart } from "../tasks/answer-parts.ts";

export interface Answer {
  /** With or without source and prompt before it. */
  readonly text: string;
  /** Absent where nothing gave probabilities. May hold more than the text says, such as labels that were not chosen. */
  readonly statements?: readonly AnswerPart[];
  /** The relations, of what gives them as such; else they are read from the text. */
  readonly relations?: readonly RelationTriple[];
}

/** The answer, or its text alone. */
export type Predict = (example: TaskExample) => string | Answer | Promise<string | Answer>;

/**
 * Which documents count. KD-DTI without a DrugBank file has documents whose gold holds ids in place of names: `named` leaves them out.
 */
export type Subset = "all" | "named";

/**
 * How BC5CDR's strings become MeSH ids.
 * - `published`  exact lookup in the mentions of the whole split, a later document's id winning: the paper's
 * - `lossless`   lookup in the document's own mentions, blind to the spacing that the tokenizer damages, and with the split at
 *                whichever " and " makes both sides mentions
 */
export type ConceptLookup = "published" | "lossless";

export interface PublishedScore {
  readonly system: string;
  readonly precision?: number;
  readonly recall?: number;
  readonly f1?: number;
  readonly accuracy?: number;
}

/** Percent, as printed. */
export interface PaperScores {
  /** BioGPT (347 M) in the setting that the recipes reproduce. */
  readonly biogpt: PublishedScore;
  readonly large: PublishedScore;
  readonly others: readonly PublishedScore[];
}

/** One line of `biogpt evaluate --json`. Shares are in [0, 1]; `paper` is in percent, as printed there. */
export interface TaskReport {
  readonly task: TaskName;
  readonly split: SplitName;
  /** How data and scores were made: target form, subset, PubMedQA's setting, lookup, limit. */
  readonly setting: string;
  readonly decoding: string;
  readonly precision: number | null;
  readonly recall: number | null;
  /** Relations: BC5CDR's micro F1, the mean of the documents' F1 of DDI and KD-DTI. */
  readonly f1?: number;
  /** PubMedQA. */
  readonly accuracy?: number;
  readonly macroF1?: number;
  /** HoC: micro F1 with "empty". Relations: micro F1 over all triples. */
  readonly microF1?: number;
  /** Of f1, accuracy or HoC's microF1, whichever is the task's own. */
  readonly confidence: ConfidenceInterval | null;
  /** Share of arguments that stand nowhere in their document; null for tasks without arguments. */
  readonly inventedArguments: number | null;
  readonly documents: number;
  /** Documents whose answer could not be read. */
  readonly failed: number;
  readonly seconds: number;
  /** Further scores by name. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly paper: PublishedScore & { readonly large: PublishedScore };
}

export interface EvaluatedExample {
  readonly example: TaskExample;
  readonly output: string;
  readonly statements: readonly AnswerPart[] | undefined;
  /** What was read from the output; undefined where nothing could be. */
  readonly read: ReadAnswer;
}

export interface TaskEvaluation {
  readonly report: TaskReport;
  /** Their statements' probabilities are raw. */
  readonly examples: readonly EvaluatedExample[];
  /** The task's own score, of drawn documents. */
  readonly drawn: Resampled;
  readonly calibration?: CalibrationMap | undefined;
}

export interface Output {
  readonly example: TaskExample;
  readonly output: string;
}

export interface ScoredTask {
  readonly scores: Pick<TaskReport, "precision" | "recall" | "f1" | "accuracy" | "macroF1" | "microF1">;
  readonly details: Record<string, unknown>;
  /** The task's own score, of drawn documents. */
  readonly drawn: Resampled;
  /** Null for tasks without arguments. */
  readonly inventedArguments: number | null;
  /** What was read from each output; undefined where nothing could be. */
  readonly read: readonly ReadAnswer[];
}

export interface ScoreOptions {
  /** How BC5CDR's strings become ids. Default "published". */
  readonly lookup?: ConceptLookup | undefined;
}

/** A score under its name: in results and reports, and in the table that a terminal shows. */
export interface Measure {
  /** "micro F1" */
  readonly name: string;
  /** "F1 (micro)" */
  readonly label: string;
  /** 0 to 1; undefined where the report has none. */
  readonly of: (report: Pick<TaskReport, "f1" | "accuracy" | "macroF1" | "microF1">) => number | undefined;
}

/** A trivial system that a model has to beat. It writes the sentences that a model would write, so it goes through the same scorer. */
export interface Baseline {
  readonly name: string;
  readonly predictor: (data: TaskData) => Predict;
}

export interface LearnOptions {
  /** Examples in work at once. Default 1. */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
}

export interface LabelPredictorOptions {
  /** HoC: what a hallmark's probability must reach. Default: the most probable label string is the answer. */
  readonly thresholds?: HallmarkThresholds | undefined;
  /** PubMedQA: what the likelihoods of the answers mean. Default: they are probabilities as they are. */
  readonly calibration?: AnswerCalibration | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What was learnt of a model's likelihoods, in a form of the task's own. */
export interface LearntLabels {
  /** Answers by it. */
  readonly predictor: (model: LabelModel, data: TaskData, options: LabelPredictorOptions) => Predict;
  /** How results name it: "calibrated"; empty where nothing was learnt. */
  readonly said: string;
}

/** A closed set of answers, chosen by likelihood. */
export interface LabelDecoding {
  /** Examples in work at once, where nothing else is asked for. */
  readonly concurrency: number;
  /** Whether all candidates of an example step together, each in a slot of the cache. */
  readonly candidatesTogether: boolean;
  /** What a user cannot give with one threshold: "hallmark has a threshold". */
  readonly own: string;
  /** Likelihoods as they are. */
  readonly plain: LearntLabels;
  /** What a file says. @throws BiogptError `tasks/thresholds` */
  readonly ofFile: (path: string, data: TaskData) => LearntLabels;
  /** What the model's folder says, where answers go by it without being asked to. */
  readonly ofModel: (model: Model, data: TaskData) => LearntLabels | undefined;
  /**
   * Learns on validation; only to be used on other examples.
   *
   * @returns also what a model's folder or a file of thresholds keeps of it
   * @throws BiogptError `evaluation/no-split` without validation examples
   */
  readonly learn: (
    model: LabelModel,
    data: TaskData,
    options: LearnOptions,
  ) => Promise<LearntLabels & { readonly learnt: Learnt }>;
}

export interface EvaluatedTask {
  readonly task: Task;
  /** @param all every example of the split, whose mentions BC5CDR's published lookup knows */
  readonly score: (
    outputs: readonly Output[],
    all: readonly TaskExample[],
    data: TaskData,
    options: ScoreOptions,
  ) => ScoredTask;
  /** The score that is the task's own. */
  readonly mainScore: Measure;
  /** Others worth a column. */
  readonly furtherScores: readonly Measure[];
  /** Ways from strings to ids, the published one first; absent where strings are compared as they are. */
  readonly lookups?: readonly ConceptLookup[];
  /** Strongest first. */
  readonly baselines: readonly Baseline[];
  readonly paper: PaperScores;
  /** Takes answers apart as the official scorer compares them. */
  readonly examine: (
    data: TaskData,
    report: Pick<TaskReport, "split" | "setting">,
  ) => (example: EvaluatedExample) => Examined;
  readonly labels?: LabelDecoding;
}
