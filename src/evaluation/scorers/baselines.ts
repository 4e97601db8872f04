/**
 * Trivial systems that a model has to beat, by name: each task's own stand in its record.
 *
 * - `always-empty`    HoC's most frequent class; for relations, no relation at all
 * - `always-yes`      PubMedQA's most frequent answer
 * - `copy-all-pairs`  copy-all-pairs.ts
 */
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import type { TaskData } from "../../tasks/build-examples.ts";
import type { Predict } from "../evaluated-task.ts";
import { EVALUATED_TASKS, evaluatedTask } from "../registry.ts";

/** @throws BiogptError `evaluation/baseline` for an unknown one, or one that the task has no use for */
export function baseline(name: string, data: TaskData): Predict {
  const own = evaluatedTask(data.task).baselines;
  const found = own.find((one) => one.name === name);
  if (found !== undefined) return found.predictor(data);
  const all = [...new Set(EVALUATED_TASKS.flatMap(({ baselines }) => baselines.map((one) => one.name)))].sort();
  if (!all.includes(name)) {
    throw new BiogptError("evaluation/baseline", {
      what: `There is no baseline "${name}".`,
      fix: `The baselines are ${all.join(", ")}.${didYouMean(name, all)}`,
    });
  }
  throw new BiogptError("evaluation/baseline", {
    what: `The baseline ${name} means nothing for ${data.task}.`,
    fix: `Use ${
      own
        .map((one) => one.name)
        .sort()
        .join(" or ") || "none"
    }.`,
  });
}
