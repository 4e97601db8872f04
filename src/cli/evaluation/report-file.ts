/** The report of an evaluation as an HTML file: a task's with the trivial systems it has to beat, or one of the user's own relations. */

import type { OwnRelationsEvaluation } from "../../evaluation/evaluate-relations.ts";
import type { EvaluateOptions, TaskEvaluation } from "../../evaluation/evaluate-task.ts";
import type { AboveTrivial } from "../../evaluation/scorers/above-trivial.ts";
import type { TaskData } from "../../tasks/build-examples.ts";
import type { RelationScheme } from "../../tasks/relation-extraction/schemes.ts";

/** The task's trivial systems on the same examples, strongest first. */
export async function trivialEvaluations(
  data: TaskData,
  { split, subset, limit, lookup }: Pick<EvaluateOptions, "split" | "subset" | "limit" | "lookup">,
  signal: AbortSignal,
): Promise<TaskEvaluation[]> {
  const { evaluatedTask } = await import("../../evaluation/registry.ts");
  const { evaluateTask } = await import("../../evaluation/evaluate-task.ts");
  const evaluations: TaskEvaluation[] = [];
  for (const { name, predictor } of evaluatedTask(data.task).baselines) {
    const evaluation = await evaluateTask(data, predictor(data), {
      ...{ decoding: name, bootstrap: { draws: 0 }, signal },
      ...(split === undefined ? {} : { split }),
      ...(subset === undefined ? {} : { subset }),
      ...(limit === undefined ? {} : { limit }),
      ...(lookup === undefined ? {} : { lookup }),
    });
    evaluations.push(evaluation);
  }
  return evaluations;
}

interface RunFacts {
  /** What is said of the model and the data, besides version, command and time. */
  readonly run: readonly (readonly [name: string, value: string])[];
  readonly bootstrap: { readonly draws: number; readonly seed: number };
}

export interface ReportFile extends RunFacts {
  readonly data: TaskData;
  readonly evaluation: TaskEvaluation;
  /** Trivial systems on the same examples. */
  readonly trivials: readonly TaskEvaluation[];
  readonly aboveTrivial: AboveTrivial | null;
}

export async function writeReport(
  path: string,
  { data, evaluation, trivials, aboveTrivial, ...about }: ReportFile,
): Promise<void> {
  const { renderTaskReport } = await import("../../evaluation/report/report.ts");
  const baselines = trivials.map(({ report }) => report);
  await writePage(path, renderTaskReport(data, evaluation, { baselines, aboveTrivial, run: await runFacts(about) }));
}

export interface RelationsReportFile extends RunFacts {
  readonly scheme: RelationScheme;
  readonly evaluation: OwnRelationsEvaluation;
}

export async function writeRelationsReport(
  path: string,
  { scheme, evaluation, ...about }: RelationsReportFile,
): Promise<void> {
  const { renderRelationsReport } = await import("../../evaluation/report/report-relations.ts");
  await writePage(path, renderRelationsReport(scheme, evaluation, { run: await runFacts(about) }));
}

async function runFacts({ run, bootstrap }: RunFacts): Promise<readonly (readonly [name: string, value: string])[]> {
  const { commandLine } = await import("../command-line.ts");
  const { VERSION } = await import("../version.ts");
  return [
    ["biogpt", VERSION],
    ["Node.js", process.version],
    ["written", new Date().toISOString()],
    ["command", commandLine()],
    ...run,
    ["bootstrap", `${bootstrap.draws} draws, seed ${bootstrap.seed}`],
  ];
}

async function writePage(path: string, page: string): Promise<void> {
  const { writeAtomically } = await import("../../files/bytes.ts");
  await writeAtomically(path, [page]);
}
