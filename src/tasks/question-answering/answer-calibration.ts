/**
 * What a model's likelihoods of yes, no and maybe mean, learnt on questions that it was not trained on: p(answer) is proportional to
 * exp(scale · log-likelihood + offset), each answer with a scale and an offset of its own. Another answer may become the most probable one.
 *
 *     {"reasoning-required": {"scales": {"yes": 0.9, "no": 0.9, "maybe": 0.4}, "offsets": {"yes": 0, "no": -0.1, "maybe": 1.9}}, "reasoning-free": {…}}
 *
 * `biogpt evaluate pubmedqa --decoding labels --learn-thresholds FILE` writes such a file, one setting at a time: with the conclusion a model
 * is surer, and more often right. A model folder may carry it as `thresholds.json`.
 *
 * Source   Platt, 1999, and Guo et al., 2017, arXiv:1706.04599 (vector scaling)
 */
import { existsSync } from "node:fs";
import { z } from "zod";
import { didYouMean } from "../../base/did-you-mean.ts";
import type { YesNoMaybe } from "../../corpora/tasks/pubmedqa.ts";
import { type LabelScore, softmax } from "../label-scoring.ts";
import { readThresholdsJson, thresholdsFileOf, thresholdsRefused } from "../thresholds-file.ts";
import { QUESTION_SETTINGS, type QuestionSetting } from "./yes-no.ts";

export interface AnswerCalibration {
  /** 0 says that a likelihood means nothing, 1 that it is what it says. */
  readonly scales: Readonly<Record<YesNoMaybe, number>>;
  /** Nats; that of "yes" is 0, as only differences matter. */
  readonly offsets: Readonly<Record<YesNoMaybe, number>>;
}

/** Beyond these no likelihood of an answer would matter. */
const MOST = 1000;
const offset = z.number().min(-MOST).max(MOST);
const scale = z.number().min(0).max(MOST);
const calibrationSchema = z.strictObject({
  scales: z.strictObject({ yes: scale, no: scale, maybe: scale }),
  offsets: z.strictObject({ yes: offset, no: offset, maybe: offset }),
});
const fileSchema = z.strictObject({
  "reasoning-required": calibrationSchema.optional(),
  "reasoning-free": calibrationSchema.optional(),
});
type Calibrations = Readonly<Partial<Record<QuestionSetting, AnswerCalibration>>>;

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

/** @throws BiogptError `tasks/thresholds` when the file holds something else, or nothing for the setting */
export function readAnswerCalibration(path: string, setting: QuestionSetting): AnswerCalibration {
  const all = parse(path, readThresholdsJson(path, EXAMPLE));
  const found = all[setting];
  if (found !== undefined) return found;
  const there = Object.keys(all).join(", ") || "nothing";
  throw thresholdsRefused(
    path,
    `says nothing of the ${setting} setting.`,
    `It has ${there}; learn it with biogpt evaluate pubmedqa --decoding labels --learn-thresholds.`,
  );
}

/**
 * What the folder of a fine-tuned model says; undefined where it says nothing, or has the thresholds of another task.
 *
 * @throws BiogptError `tasks/thresholds` for a file that is not JSON, or whose calibration is none
 */
export function answerCalibrationOf(
  model: { readonly folder?: string | undefined },
  setting: QuestionSetting,
): AnswerCalibration | undefined {
  const path = thresholdsFileOf(model);
  if (path === undefined) return undefined;
  const value = readThresholdsJson(path, EXAMPLE);
  const isOurs =
    typeof value === "object" && value !== null && QUESTION_SETTINGS.some((name) => Object.hasOwn(value, name));
  return isOurs ? parse(path, value)[setting] : undefined;
}

/**
 * The text of a file with this calibration in it, that of the other setting as it was.
 *
 * @param path where it is to be written; nothing there means no other
 * @throws BiogptError `tasks/thresholds` for a file there that holds something else
 */
export function withAnswerCalibration(path: string, setting: QuestionSetting, learnt: AnswerCalibration): string {
  const others = existsSync(path) ? parse(path, readThresholdsJson(path, EXAMPLE)) : {};
  return `${JSON.stringify({ ...others, [setting]: learnt }, null, 2)}\n`;
}

const EXAMPLE =
  'It is a JSON object such as {"reasoning-required": {"scales": {"yes": 1, "no": 1, "maybe": 1}, "offsets": {"yes": 0, "no": -0.3, "maybe": 0}}}.';

function parse(path: string, value: unknown): Calibrations {
  if (typeof value === "object" && value !== null) {
    const unknown = Object.keys(value).find((name) => !QUESTION_SETTINGS.some((setting) => setting === name));
    if (unknown !== undefined)
      throw thresholdsRefused(
        path,
        `names "${unknown}", which is no setting.`,
        `${EXAMPLE}${didYouMean(unknown, QUESTION_SETTINGS)}`,
      );
  }
  const parsed = fileSchema.safeParse(value);
  if (parsed.success) return parsed.data as Calibrations;
  const issue = parsed.error.issues[0]!;
  const place = issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  throw thresholdsRefused(path, `does not hold what answers mean: ${place}${issue.message}.`, EXAMPLE);
}
