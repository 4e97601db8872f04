/** Whether a model was fine-tuned, and on what: who is asked for what it was not made for says so. */
import { BiogptError } from "../base/errors.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import type { TaskHolder } from "./model-task.ts";
import { schemeNames, taskOf } from "./task-file.ts";

export interface NamedModel extends TaskHolder {
  readonly name: string;
}

/** Learned tokens that its vocabulary names, or a `task.json` that names a task. Rows of the embedding without a name say nothing. */
export function isFineTuned(model: TaskHolder & { readonly tokenizer: Pick<Tokenizer, "learnedIds"> }): boolean {
  return model.tokenizer.learnedIds.length > 0 || taskOf(model).task !== undefined;
}

/** Whether the model's folder says that it can be asked for this; undefined where it says nothing. */
export function isMadeFor(model: TaskHolder, scheme: string): boolean | undefined {
  const { schemes } = taskOf(model);
  return schemes === undefined ? undefined : schemeNames(schemes).includes(scheme);
}

/**
 * Refuses a model that was made for something else.
 *
 * @param scheme  of relations, `hallmarks` or `yes-no-maybe`
 * @param instead the name of a model that was made for it
 * @throws BiogptError `tasks/wrong-model`
 */
export function expectMadeFor(model: NamedModel, scheme: string, instead?: string): void {
  if (isMadeFor(model, scheme) !== false) return;
  const { task, schemes = [] } = taskOf(model);
  throw new BiogptError("tasks/wrong-model", {
    what: `${model.name} was not fine-tuned for ${scheme}.`,
    why: `It was${task === undefined ? "" : ` fine-tuned on ${task}, and`} made for ${schemeNames(schemes).join(", ") || "nothing that can be asked for"}.`,
    fix:
      instead === undefined
        ? "Name a model that was fine-tuned for it."
        : `Use ${instead}, which is taken where no model is named, or another one that was fine-tuned for it.`,
  });
}
