/**
 * From a task's examples and something that answers them to the official scores, beside the paper's.
 *
 * Whatever answers (a model, a baseline, the gold targets themselves) is a function from example to text; the text goes
 * through the task's own post-processing and the official scorer.
 */
import { throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";
import type { ReportProgress } from "../base/progress.ts";
import type { SplitName } from "../corpora/tasks/task-files.ts";
import type { TaskData } from "../tasks/build-examples.ts";
import type { CalibrationMap } from "../tasks/calibration-map.ts";
import type { TaskExample, TaskName } from "../tasks/example.ts";
import type { RelationTriple } from "../tasks/relation-extraction/templates.ts";
import type { Statement } from "../tasks/statements.ts";
import { type BootstrapOptions, type ConfidenceInterval, interval, type Resampled } from "./scorers/bootstrap.ts";
import { PAPER_SCORES, type PublishedScore } from "./scorers/paper-scores.ts";
import type { ConceptLookup } from "./scorers/score-relations.ts";
import { scoreTask } from "./scorers/score-task.ts";

export type { Statement } from "../tasks/statements.ts";

export interface Answer {
  /** With or without source and prompt before it. */
  readonly text: string;
  /** Absent where nothing gave probabilities. May hold more than the text says, such as labels that were not chosen. */
  readonly statements?: readonly Statement[];
}

/** The answer, or its text alone. */
export type Predict = (example: TaskExample) => string | Answer | Promise<string | Answer>;

/**
 * Which documents count. KD-DTI without a DrugBank file has documents whose gold holds ids in place of names: `named` leaves them out.
 */
export type Subset = "all" | "named";

export interface EvaluateOptions {
  /** Default "test". */
  readonly split?: SplitName;
  /** How the answers came about, for the report: "greedy", "beam 5", "gold". */
  readonly decoding: string;
  /** Default: "named" where the gold holds placeholders, else "all". */
  readonly subset?: Subset;
  /** The first so many documents alone, a trial. Default: all of them. */
  readonly limit?: number;
  /** How BC5CDR's strings become ids. Default "published". */
  readonly lookup?: ConceptLookup;
  /** Answers asked for at the same time. Default 1. */
  readonly concurrency?: number;
  readonly bootstrap?: BootstrapOptions;
  /** What the statements' probabilities mean, learnt on other examples; for the report, no score changes by it. Default: nothing. */
  readonly calibration?: CalibrationMap | undefined;
  readonly signal?: AbortSignal;
  readonly progress?: ReportProgress;
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
  readonly statements: readonly Statement[] | undefined;
  /** What was read from the output; undefined where nothing could be. */
  readonly read: readonly RelationTriple[] | readonly string[] | string | undefined;
}

export interface TaskEvaluation {
  readonly report: TaskReport;
  /** Their statements' probabilities are raw. */
  readonly examples: readonly EvaluatedExample[];
  /** The task's own score, of drawn documents. */
  readonly drawn: Resampled;
  readonly calibration?: CalibrationMap | undefined;
}

/** @throws BiogptError `evaluation/no-split` when the data have no such split */
export async function evaluateTask(
  data: TaskData,
  predict: Predict,
  options: EvaluateOptions,
): Promise<TaskEvaluation> {
  const { split = "test", signal, progress, concurrency } = options;
  const all = data.splits[split];
  if (all === undefined || all.length === 0) {
    throw new BiogptError("evaluation/no-split", {
      what: `The data of ${data.task} have no examples in "${split}".`,
      fix: `They have ${
        Object.entries(data.splits)
          .map(([name, list]) => `${name} (${list?.length})`)
          .join(", ") || "none"
      }.`,
      kind: "usage",
    });
  }
  const { examples, setting } = chooseSubset(all, data, options);
  const started = performance.now();
  const outputs = await answerAll(examples, predict, { signal, progress, concurrency });
  const evaluated = examples.map((example, at) => {
    const { text, statements } = outputs[at]!;
    return { example, output: text, statements };
  });
  const scored = scoreTask(data, evaluated, all, options);
  const seconds = (performance.now() - started) / 1000;
  const { biogpt, large } = PAPER_SCORES[data.task]!;
  const { scores, details, drawn, inventedArguments, read } = scored;
  return {
    report: {
      task: data.task,
      split,
      setting: [data.setting, ...setting].join(", "),
      decoding: options.decoding,
      ...scores,
      confidence: interval(drawn, options.bootstrap) ?? null,
      inventedArguments,
      documents: examples.length,
      failed: read.filter((value) => value === undefined || (Array.isArray(value) && value.length === 0)).length,
      seconds,
      details,
      paper: { ...biogpt, large },
    },
    examples: evaluated.map((item, at) => ({ ...item, read: read[at] })),
    drawn,
    calibration: options.calibration,
  };
}

export function chooseSubset(
  all: readonly TaskExample[],
  data: TaskData,
  { subset, limit, lookup = "published" }: Pick<EvaluateOptions, "subset" | "limit" | "lookup">,
): { examples: readonly TaskExample[]; setting: string[] } {
  const setting = data.task === "bc5cdr" && lookup !== "published" ? [`${lookup} lookup`] : [];
  const named = all.filter(({ gold }) => gold.kind !== "relations" || gold.named);
  const some = named.length < all.length;
  const chosen = subset ?? (some ? "named" : "all");
  if (some)
    setting.push(
      chosen === "all" ? "placeholders as names" : `named subset (${named.length} of ${all.length} documents)`,
    );
  const examples = chosen === "all" ? all : named;
  if (limit === undefined || limit >= examples.length) return { examples, setting };
  return { examples: examples.slice(0, limit), setting: [...setting, `the first ${limit} of ${examples.length}`] };
}

/** An answer for each example, in their order, `concurrency` of them in work at once. */
export function answerAll(
  examples: readonly TaskExample[],
  predict: Predict,
  options: Omit<EachOptions, "activity">,
): Promise<Answer[]> {
  const answer = async (example: TaskExample): Promise<Answer> => {
    const said = await predict(example);
    return typeof said === "string" ? { text: said } : said;
  };
  return eachExample(examples, answer, { ...options, activity: "evaluating" });
}

interface EachOptions {
  /** Default 1. */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
  /** What is being done, for progress. */
  readonly activity: string;
}

/** What becomes of each example, in their order, `concurrency` of them at a time. */
export async function eachExample<T>(
  examples: readonly TaskExample[],
  become: (example: TaskExample) => T | Promise<T>,
  { signal, progress, concurrency = 1, activity }: EachOptions,
): Promise<T[]> {
  const outputs = new Array<T>(examples.length);
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    while (next < examples.length) {
      throwIfAborted(signal);
      const at = next++;
      outputs[at] = await become(examples[at]!);
      progress?.({ activity, done: ++done, total: examples.length, unit: "documents" });
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, examples.length) }, work));
  throwIfAborted(signal);
  return outputs;
}
