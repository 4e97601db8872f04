/** The report of an evaluation as an HTML file: a task's with the trivial systems it has to beat, or one of the user's own relations. */
import type { OwnRelationsEvaluation } from "../../evaluation/evaluate-relations.ts";
import { type EvaluateOptions, evaluateTask } from "../../evaluation/evaluate-task.ts";
import type { TaskEvaluation } from "../../evaluation/evaluated-task.ts";
import { evaluatedTask } from "../../evaluation/registry.ts";
import { renderTaskReport } from "../../evaluation/report/report.ts";
import { renderRelationsReport } from "../../evaluation/report/report-relations.ts";
import type { AboveTrivial } from "../../evaluation/scorers/above-trivial.ts";
import { writeFileAtomically } from "../../files/atomic-file.ts";
import type { TaskData } from "../../tasks/build-examples.ts";
import type { RelationScheme } from "../../tasks/relation-extraction/schemes.ts";
import { VERSION } from "../version.ts";

/** The task's trivial systems on the same examples, strongest first. */
export async function trivialEvaluations(
  data: TaskData,
  { split, subset, limit, lookup }: Pick<EvaluateOptions, "split" | "subset" | "limit" | "lookup">,
  signal: AbortSignal | undefined,
): Promise<TaskEvaluation[]> {
  const evaluations: TaskEvaluation[] = [];
  for (const { name, predictor } of evaluatedTask(data.task).baselines) {
    const evaluation = await evaluateTask(data, predictor(data), {
      ...{ decoding: name, bootstrap: { draws: 0 }, split, subset, limit, lookup, signal },
    });
    evaluations.push(evaluation);
  }
  return evaluations;
}

export interface RunFacts {
  /** What is said of the model and the data, besides version, command and time. */
  readonly run: readonly (readonly [name: string, value: string])[];
  /** How it was started. */
  readonly command?: string | undefined;
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
  const baselines = trivials.map(({ report }) => report);
  await writeFileAtomically(
    path,
    renderTaskReport(data, evaluation, { baselines, aboveTrivial, run: runFacts(about) }),
  );
}

export interface RelationsReportFile extends RunFacts {
  readonly scheme: RelationScheme;
  readonly evaluation: OwnRelationsEvaluation;
}

export async function writeRelationsReport(
  path: string,
  { scheme, evaluation, ...about }: RelationsReportFile,
): Promise<void> {
  await writeFileAtomically(path, renderRelationsReport(scheme, evaluation, { run: runFacts(about) }));
}

/** How a page came about, for its last section. */
export function runFacts({ run, command, bootstrap }: RunFacts): readonly (readonly [name: string, value: string])[] {
  return [
    ["biogpt", VERSION],
    ["Node.js", process.version],
    ["written", new Date().toISOString()],
    ...(command === undefined ? [] : [["command", command] as const]),
    ...run,
    ["bootstrap", `${bootstrap.draws} draws, seed ${bootstrap.seed}`],
  ];
}
