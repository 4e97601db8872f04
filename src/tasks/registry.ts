/**
 * The tasks there are: those of the paper, each listed here once, and those that a program adds.
 *
 * `TASKS` is live: what is added is found by everything that looks tasks up, from import to reproduction.
 */
import { didYouMean } from "../base/did-you-mean.ts";
import { BiogptError } from "../base/errors.ts";
import type { TaskName } from "./example.ts";
import { hoc } from "./hallmarks/hoc.ts";
import { pubmedqa } from "./question-answering/pubmedqa.ts";
import { bc5cdr } from "./relation-extraction/bc5cdr.ts";
import { ddi } from "./relation-extraction/ddi.ts";
import { kdDti } from "./relation-extraction/kd-dti.ts";
import { type RelationScheme, schemeTemplate } from "./relation-extraction/schemes.ts";
import type { DataForm, Task } from "./task.ts";

const tasks: Task[] = [bc5cdr, ddi, kdDti, hoc, pubmedqa];

/** In the order in which results list them. */
export const TASKS: readonly Task[] = tasks;

/** Names of the paper's tasks. */
export const TASK_NAMES: readonly TaskName[] = tasks.map(({ name }) => name);

/** The task whose recipe models of a user's own relations are trained by: labelled relations of short texts, as theirs are. */
export const NEAREST_TO_OWN_RELATIONS: Task = ddi;

/**
 * Adds a task.
 *
 * @returns what takes it away again when disposed of
 * @throws BiogptError `tasks/task-exists` for a name that is taken
 */
export function registerTask(task: Task): Disposable {
  if (tasks.some((other) => spellings(other).some((name) => spellings(task).includes(name)))) {
    throw new BiogptError("tasks/task-exists", {
      what: `There is a task "${task.name}" already.`,
      fix: "Give yours another name.",
    });
  }
  tasks.push(task);
  return { [Symbol.dispose]: () => void tasks.splice(tasks.indexOf(task), 1) };
}

function spellings({ name, aliases = [] }: Task): string[] {
  return [name, ...aliases];
}

/** @throws BiogptError `tasks/unknown-task`; case and the corpus's own spelling do not matter (BC5CDR, KD-DTI) */
export function taskNamed(name: string): Task {
  const lower = name.toLowerCase();
  const found = tasks.find((task) => spellings(task).includes(lower));
  if (found !== undefined) return found;
  const names = tasks.map((task) => task.name);
  throw new BiogptError("tasks/unknown-task", {
    what: `There is no task "${name}".`,
    fix: `The tasks are ${names.join(", ")}.${didYouMean(lower, names)}`,
  });
}

/** The task's name as files and results have it. @throws BiogptError as `taskNamed` */
export function taskName(name: string): TaskName {
  return taskNamed(name).name;
}

/** The relations of a task in the form that data were written in; undefined for a task without relations. */
export function schemeOfData({ task, template }: DataForm & { readonly task: TaskName }): RelationScheme | undefined {
  const { scheme } = taskNamed(task);
  if (scheme === undefined || template === undefined) return scheme;
  return { ...scheme, template: schemeTemplate(scheme, template) };
}
