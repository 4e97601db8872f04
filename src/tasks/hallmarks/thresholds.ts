/** Thresholds of hallmarks: from the model's folder, or from a file that is given. `biogpt evaluate hoc --learn-thresholds` learns them on validation. */
import { readLearnt, thresholdsRefused } from "../learnt-file.ts";
import type { TaskHolder } from "../model-task.ts";
import { taskOf } from "../task-file.ts";
import { THRESHOLDS_EXAMPLE } from "./threshold-schema.ts";

/** @throws BiogptError `tasks/thresholds` when the file holds none, or names an unknown hallmark; `tasks/task-file` */
export function readThresholds(path: string): Readonly<Record<string, number>> {
  const found = readLearnt(path, "thresholds");
  if (found === undefined) throw thresholdsRefused(path)("has no thresholds of hallmarks.", THRESHOLDS_EXAMPLE);
  return found;
}

/** What the folder of a fine-tuned model says; undefined where it says nothing. @throws BiogptError as `taskOf` */
export function thresholdsOf(model: TaskHolder): Readonly<Record<string, number>> | undefined {
  return taskOf(model).thresholds;
}
