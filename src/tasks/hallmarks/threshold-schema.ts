/** Thresholds of hallmarks as JSON, in `task.json` and in a file of `--thresholds`: `{"resisting cell death": 0.31, …}`. */
import { z } from "zod";
import { nearestName } from "../../base/did-you-mean.ts";
import type { BiogptError } from "../../base/errors.ts";
import { HOC_LABELS } from "../../corpora/tasks/hoc-labels.ts";

/** Above 1 a hallmark is never given, which is what validation without a single one of it teaches. */
const thresholdsSchema = z.record(z.string(), z.number().min(0).max(2));

export const THRESHOLDS_EXAMPLE = 'It is a JSON object such as {"resisting cell death": 0.3}.';

/** @param refused makes the error; `what` goes on after the file's name */
export function parseHallmarkThresholds(
  value: unknown,
  refused: (what: string, fix: string) => BiogptError,
): Readonly<Record<string, number>> {
  const parsed = thresholdsSchema.safeParse(value);
  if (!parsed.success) throw refused("does not hold thresholds from 0 to 2.", THRESHOLDS_EXAMPLE);
  const unknown = Object.keys(parsed.data).find((label) => label === "empty" || !HOC_LABELS.includes(label));
  if (unknown === undefined) return parsed.data;
  const near = nearestName(unknown, HOC_LABELS);
  throw refused(
    `names "${unknown}", which is no hallmark.`,
    near === undefined ? THRESHOLDS_EXAMPLE : `Did you mean "${near}"?`,
  );
}
