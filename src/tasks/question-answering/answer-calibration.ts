/**
 * What a model's likelihoods of yes, no and maybe mean, learnt on questions that it was not trained on: p(answer) is proportional to
 * exp(scale · log-likelihood + offset), each answer with a scale and an offset of its own. Another answer may become the most probable one.
 *
 * `biogpt evaluate pubmedqa --decoding labels --learn-thresholds` learns it, one setting at a time: with the conclusion a model is surer,
 * and more often right. It stands in the model's folder (task-file.ts).
 *
 * Source   Platt, 1999, and Guo et al., 2017, arXiv:1706.04599 (vector scaling)
 */
import type { YesNoMaybe } from "../../corpora/tasks/pubmedqa.ts";
import { type LabelScore, softmax } from "../label-scoring.ts";
import { readLearnt, thresholdsRefused } from "../learnt-file.ts";
import type { TaskHolder } from "../model-task.ts";
import { taskOf } from "../task-file.ts";
import type { AnswerCalibration } from "./calibration-schema.ts";
import type { QuestionSetting } from "./yes-no.ts";

export type { AnswerCalibration } from "./calibration-schema.ts";

/** @returns probabilities in the order of the answers; they sum to 1 */
export function calibratedShares(
  { scales, offsets }: AnswerCalibration,
  answers: readonly Pick<LabelScore<YesNoMaybe>, "label" | "logLikelihood" | "prior">[],
): number[] {
  return softmax(answers.map((answer) => scales[answer.label] * likelihoodOf(answer) + offsets[answer.label]));
}

/** Of an answer, nats; zero-shot without what it has by itself. */
export function likelihoodOf({
  logLikelihood,
  prior = 0,
}: Pick<LabelScore<YesNoMaybe>, "logLikelihood" | "prior">): number {
  return logLikelihood - prior;
}

/** @throws BiogptError `tasks/thresholds` when the file holds something else, or nothing for the setting; `tasks/task-file` */
export function readAnswerCalibration(path: string, setting: QuestionSetting): AnswerCalibration {
  const all = readLearnt(path, "calibration") ?? {};
  const found = all[setting];
  if (found !== undefined) return found;
  const there = Object.keys(all).join(", ") || "nothing";
  throw thresholdsRefused(path)(
    `says nothing of the ${setting} setting.`,
    `It has ${there}; learn it with biogpt evaluate pubmedqa --decoding labels --learn-thresholds.`,
  );
}

/** What the folder of a fine-tuned model says; undefined where it says nothing of the setting. @throws BiogptError as `taskOf` */
export function answerCalibrationOf(model: TaskHolder, setting: QuestionSetting): AnswerCalibration | undefined {
  return taskOf(model).calibration?.[setting];
}
