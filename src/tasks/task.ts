/**
 * What a task is: one record of data and functions, listed once in registry.ts.
 *
 * Whoever builds examples, fine-tunes, evaluates or reproduces asks the record; nobody compares a task's name. How answers are scored, the
 * baselines and the published numbers stand in `EvaluatedTask` (evaluation/evaluated-task.ts), since scoring ranks above tasks.
 */
import type { DrugBankNames } from "../corpora/tasks/drugbank.ts";
import type { DataWarning, SourceFile, SplitName } from "../corpora/tasks/task-files.ts";
import type { DataForm } from "./data-form.ts";
import type { DistantLabelling } from "./distant-labelling.ts";
import type { TaskExample, TaskName } from "./example.ts";
import type { InputUnit } from "./input-unit.ts";
import type { QuestionSetting } from "./question-answering/yes-no.ts";
import type { RelationOrder } from "./relation-extraction/examples.ts";
import type { RelationScheme } from "./relation-extraction/schemes.ts";
import type { RelationTriple } from "./relation-extraction/templates.ts";

export type { DataForm } from "./data-form.ts";

/** Options of an import. A task listens to some of them (`Task.listensTo`); any other one given is an error, not ignored. */
export interface BuildOptions {
  /** Which of the corpus's formats to read where several lie side by side. Default: BioGPT's own files. */
  readonly format?: string | undefined;
  /** Target form of a relation task. Default "rel-is". */
  readonly template?: string | undefined;
  /**
   * Order of the relations in a target. Default "parity". "random" shuffles those of train; other splits stay in "parity", since a
   * score does not depend on it.
   */
  readonly order?: RelationOrder | "random" | undefined;
  /** With order "random": how often each document of train is there, each time in another order. At least 1, the default. */
  readonly repeats?: number | undefined;
  /** PubMedQA only. Default "reasoning-required". */
  readonly setting?: QuestionSetting | undefined;
  /** PubMedQA's validation fold, 0 to 9. Default 0. */
  readonly fold?: number | undefined;
  /** HoC: the share of train that becomes validation when valid is test; 0 keeps all in train. Default 0.1. */
  readonly validationShare?: number | undefined;
  /** KD-DTI without train.json: the share of valid's named documents that becomes train, in (0, 1); the rest stays valid. */
  readonly trainFromValid?: number | undefined;
  /** Seed of these two choices, and of order "random". Default 1. */
  readonly seed?: number | undefined;
  /** KD-DTI: a folder of DrugProt, whose documents are trained on as well, but for those that KD-DTI has. */
  readonly drugProt?: string | undefined;
  /** KD-DTI: names for its placeholders. */
  readonly drugBank?: DrugBankNames | undefined;
}

/** What a task makes of its raw files. */
export interface BuiltTask extends DataForm {
  readonly splits: Readonly<Partial<Record<SplitName, readonly TaskExample[]>>>;
  readonly files: readonly SourceFile[];
  readonly surprises: readonly DataWarning[];
  /** For people: what a score must name to be compared. */
  readonly setting: string;
}

/** A task's examples, built or imported. */
export interface TaskData extends DataForm {
  readonly task: TaskName;
  /** For people: how it was built, what a score must name to be compared. */
  readonly setting: string;
  readonly splits: Readonly<Partial<Record<SplitName, readonly TaskExample[]>>>;
  /** Documents without relations: the recipes leave them out of training and scoring. */
  readonly withoutRelations: Readonly<Partial<Record<SplitName, readonly TaskExample[]>>>;
  readonly files: readonly SourceFile[];
  /** What a user should know of the data before trusting a score. */
  readonly surprises: readonly DataWarning[];
}

/** The paper's fine-tuning recipe. Source: the training scripts of microsoft/BioGPT (PubMedQA's from its history). */
export interface TaskRecipe {
  readonly peakLearningRate: number;
  /** Updates of linear warm-up. */
  readonly warmupUpdates: number;
  /** Either a number of epochs or of updates. */
  readonly length: { readonly epochs: number } | { readonly updates: number };
  /** Most source tokens, `</s>` not counted. */
  readonly maxSourceTokens: number;
  /** Learned prompt tokens between source and target. */
  readonly learnedPrompt: number;
  /** Tokens of a micro-batch as fairseq counts them: longest example × examples, prompt not counted. */
  readonly batchTokens: number;
  /** Micro-batches of an update. */
  readonly accumulation: number;
  /** Checkpoints of the last epochs whose mean is used; 1 takes the last. */
  readonly averageLast: number;
}

/** Our recipe for models of a few million parameters (recipes.ts says what differs and why). */
export interface SmallRecipe {
  /** Peak of AdamW, for tables, biases and norms; Muon's for the blocks' maps is three times that. */
  readonly peakLearningRate: number;
  readonly updates: number;
  /** Micro-batches of 2,048 tokens in an update. */
  readonly accumulation: number;
  readonly maxSourceTokens: number;
  readonly learnedPrompt: number;
  /** Relations: how often each training document is there, each time in another order. */
  readonly repeats?: number;
  readonly unit?: InputUnit;
  /** Questions: last words of a context that are read. */
  readonly contextWords?: number;
}

/**
 * - `greedy`, `beam`  the answer as a text, as published
 * - `grounded`        the same, arguments being stretches of the source
 * - `ranked`          the likeliest single relations
 * - `labels`          the likeliest of a closed set of answers
 */
export type Decoding = "pairs" | "greedy" | "beam" | "grounded" | "ranked" | "labels";

/** What an answer says: relations, labels, or yes, no, maybe; undefined where nothing could be read. */
export type ReadAnswer = readonly RelationTriple[] | readonly string[] | string | undefined;

export interface Task {
  /** In files, options and results: "kd-dti". */
  readonly name: string;
  /** Other spellings that are understood, lower-cased: "kddti". */
  readonly aliases?: readonly string[];
  /** As its publication spells it; also the folder where it lies among other tasks: "KD-DTI". */
  readonly title: string;
  /** What its gold consists of. */
  readonly items: "relations" | "labels" | "answers";
  /** The relations, for tasks that have them. */
  readonly scheme?: RelationScheme;

  /** Names of the formats in which its raw files are published, BioGPT's own first; none where there is one only. */
  readonly formats: readonly string[];
  readonly listensTo: readonly (keyof BuildOptions)[];
  /** @param root folder (or file) of the raw corpus */
  readonly build: (root: string, options: BuildOptions) => BuiltTask;
  /** What to do where nothing can be trained on. Default: import the data again. */
  readonly withoutTraining?: string;
  /** What to do where there is no validation part to learn from. Default: import it. */
  readonly withoutValidation?: string;

  /** Reads an answer, with or without source and prompt before it, written in this form. */
  readonly parse: (output: string, form: DataForm) => ReadAnswer;
  /** What an answer is to be read from, where that is not all of the document's text. */
  readonly contextOf?: (example: TaskExample) => string;
  /** What stays of a source of which only the last words of its context are read; absent where sources have no context. */
  readonly shortenSource?: (source: string, words: number) => string;
  /** How documents that nobody has read become examples; absent where they cannot. */
  readonly distant?: DistantLabelling;
  readonly recipes: { readonly paper: TaskRecipe; readonly small: SmallRecipe };
  /** How its answers can be had, the default first. */
  readonly decodings: readonly Decoding[];
  readonly reproduction: {
    /** What is evaluated, the published one first. */
    readonly decodings: readonly Decoding[];
    /** How the data are built where the raw files have no training part. Default: they must have one. */
    readonly withoutTrain?: BuildOptions;
  };
}
