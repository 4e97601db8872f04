/** The examples of a split that may be trained on: KD-DTI's placeholders are never learnt by accident. */
import { BiogptError } from "../base/errors.ts";
import type { SplitName } from "../corpora/tasks/task-files.ts";
import type { TaskData } from "./build-examples.ts";
import type { TaskExample } from "./example.ts";
import { taskNamed } from "./registry.ts";

export interface TrainingExamples {
  readonly examples: readonly TaskExample[];
  /** Examples left out because their target holds DrugBank ids in place of names. */
  readonly withPlaceholders: number;
}

/**
 * @param keepPlaceholders trains on ids such as `drugbank####db00040` all the same; whoever asks for it knows. Default false
 * @throws BiogptError `tasks/no-examples` when the split is absent or nothing is left of it
 */
export function trainingExamples(
  data: TaskData,
  split: SplitName,
  { keepPlaceholders = false }: { readonly keepPlaceholders?: boolean } = {},
): TrainingExamples {
  const all = data.splits[split] ?? [];
  const examples = keepPlaceholders ? all : all.filter(({ gold }) => gold.kind !== "relations" || gold.named);
  if (examples.length === 0) {
    const held = Object.entries(data.splits).map(([name, list]) => `${name} (${list?.length})`);
    throw new BiogptError("tasks/no-examples", {
      what:
        all.length === 0
          ? `${data.task} has no ${split} examples here.`
          : `Each of the ${all.length} ${split} examples of ${data.task} holds DrugBank ids in place of names.`,
      why: all.length === 0 ? `It has ${held.join(", ") || "none"}.` : "A model trained on them learns to write ids.",
      fix: taskNamed(data.task).withoutTraining ?? "Import the data again: `biogpt data import`.",
    });
  }
  return { examples, withPlaceholders: all.length - examples.length };
}
