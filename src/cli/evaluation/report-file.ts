/** A task's report as an HTML file, with the trivial systems it has to beat. */
import type { EvaluateOptions, TaskEvaluation, TaskReport } from "../../evaluation/evaluate-task.ts";
import type { TaskData } from "../../tasks/build-examples.ts";

/** The task's trivial systems on the same examples, strongest first. */
export async function trivialReports(
  data: TaskData,
  { split, subset, lookup }: Pick<EvaluateOptions, "split" | "subset" | "lookup">,
  signal: AbortSignal,
): Promise<TaskReport[]> {
  const { baseline, baselinesOf } = await import("../../evaluation/baselines.ts");
  const { evaluateTask } = await import("../../evaluation/evaluate-task.ts");
  const reports: TaskReport[] = [];
  for (const name of baselinesOf(data.task)) {
    const { report } = await evaluateTask(data, baseline(name, data), {
      ...{ decoding: name, bootstrap: { draws: 0 }, signal },
      ...(split === undefined ? {} : { split }),
      ...(subset === undefined ? {} : { subset }),
      ...(lookup === undefined ? {} : { lookup }),
    });
    reports.push(report);
  }
  return reports;
}

export interface ReportFile {
  readonly data: TaskData;
  readonly evaluation: TaskEvaluation;
  readonly baselines: readonly TaskReport[];
  /** What is said of the model, besides version, command and time. */
  readonly run: readonly (readonly [name: string, value: string])[];
  readonly bootstrap: { readonly draws: number; readonly seed: number };
}

export async function writeReport(
  path: string,
  { data, evaluation, baselines, run, bootstrap }: ReportFile,
): Promise<void> {
  const { renderTaskReport } = await import("../../evaluation/report.ts");
  const { writeAtomically } = await import("../../corpora/files.ts");
  const { commandLine } = await import("../command-line.ts");
  const { VERSION } = await import("../version.ts");
  const facts = [
    ["biogpt", VERSION],
    ["Node.js", process.version],
    ["written", new Date().toISOString()],
    ["command", commandLine()],
    ...run,
    ["bootstrap", `${bootstrap.draws} draws, seed ${bootstrap.seed}`],
  ] as const;
  await writeAtomically(path, [renderTaskReport(data, evaluation, { baselines, run: facts })]);
}
