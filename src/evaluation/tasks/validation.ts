/** The examples that thresholds are learnt on. */
import { BiogptError } from "../../base/errors.ts";
import type { TaskData } from "../../tasks/build-examples.ts";
import type { Gold, TaskExample } from "../../tasks/example.ts";
import { taskNamed } from "../../tasks/registry.ts";

/** What progress calls it. */
export const LEARNING = "learning thresholds";

/** @throws BiogptError `evaluation/no-split` where there are none */
export function validationOf<G extends Gold>({
  task,
  splits,
}: Pick<TaskData, "task" | "splits">): readonly TaskExample<G>[] {
  const valid = (splits.valid ?? []) as readonly TaskExample<G>[];
  if (valid.length > 0) return valid;
  throw new BiogptError("evaluation/no-split", {
    what: "There are no validation examples to learn thresholds from.",
    fix: taskNamed(task).withoutValidation ?? "Import the data with their validation files.",
    kind: "usage",
  });
}
