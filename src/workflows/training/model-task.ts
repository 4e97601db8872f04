/** What the `task.json` of a fine-tuned model says: on what it was trained, what it can be asked for, and how much of a text it reads. */
import type { ModelTask } from "../../tasks/model-task.ts";
import { taskNamed } from "../../tasks/registry.ts";
import type { RelationSchema } from "../../tasks/relation-extraction/own-scheme.ts";
import type { Task } from "../../tasks/task.ts";
import { importedTask } from "../../tasks/task-data.ts";
import { updateTaskFile } from "../../tasks/task-file.ts";
import type { FineTuningSettings } from "../../training/settings/tables.ts";
import { OWN_RELATIONS } from "./own-relations.ts";

/** What models of tasks without relations can be asked for. */
const ASKED_FOR = { labels: "hallmarks", answers: "yes-no-maybe" } as const;

/**
 * @param folder of the imported task that is trained on; undefined for examples of the user's own
 * @param schema of relations of the user's own
 */
export function modelTask(
  folder: string | undefined,
  schema: RelationSchema | undefined,
  { unit, contextWords }: FineTuningSettings,
): ModelTask {
  const task = folder === undefined ? undefined : taskNamed(importedTask(folder));
  return {
    ...(task === undefined ? {} : { task: task.name, schemes: [askedFor(task)] }),
    ...(schema === undefined ? {} : { task: OWN_RELATIONS, schemes: [schema] }),
    ...(unit === "document" ? {} : { inputUnit: unit }),
    ...(contextWords === undefined ? {} : { contextWords }),
  };
}

function askedFor({ items, scheme }: Task): string {
  return items === "relations" ? scheme!.name : ASKED_FOR[items];
}

/** Writes it where it says anything; what was learnt about the model's probabilities stays. */
export async function writeModelTask(folder: string, task: ModelTask): Promise<void> {
  if (Object.keys(task).length > 0) await updateTaskFile(folder, (before) => ({ ...before, ...task }));
}
