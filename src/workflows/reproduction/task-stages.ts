/**
 * The stages of one task, in the folder OUT/TASK:
 *
 *     import     raw files ─▶ data/
 *     finetune   data/ and the model, by the recipe ─▶ run/, which goes on where it was when killed
 *     greedy     run/ on test ─▶ report.html               the published setting
 *     grounded   run/ on test ─▶ report-grounded.html      relations; report-labels.html for HoC and PubMedQA
 */
import { readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { readDrugBank } from "../../corpora/tasks/drugbank.ts";
import { readBytes } from "../../corpora/tasks/task-files.ts";
import { evaluateTask, type TaskReport } from "../../evaluation/evaluate-task.ts";
import { type AboveTrivial, aboveTrivial } from "../../evaluation/scorers/above-trivial.ts";
import { hashOfFile } from "../../files/hash-file.ts";
import { expectSameInputs, once, recordOf } from "../../files/stages.ts";
import { hashOfModelFolder } from "../../pretrained/load/load-folder.ts";
import { type BuildOptions, buildExamples, corpusRoot, type TaskData } from "../../tasks/build-examples.ts";
import type { TaskName } from "../../tasks/example.ts";
import { taskNamed } from "../../tasks/registry.ts";
import type { Decoding } from "../../tasks/task.ts";
import { readTaskData, writeTaskData } from "../../tasks/task-data.ts";
import { TASK_FILE } from "../../tasks/task-file.ts";
import { trainingExamples } from "../../tasks/training-examples.ts";
import { newestCheckpoint } from "../../training/run/resume.ts";
import { DEFAULT_BATCH, modelAnswers } from "../evaluation/model-answers.ts";
import { trivialEvaluations, writeReport } from "../evaluation/report-file.ts";
import { finetune } from "../training/finetune.ts";
import type { TrainingEvent } from "../training/training-events.ts";
import { progressEvents, type WorkflowContext } from "../workflow.ts";
import type { Plan } from "./reproduction-plan.ts";

/** Of `EvaluationResult`; a folder with results of another one is refused. */
const RESULT_FORMAT = "2";
const BOOTSTRAP = { draws: 1000, seed: 1 };

/** The published decoding first, then ours. */
export function decodingsOf(task: TaskName): readonly Decoding[] {
  return taskNamed(task).reproduction.decodings;
}

export function reportName(decoding: Decoding): string {
  return decoding === "greedy" ? "report.html" : `report-${decoding}.html`;
}

/** Notes name the stages; a fine-tuning tells as `finetune` does. */
export type ReproductionContext = WorkflowContext<TrainingEvent>;

export interface StageContext {
  readonly plan: Plan;
  readonly task: TaskName;
  /** OUT/TASK. */
  readonly folder: string;
  readonly threads: number | undefined;
  /** How it was started, for the reports. */
  readonly command: string | undefined;
  readonly context: ReproductionContext;
}

interface ImportResult {
  readonly files: TaskData["files"];
}

/** @throws BiogptError `tasks/no-examples`, `evaluation/no-split` for data that cannot be trained on or scored; those of the readers */
export async function importStage({ plan, task, folder, context }: StageContext): Promise<void> {
  const root = corpusRoot(task, plan.data);
  const before = recordOf<ImportResult>(folder, "import");
  if (before !== undefined) {
    const now = before.result.files.map(({ name, sha256 }) => ({
      name,
      sha256: sha256 === "" ? "" : readBytes(name).sha256,
    }));
    expectSameInputs(folder, before, await importInputs(plan, task, now));
    return;
  }
  const leftover = folderEntries(folder).filter((name) => name.startsWith("data"));
  for (const name of leftover) await rm(join(folder, name), { recursive: true });
  const data = await build(plan, task, context);
  trainingExamples(data, "train");
  if ((data.splits.test ?? []).length === 0) {
    throw new BiogptError("evaluation/no-split", {
      what: `${root} has no test examples of ${task}.`,
      fix: "Put the test file there, or leave the task out with --tasks.",
    });
  }
  writeTaskData(data, join(folder, "data"), root);
  await once(folder, "import", await importInputs(plan, task, data.files), async () => ({ files: data.files }));
}

async function build(plan: Plan, task: TaskName, { signal, onEvent }: ReproductionContext): Promise<TaskData> {
  const { listensTo, recipes, reproduction } = taskNamed(task);
  const repeats = plan.recipe === "small" ? recipes.small.repeats : undefined;
  const order: BuildOptions = repeats === undefined ? {} : { order: "random", repeats };
  const names =
    plan.drugBank === undefined || !listensTo.includes("drugBank")
      ? undefined
      : await readDrugBank(plan.drugBank, { signal, progress: progressEvents(onEvent) });
  const options: BuildOptions = { ...order, drugBank: names };
  const data = buildExamples(task, plan.data, options);
  if (data.splits.train !== undefined || reproduction.withoutTrain === undefined) return data;
  return buildExamples(task, plan.data, { ...options, ...reproduction.withoutTrain });
}

async function importInputs(plan: Plan, task: TaskName, files: TaskData["files"]): Promise<Record<string, string>> {
  const hashes = Object.fromEntries(files.map(({ name, sha256 }) => [name, sha256]));
  if (plan.drugBank === undefined || !taskNamed(task).listensTo.includes("drugBank")) return hashes;
  return { ...hashes, [plan.drugBank]: await hashOfFile(plan.drugBank) };
}

export async function finetuneStage({ plan, task, folder, threads, context }: StageContext): Promise<void> {
  const run = join(folder, "run");
  const inputs = {
    model: plan.modelHash,
    data: await hashOfFile(join(folder, "data", "manifest.json")),
    settings: JSON.stringify(plan.settings),
  };
  await once(folder, "finetune", inputs, async () => {
    const resume = newestCheckpoint(run) !== undefined;
    // A run that was killed before its first checkpoint has nothing to go on from, and may lack some of its files.
    if (!resume) await rm(run, { recursive: true, force: true });
    const options = {
      ...{ task, model: plan.model, data: join(folder, "data"), out: run, device: plan.device },
      ...{ settings: plan.settings, resume, recipe: resume ? undefined : plan.recipe, threads },
    };
    await finetune(options, context);
    return {};
  });
}

export interface EvaluationResult {
  readonly report: TaskReport;
  readonly aboveTrivial: AboveTrivial | null;
  /** Of the fine-tuned model. */
  readonly modelHash: string;
}

export async function evaluationStage(
  { plan, folder, threads, command, context }: StageContext,
  decoding: Decoding,
): Promise<EvaluationResult> {
  const run = join(folder, "run");
  const { signal } = context;
  const modelHash = await hashOfModelFolder(run, { signal });
  const inputs = {
    model: modelHash,
    data: await hashOfFile(join(folder, "data", "manifest.json")),
    "number of new tokens": `${plan.maxNewTokens}`,
    dtype: plan.dtype,
    "format of the result": RESULT_FORMAT,
  };
  return once(folder, decoding, inputs, async () => {
    const data = readTaskData(join(folder, "data"));
    const learns = decoding === "ranked" || decoding === "grounded";
    using answers = await modelAnswers(
      run,
      {
        ...{ decoding, dtype: plan.dtype, device: plan.device },
        learnThresholds: learns ? join(run, TASK_FILE) : undefined,
        maxNewTokens: decoding === "ranked" ? undefined : plan.maxNewTokens,
        threads,
      },
      data,
      context,
    );
    const evaluation = await evaluateTask(data, answers.predict, {
      ...{ decoding: answers.decoding, concurrency: answers.batch ?? DEFAULT_BATCH, bootstrap: BOOTSTRAP },
      ...{ calibration: answers.calibration, signal, progress: progressEvents(context.onEvent) },
    });
    const trivials = await trivialEvaluations(data, {}, signal);
    const above = aboveTrivial(evaluation, trivials, BOOTSTRAP);
    const file = { data, evaluation, trivials, aboveTrivial: above, run: answers.run, command, bootstrap: BOOTSTRAP };
    await writeReport(join(folder, reportName(decoding)), file);
    return { report: evaluation.report, aboveTrivial: above, modelHash };
  });
}

function folderEntries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
