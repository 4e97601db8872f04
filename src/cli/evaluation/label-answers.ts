/** A model's answers of a closed set by likelihood, with what was learnt of their probabilities: given in a file, or learnt now. */
import type { LearntLabels, Predict } from "../../evaluation/evaluated-task.ts";
import type { Model } from "../../pretrained/model.ts";
import type { TaskData } from "../../tasks/build-examples.ts";
import type { Terminal } from "../terminal.ts";

export interface LabelAnswerOptions {
  readonly thresholds?: string;
  readonly learnThresholds?: string;
  /** Examples in work at once. */
  readonly batch: number;
}

/** @param data with the examples that are to be learnt on as validation */
export async function labelAnswerer(
  model: Model,
  flags: LabelAnswerOptions,
  data: TaskData,
  terminal: Terminal,
): Promise<{ readonly predict: Predict; readonly decoding: string }> {
  const isTuned = model.tokenizer.learnedIds.length > 0;
  const { said, predictor } = await learntLabels(model, flags, data, terminal);
  return {
    predict: predictor(model, data, { signal: terminal.signal }),
    decoding: ["labels", ...(isTuned ? [] : ["zero-shot"]), ...(said === "" ? [] : [said])].join(", "),
  };
}

async function learntLabels(
  model: Model,
  { thresholds: given, learnThresholds: file, batch }: LabelAnswerOptions,
  data: TaskData,
  { signal, progress, note }: Terminal,
): Promise<LearntLabels> {
  const { labelDecodingOf } = await import("../../evaluation/label-predictor.ts");
  const { writeFileAtomically } = await import("../../files/atomic-file.ts");
  const labels = labelDecodingOf(data);
  if (given !== undefined) return labels.ofFile(given, data);
  if (file === undefined) return labels.ofModel(model, data) ?? labels.plain;
  const learnt = await labels.learn(model, data, { concurrency: batch, signal, progress });
  await writeFileAtomically(file, learnt.fileText(file));
  note(`Wrote ${file}.`);
  return learnt;
}
