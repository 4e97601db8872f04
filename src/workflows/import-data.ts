/** A task's raw files as a folder of examples, whole or not at all. */
import { throwIfAborted } from "../base/cancellation.ts";
import { readDrugBank } from "../corpora/tasks/drugbank.ts";
import { buildExamples, corpusRoot } from "../tasks/build-examples.ts";
import { taskName } from "../tasks/registry.ts";
import type { BuildOptions } from "../tasks/task.ts";
import { type TaskManifest, writeTaskData } from "../tasks/task-data.ts";
import { progressEvents, type WorkflowContext } from "./workflow.ts";

export interface ImportOptions extends Omit<BuildOptions, "drugBank"> {
  /** Folder to write; an earlier import there is replaced. */
  readonly out: string;
  /** KD-DTI: your DrugBank file (full XML or CSV), for the names behind its ids. */
  readonly drugbank?: string | undefined;
}

/**
 * Reads the raw files of a task and writes `{train,valid,test}.jsonl` and `manifest.json`.
 *
 * @param task such as `bc5cdr`, in any of its spellings
 * @param path folder of the raw files, as downloaded
 * @returns the manifest: counts, hashes, and in `surprises` the warnings of what a user should know of the data
 * @throws BiogptError `tasks/unknown-task`, `tasks/option`, `tasks/folder-in-use`; those of the task's reader
 *
 * @example
 * ```ts
 * const { splits } = await importData("bc5cdr", "downloads/BC5CDR", { out: "bc5cdr" });
 * ```
 */
export async function importData(
  task: string,
  path: string,
  { out, drugbank, ...given }: ImportOptions,
  { signal, onEvent }: WorkflowContext = {},
): Promise<TaskManifest> {
  throwIfAborted(signal);
  const name = taskName(task);
  const progress = progressEvents(onEvent);
  const drugBank = drugbank === undefined ? undefined : await readDrugBank(drugbank, { signal, progress });
  const data = buildExamples(name, path, { ...given, drugBank });
  return writeTaskData(data, out, corpusRoot(name, path));
}
