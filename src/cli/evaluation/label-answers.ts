/** A model's answers to HoC and PubMedQA by likelihood, with what was learnt of their probabilities: given in a file, or learnt now. */
import type { Predict } from "../../evaluation/evaluate-task.ts";
import type { LabelPredictorOptions } from "../../evaluation/label-predictor.ts";
import type { Model } from "../../pretrained/model.ts";
import type { TaskData } from "../../tasks/build-examples.ts";
import type { Terminal } from "../terminal.ts";

export interface LabelAnswerOptions {
  readonly thresholds?: string;
  readonly learnThresholds?: string;
  /** Examples in work at once. */
  readonly batch: number;
}

interface Learnt extends LabelPredictorOptions {
  /** How results name it. */
  readonly said?: string;
}

/** @param data with the examples that are to be learnt on as validation */
export async function labelAnswerer(
  model: Model,
  flags: LabelAnswerOptions,
  data: TaskData,
  terminal: Terminal,
): Promise<{ readonly predict: Predict; readonly decoding: string }> {
  const { labelPredictor } = await import("../../evaluation/label-predictor.ts");
  const isTuned = model.tokenizer.learnedIds.length > 0;
  const learn = data.task === "pubmedqa" ? answerCalibration : hallmarkThresholds;
  const { said, ...options } = await learn(model, flags, data, terminal);
  return {
    predict: labelPredictor(model, data, { ...options, signal: terminal.signal }),
    decoding: ["labels", ...(isTuned ? [] : ["zero-shot"]), ...(said === undefined ? [] : [said])].join(", "),
  };
}

async function hallmarkThresholds(
  model: Model,
  { thresholds: given, learnThresholds: file, batch }: LabelAnswerOptions,
  data: TaskData,
  { signal, progress, note }: Terminal,
): Promise<Learnt> {
  const { learnHallmarkThresholds } = await import("../../evaluation/label-predictor.ts");
  const { readThresholds } = await import("../../tasks/hallmarks/thresholds.ts");
  const { writeAtomically } = await import("../../files/bytes.ts");
  const said = "thresholds";
  if (given !== undefined) return { thresholds: readThresholds(given), said };
  if (file === undefined) return {};
  const thresholds = await learnHallmarkThresholds(model, data, { concurrency: batch, signal, progress });
  await writeAtomically(file, [`${JSON.stringify(thresholds, null, 2)}\n`]);
  note(`Wrote ${file}.`);
  return { thresholds, said };
}

/** As `biogpt answer` has it: what the model's folder says, where nothing else is asked for. */
async function answerCalibration(
  model: Model,
  { thresholds: given, learnThresholds: file, batch }: LabelAnswerOptions,
  data: TaskData,
  { signal, progress, note }: Terminal,
): Promise<Learnt> {
  const { learnCalibrationOfAnswers } = await import("../../evaluation/label-predictor.ts");
  const files = await import("../../tasks/question-answering/answer-calibration.ts");
  const { writeAtomically } = await import("../../files/bytes.ts");
  const setting = data.setting.startsWith("reasoning-free") ? "reasoning-free" : "reasoning-required";
  const said = "calibrated";
  if (given !== undefined) return { calibration: files.readAnswerCalibration(given, setting), said };
  if (file === undefined) {
    const calibration = files.answerCalibrationOf(model, setting);
    return calibration === undefined ? {} : { calibration, said };
  }
  const calibration = await learnCalibrationOfAnswers(model, data, { concurrency: batch, signal, progress });
  await writeAtomically(file, [files.withAnswerCalibration(file, setting, calibration)]);
  note(`Wrote ${file}.`);
  return { calibration, said };
}
