/** The tasks that can be evaluated: the paper's, each listed here once, and those that a program adds. */
import { BiogptError } from "../base/errors.ts";
import type { TaskName } from "../tasks/example.ts";
import { registerTask, taskNamed } from "../tasks/registry.ts";
import type { EvaluatedTask, PaperScores, TaskReport } from "./evaluated-task.ts";
import { evaluatedBc5cdr } from "./tasks/bc5cdr.ts";
import { evaluatedDdi } from "./tasks/ddi.ts";
import { evaluatedHoc } from "./tasks/hoc.ts";
import { evaluatedKdDti } from "./tasks/kd-dti.ts";
import { evaluatedPubmedqa } from "./tasks/pubmedqa.ts";

const evaluated: EvaluatedTask[] = [evaluatedBc5cdr, evaluatedDdi, evaluatedKdDti, evaluatedHoc, evaluatedPubmedqa];

/** In the order in which results list them. */
export const EVALUATED_TASKS: readonly EvaluatedTask[] = evaluated;

/**
 * Published scores by task: what our own stand beside.
 *
 * Source  Luo et al., 2022, BioGPT, arXiv:2210.10341, tables 1 to 6 and 11; reproductions from microsoft/BioGPT issues 84, 90.
 * Units   percent, as printed. `f1` of KD-DTI and DDI is the mean of the documents' F1, of BC5CDR and HoC a micro F1 (HoC's
 *         counts the class "empty").
 */
export const PAPER_SCORES: Readonly<Record<string, PaperScores>> = Object.fromEntries(
  evaluated.map(({ task, paper }) => [task.name, paper]),
);

/**
 * Adds a task with everything that evaluates it; `registerTask` is called with its record.
 *
 * @returns what takes both away again when disposed of
 * @throws BiogptError `tasks/task-exists`
 */
export function registerEvaluatedTask(added: EvaluatedTask): Disposable {
  const registered = registerTask(added.task);
  evaluated.push(added);
  return {
    [Symbol.dispose]: () => {
      evaluated.splice(evaluated.indexOf(added), 1);
      registered[Symbol.dispose]();
    },
  };
}

/** @throws BiogptError `tasks/unknown-task`; `evaluation/no-scorer` for a task that was registered without what evaluates it */
export function evaluatedTask(name: TaskName): EvaluatedTask {
  const task = taskNamed(name);
  const found = evaluated.find((one) => one.task === task);
  if (found !== undefined) return found;
  throw new BiogptError("evaluation/no-scorer", {
    what: `${task.name} has no official scorer here.`,
    why: "It was added by registerTask alone.",
    fix: "Add it by registerEvaluatedTask.",
  });
}

/** The task's own score, 0 to 1, and what it is called. */
export function mainScore(report: TaskReport): { readonly name: string; readonly value: number } {
  const { name, of } = evaluatedTask(report.task).mainScore;
  return { name, value: of(report) ?? 0 };
}
