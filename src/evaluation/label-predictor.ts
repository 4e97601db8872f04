/**
 * Answers of a closed set chosen by likelihood, as one more decoding of `evaluate`; what their probabilities mean is learnt on validation.
 *
 * Goes through the same sentences and the same scorer as generated answers, so the rows compare.
 */
import { BiogptError } from "../base/errors.ts";
import type { TaskData } from "../tasks/build-examples.ts";
import type { LabelModel } from "../tasks/label-scoring.ts";
import type { LabelDecoding, LabelPredictorOptions, Predict } from "./evaluated-task.ts";
import { evaluatedTask } from "./registry.ts";

/** @throws BiogptError `evaluation/option` for a task that has no labels to choose from */
export function labelDecodingOf({ task }: Pick<TaskData, "task">): LabelDecoding {
  const { labels } = evaluatedTask(task);
  if (labels !== undefined) return labels;
  throw new BiogptError("evaluation/option", {
    what: `Label scoring means nothing for ${task}.`,
    why: "Its answers are no closed set.",
    fix: "Use greedy, beam or grounded.",
  });
}

/** @throws BiogptError as `labelDecodingOf` */
export function labelPredictor(model: LabelModel, data: TaskData, options: LabelPredictorOptions = {}): Predict {
  return labelDecodingOf(data).plain.predictor(model, data, options);
}
