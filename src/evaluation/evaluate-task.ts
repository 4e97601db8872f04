/**
 * From a task's examples and something that answers them to the official scores, beside the paper's.
 *
 * Whatever answers (a model, a baseline, the gold targets themselves) is a function from example to text; the text goes
 * through the task's own post-processing and the official scorer.
 */
import { BiogptError } from "../base/errors.ts";
import type { ReportProgress } from "../base/progress.ts";
import type { SplitName } from "../corpora/tasks/task-files.ts";
import type { TaskData } from "../tasks/build-examples.ts";
import type { CalibrationMap } from "../tasks/calibration-map.ts";
import type { TaskExample } from "../tasks/example.ts";
import { type EachOptions, eachExample } from "./each-example.ts";
import type { Answer, ConceptLookup, Predict, Subset, TaskEvaluation } from "./evaluated-task.ts";
import { evaluatedTask } from "./registry.ts";
import { type BootstrapOptions, interval } from "./scorers/bootstrap.ts";

export type {
  Answer,
  EvaluatedExample,
  Predict,
  Subset,
  TaskEvaluation,
  TaskReport,
} from "./evaluated-task.ts";

export interface EvaluateOptions {
  /** Default "test". */
  readonly split?: SplitName | undefined;
  /** How the answers came about, for the report: "greedy", "beam 5", "gold". */
  readonly decoding: string;
  /** Default: "named" where the gold holds placeholders, else "all". */
  readonly subset?: Subset | undefined;
  /** The first so many documents alone, a trial. Default: all of them. */
  readonly limit?: number | undefined;
  /** How BC5CDR's strings become ids. Default "published". */
  readonly lookup?: ConceptLookup | undefined;
  /** Answers asked for at the same time. Default 1. */
  readonly concurrency?: number | undefined;
  readonly bootstrap?: BootstrapOptions | undefined;
  /** What the statements' probabilities mean, learnt on other examples; for the report, no score changes by it. Default: nothing. */
  readonly calibration?: CalibrationMap | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
}

/** @throws BiogptError `evaluation/no-split` when the data have no such split */
export async function evaluateTask(
  data: TaskData,
  predict: Predict,
  options: EvaluateOptions,
): Promise<TaskEvaluation> {
  const { split = "test", signal, progress, concurrency } = options;
  const task = evaluatedTask(data.task);
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
  const scored = task.score(evaluated, all, data, options);
  const seconds = (performance.now() - started) / 1000;
  const { biogpt, large } = task.paper;
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

/**
 * The examples that count, and what the setting says of the choice.
 *
 * @throws BiogptError `evaluation/option` for a lookup that the task has no use for
 */
export function chooseSubset(
  all: readonly TaskExample[],
  data: TaskData,
  { subset, limit, lookup = "published" }: Pick<EvaluateOptions, "subset" | "limit" | "lookup">,
): { examples: readonly TaskExample[]; setting: string[] } {
  const { lookups } = evaluatedTask(data.task);
  if (lookup !== "published" && !lookups?.includes(lookup)) {
    throw new BiogptError("evaluation/option", {
      what: `The ${lookup} lookup means nothing for ${data.task}.`,
      why: "Its strings are compared as they are.",
      fix: "Leave it out.",
    });
  }
  const setting = lookup === "published" ? [] : [`${lookup} lookup`];
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
