/** Calibrations of answers as JSON, in `task.json` and in a file of `--thresholds`: by the setting in which a question is asked. */
import { z } from "zod";
import { didYouMean } from "../../base/did-you-mean.ts";
import type { BiogptError } from "../../base/errors.ts";
import type { YesNoMaybe } from "../../corpora/tasks/pubmedqa.ts";
import { QUESTION_SETTINGS, type QuestionSetting } from "./question-setting.ts";

export interface AnswerCalibration {
  /** 0 says that a likelihood means nothing, 1 that it is what it says. */
  readonly scales: Readonly<Record<YesNoMaybe, number>>;
  /** Nats; that of "yes" is 0, as only differences matter. */
  readonly offsets: Readonly<Record<YesNoMaybe, number>>;
}

/** Of contexts of a few sentences, where the text's own words count too. */
export interface ShortContextCalibration extends AnswerCalibration {
  /** Nats that an answer gains where the text states it (stated-answer.ts). */
  readonly stated: Readonly<Record<YesNoMaybe, number>>;
  /** White-space words of the longest context that is short. */
  readonly words: number;
}

/** By setting; one that was not learnt is left out. */
export interface AnswerCalibrations extends Readonly<Partial<Record<QuestionSetting, AnswerCalibration>>> {
  readonly "short-context"?: ShortContextCalibration;
}
export type CalibratedSetting = keyof AnswerCalibrations;
export const CALIBRATED_SETTINGS: readonly CalibratedSetting[] = [...QUESTION_SETTINGS, "short-context"];

/** Beyond these no likelihood of an answer would matter. */
const MOST = 1000;
const offset = z.number().min(-MOST).max(MOST);
const scale = z.number().min(0).max(MOST);
const calibrationSchema = z.strictObject({
  scales: z.strictObject({ yes: scale, no: scale, maybe: scale }),
  offsets: z.strictObject({ yes: offset, no: offset, maybe: offset }),
});
const calibrationsSchema = z.strictObject({
  "reasoning-required": calibrationSchema.exactOptional(),
  "reasoning-free": calibrationSchema.exactOptional(),
  "short-context": calibrationSchema
    .extend({
      stated: z.strictObject({ yes: offset, no: offset, maybe: offset }),
      words: z.number().int().min(1).max(1000),
    })
    .exactOptional(),
});

export const CALIBRATION_EXAMPLE =
  'It is a JSON object such as {"reasoning-required": {"scales": {"yes": 1, "no": 1, "maybe": 1}, "offsets": {"yes": 0, "no": -0.3, "maybe": 0}}}.';

/** @param refused makes the error; `what` goes on after the file's name */
export function parseAnswerCalibrations(
  value: unknown,
  refused: (what: string, fix: string) => BiogptError,
): AnswerCalibrations {
  if (typeof value === "object" && value !== null) {
    const unknown = Object.keys(value).find((name) => !CALIBRATED_SETTINGS.some((setting) => setting === name));
    if (unknown !== undefined)
      throw refused(
        `names "${unknown}", which is no setting.`,
        `${CALIBRATION_EXAMPLE}${didYouMean(unknown, CALIBRATED_SETTINGS)}`,
      );
  }
  const parsed = calibrationsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const place = issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  throw refused(`does not hold what answers mean: ${place}${issue.message}.`, CALIBRATION_EXAMPLE);
}
