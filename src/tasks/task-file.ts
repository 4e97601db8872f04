/**
 * `task.json` in the folder of a fine-tuned model: what it was fine-tuned on, how its input is read, and what was learnt on validation about
 * its probabilities. docs/formats/task-file.md describes it for users.
 *
 *     {"format": "biogpt-task/1", "task": "ddi", "schemes": ["drug-drug"], "inputUnit": "sentence", "decisionRules": {"drug-drug": {…}}}
 *
 * Read once a model and checked as a whole. Where there is none, the files of earlier versions say it (old-task-files.ts).
 * Left out   weights and tokenizer, which a model is opened by whatever it was fine-tuned on
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomically } from "../files/atomic-file.ts";
import type { ModelInput } from "./input-unit.ts";
import { readJsonFile } from "./json-file.ts";
import type { ModelTask, TaskHolder } from "./model-task.ts";
import { oldTaskFiles } from "./old-task-files.ts";
import { isTaskJson, parseTask, RESTORE, refusedFile, schemeNames, taskFileText } from "./task-json.ts";

export { isTaskJson, parseTask, schemeNames, taskFileText };

export const TASK_FILE = "task.json";
/** Each model's, once it has been asked for: a folder is read once for as long as its model lives. */
const known = new WeakMap<TaskHolder, ModelTask>();

/**
 * What the folder of a model says of its task; an empty record where it says nothing.
 *
 * @throws BiogptError `tasks/task-file` for a `task.json` that is none; of earlier versions' files `tasks/thresholds`, `tasks/reading`,
 *         `tasks/relation-schema`
 */
export function taskOf(model: TaskHolder): ModelTask {
  let task = known.get(model);
  if (task === undefined) {
    task = model.folder === undefined ? {} : taskOfFolder(model.folder);
    known.set(model, task);
  }
  return task;
}

/** The same of a folder, read anew. */
export function taskOfFolder(folder: string): ModelTask {
  const path = join(folder, TASK_FILE);
  return existsSync(path) ? readTaskFile(path) : oldTaskFiles(folder);
}

/** @throws BiogptError `tasks/task-file` */
export function readTaskFile(path: string): ModelTask {
  return parseTask(
    readJsonFile(path, (why, cause) => refusedFile(path)(`cannot be read: ${why}.`, RESTORE, cause)),
    path,
  );
}

/** Writes the `task.json` of a model's folder, whole or not at all; what stood there before is gone. */
export async function writeTaskFile(folder: string, task: ModelTask): Promise<void> {
  await writeFileAtomically(join(folder, TASK_FILE), taskFileText(task));
}

/** The same with something changed, for what is learnt later. Old files become a `task.json` with it. @throws BiogptError as `taskOf` */
export async function updateTaskFile(folder: string, change: (task: ModelTask) => ModelTask): Promise<void> {
  await writeTaskFile(folder, change(taskOfFolder(folder)));
}

/** How much of a text the model was trained to read. @throws BiogptError as `taskOf` */
export function inputOf(model: TaskHolder): ModelInput {
  const { inputUnit = "document", contextWords } = taskOf(model);
  return { unit: inputUnit, contextWords };
}
