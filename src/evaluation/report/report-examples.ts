/** Every answer of an evaluation taken apart, as the task's official scorer compares, with the places of errors in the source. */
import type { TaskData } from "../../tasks/build-examples.ts";
import type { TaskEvaluation, TaskReport } from "../evaluated-task.ts";
import { evaluatedTask } from "../registry.ts";
import { type Examination, together } from "./examination.ts";

export function examine(
  data: TaskData,
  {
    examples,
    report,
    calibration,
  }: Pick<TaskEvaluation, "examples" | "calibration"> & { readonly report: Pick<TaskReport, "split" | "setting"> },
): Examination {
  return together(examples.map(evaluatedTask(data.task).examine(data, report)), calibration);
}
