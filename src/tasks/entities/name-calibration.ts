/**
 * What a tagger's probabilities mean, by type of name: the field `nameCalibration` of `task.json`.
 *
 * A logistic function of their log-odds (Platt, 1999), learnt on annotated documents that the tagger has not seen
 * (evaluation/calibration/learn-name-calibration.ts): it keeps the order of names of one type.
 */
import { z } from "zod";
import type { BiogptError } from "../../base/errors.ts";

export interface NameCalibration {
  /** Of the log-odds; at least 0: no tagger is reliably wrong. */
  readonly scale: number;
  /** Log-odds, nats. */
  readonly offset: number;
}

/** By type; names of others keep their probabilities. */
export type NameCalibrations = Readonly<Record<string, NameCalibration>>;

export const NAME_CALIBRATIONS: z.ZodType<NameCalibrations> = z.record(
  z.string().min(1).max(100),
  z.strictObject({ scale: z.number().min(0).max(100), offset: z.number().min(-100).max(100) }),
);

export const NAME_CALIBRATION_EXAMPLE = 'It is a JSON object such as {"Chemical": {"scale": 0.7, "offset": -0.4}}.';

/** @param refused makes the error; `what` goes on after the file's name */
export function parseNameCalibrations(
  value: unknown,
  refused: (what: string, fix: string) => BiogptError,
): NameCalibrations {
  const parsed = NAME_CALIBRATIONS.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const place = issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  throw refused(`does not hold what names' probabilities mean: ${place}${issue.message}.`, NAME_CALIBRATION_EXAMPLE);
}

/** Beyond it a tagger's certainty says nothing more. */
const MOST_SURE = 1e-5;

/** Nats; bounded, so that a probability of 1 has some. */
export function nameLogOdds(probability: number): number {
  return Math.log(Math.max(probability, MOST_SURE) / Math.max(1 - probability, MOST_SURE));
}

/** @param calibration none gives the probability as it is */
export function calibratedName(calibration: NameCalibration | undefined, probability: number): number {
  if (calibration === undefined) return probability;
  return 1 / (1 + Math.exp(-calibration.offset - calibration.scale * nameLogOdds(probability)));
}
