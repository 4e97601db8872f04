/** A task's official scores of a model, of a trivial system, or of the gold targets themselves, beside the paper's. */
import { throwIfAborted } from "../../base/cancellation.ts";
import { evaluateTask } from "../../evaluation/evaluate-task.ts";
import type { Predict, TaskReport } from "../../evaluation/evaluated-task.ts";
import { type ErrorSummary, summarize } from "../../evaluation/report/report.ts";
import { examine } from "../../evaluation/report/report-examples.ts";
import { type AboveTrivial, aboveTrivial as compare } from "../../evaluation/scorers/above-trivial.ts";
import { baseline } from "../../evaluation/scorers/baselines.ts";
import { mosesChain, tokenizerChain } from "../../evaluation/scorers/tokenizer-ceiling.ts";
import { openTokenizerFolder } from "../../pretrained/load/tokenizer-folder.ts";
import type { TaskData } from "../../tasks/build-examples.ts";
import { taskName } from "../../tasks/registry.ts";
import { openTaskData } from "../../tasks/task-data.ts";
import { progressEvents, type WorkflowContext } from "../workflow.ts";
import type { Answers } from "./answers.ts";
import { DEFAULT_BATCH, modelAnswers } from "./model-answers.ts";
import { checkOptions, type EvaluationOptions } from "./options.ts";
import { trivialEvaluations, writeReport } from "./report-file.ts";

/** What `biogpt evaluate TASK --json` prints. */
export interface EvaluationResult extends TaskReport, ErrorSummary {
  /** Null where no model answered. */
  readonly aboveTrivial: AboveTrivial | null;
}

/**
 * Evaluates answers to one of the tasks, as its official scorer does.
 *
 * @param task such as `bc5cdr`, in any of its spellings
 * @throws BiogptError `evaluation/option` for options that make no sense together, `tasks/unknown-task`, `evaluation/no-split`, those of
 *         `openTaskData` and `loadModel`
 *
 * @example
 * ```ts
 * const { f1, paper, aboveTrivial } = await evaluate("bc5cdr", { data: "bc5cdr", model: "run", decoding: "ranked" });
 * ```
 */
export async function evaluate(
  task: string,
  options: EvaluationOptions,
  context: WorkflowContext = {},
): Promise<EvaluationResult> {
  throwIfAborted(context.signal);
  checkOptions(task, options);
  const {
    data: folder,
    format,
    template,
    setting,
    split = "test",
    subset,
    limit,
    lookup,
    draws = 1000,
    seed = 1,
  } = options;
  const data = openTaskData(taskName(task), folder, { format, template, setting });
  const { signal, onEvent } = context;
  using answers = await answersFor(options, data, context);
  const bootstrap = { draws, seed };
  const chosen = { split, subset, limit, lookup };
  const evaluation = await evaluateTask(data, answers.predict, {
    ...{ ...chosen, bootstrap, signal, progress: progressEvents(onEvent) },
    ...{ decoding: answers.decoding, calibration: answers.calibration },
    concurrency: options.batch ?? answers.batch ?? DEFAULT_BATCH,
  });
  const { model, report: page, command } = options;
  const trivials = model === undefined && page === undefined ? [] : await trivialEvaluations(data, chosen, signal);
  const aboveTrivial = model === undefined ? null : compare(evaluation, trivials, bootstrap);
  if (page !== undefined) {
    await writeReport(page, { data, evaluation, trivials, aboveTrivial, run: answers.run, command, bootstrap });
    onEvent?.({ type: "note", text: `Wrote ${page}.` });
  }
  return { ...evaluation.report, aboveTrivial, ...summarize(examine(data, evaluation)) };
}

const NOTHING_TO_DISPOSE = { run: [], [Symbol.dispose]: () => {} };

async function answersFor(
  { model, baseline: trivial, ...options }: EvaluationOptions,
  data: TaskData,
  context: WorkflowContext,
): Promise<Answers> {
  if (model !== undefined) return modelAnswers(model, options, data, context);
  if (trivial !== undefined) return { predict: baseline(trivial, data), decoding: trivial, ...NOTHING_TO_DISPOSE };
  return { predict: await goldPredictor(options, context), decoding: "gold", ...NOTHING_TO_DISPOSE };
}

async function goldPredictor(
  { tokenizer: folder }: Pick<EvaluationOptions, "tokenizer">,
  { signal, onEvent }: WorkflowContext,
): Promise<Predict> {
  if (folder === undefined) return ({ target }) => mosesChain(target);
  const tokenizer = await openTokenizerFolder(folder, { signal });
  let said = false;
  const chain = tokenizerChain(tokenizer, (text) => {
    if (said) return;
    onEvent?.({
      type: "note",
      text: `note: the vocabulary lacks pieces of some targets, the first: ${text.slice(0, 120)}`,
    });
    said = true;
  });
  return ({ target }) => chain(target);
}
