/**
 * Thresholds of hallmarks as a file: `{"resisting cell death": 0.31, …}`, learnt on validation by `biogpt evaluate hoc --learn-thresholds`. The
 * folder of a model that was fine-tuned on hallmarks may carry it as `thresholds.json`.
 */
import { z } from "zod";
import { nearestName } from "../../base/did-you-mean.ts";
import { HOC_LABELS } from "../../corpora/tasks/hoc.ts";
import { readThresholdsJson, thresholdsFileOf, thresholdsRefused } from "../thresholds-file.ts";

/** Above 1 a hallmark is never given, which is what validation without a single one of it teaches. */
const thresholdsSchema = z.record(z.string(), z.number().min(0).max(2));

/** @throws BiogptError `tasks/thresholds` when the file is not such an object, or names an unknown hallmark */
export function readThresholds(path: string): Readonly<Record<string, number>> {
  const fix = 'It is a JSON object such as {"resisting cell death": 0.3}.';
  const value = readThresholdsJson(path, fix);
  const parsed = thresholdsSchema.safeParse(value);
  if (!parsed.success) throw thresholdsRefused(path, "does not hold thresholds from 0 to 2.", fix);
  const unknown = Object.keys(parsed.data).find((label) => label === "empty" || !HOC_LABELS.includes(label));
  if (unknown !== undefined) {
    const near = nearestName(unknown, HOC_LABELS);
    throw thresholdsRefused(
      path,
      `names "${unknown}", which is no hallmark.`,
      near === undefined ? fix : `Did you mean "${near}"?`,
    );
  }
  return parsed.data;
}

/** What the folder of a fine-tuned model says; undefined where it says nothing. @throws BiogptError as `readThresholds` */
export function thresholdsOf(model: {
  readonly folder?: string | undefined;
}): Readonly<Record<string, number>> | undefined {
  const path = thresholdsFileOf(model);
  return path === undefined ? undefined : readThresholds(path);
}
