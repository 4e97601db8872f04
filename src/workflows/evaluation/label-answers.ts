/** A model's answers of a closed set by likelihood, with what was learnt of their probabilities: given in a file, the folder's, or learnt now. */
import type { LearntLabels, Predict } from "../../evaluation/evaluated-task.ts";
import { labelDecodingOf } from "../../evaluation/label-predictor.ts";
import type { Model } from "../../pretrained/model.ts";
import type { TaskData } from "../../tasks/build-examples.ts";
import { isFineTuned } from "../../tasks/fine-tuned.ts";
import { saveLearnt } from "../../tasks/learnt-file.ts";
import { progressEvents, type WorkflowContext } from "../workflow.ts";

export interface LabelAnswerOptions {
  readonly thresholds?: string | undefined;
  readonly learnThresholds?: string | undefined;
  /** Examples in work at once. */
  readonly batch: number;
}

/** @param data with the examples that are to be learnt on as validation */
export async function labelAnswers(
  model: Model,
  options: LabelAnswerOptions,
  data: TaskData,
  context: WorkflowContext,
): Promise<{ readonly predict: Predict; readonly decoding: string }> {
  const isTuned = isFineTuned(model);
  const { said, predictor } = await learntLabels(model, options, data, context);
  return {
    predict: predictor(model, data, { signal: context.signal }),
    decoding: ["labels", ...(isTuned ? [] : ["zero-shot"]), ...(said === "" ? [] : [said])].join(", "),
  };
}

async function learntLabels(
  model: Model,
  { thresholds: given, learnThresholds: file, batch }: LabelAnswerOptions,
  data: TaskData,
  { signal, onEvent }: WorkflowContext,
): Promise<LearntLabels> {
  const labels = labelDecodingOf(data);
  if (given !== undefined) return labels.ofFile(given, data);
  if (file === undefined) return labels.ofModel(model, data) ?? labels.plain;
  const learnt = await labels.learn(model, data, { concurrency: batch, signal, progress: progressEvents(onEvent) });
  const written = await saveLearnt(file, learnt.learnt);
  onEvent?.({ type: "note", text: `Wrote ${written}.` });
  return learnt;
}
