/**
 * Thresholds of hallmarks as a file: `{"resisting cell death": 0.31, …}`, learnt on validation by `biogpt evaluate hoc --learn-thresholds`. The
 * folder of a model that was fine-tuned on hallmarks may carry it as `thresholds.json`.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { nearestName } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import { HOC_LABELS } from "../../corpora/tasks/hoc.ts";

/** Above 1 a hallmark is never given, which is what validation without a single one of it teaches. */
const thresholdsSchema = z.record(z.string(), z.number().min(0).max(2));

/** @throws BiogptError `tasks/thresholds` when the file is not such an object, or names an unknown hallmark */
export function readThresholds(path: string): Readonly<Record<string, number>> {
  const refuse = (what: string, fix: string, cause?: unknown): BiogptError =>
    new BiogptError("tasks/thresholds", { what: `${path} ${what}`, fix, cause });
  const fix = 'It is a JSON object such as {"resisting cell death": 0.3}.';
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw refuse("cannot be read as JSON.", fix, cause);
  }
  const parsed = thresholdsSchema.safeParse(value);
  if (!parsed.success) throw refuse("does not hold thresholds from 0 to 2.", fix);
  const unknown = Object.keys(parsed.data).find((label) => label === "empty" || !HOC_LABELS.includes(label));
  if (unknown !== undefined) {
    const near = nearestName(unknown, HOC_LABELS);
    throw refuse(`names "${unknown}", which is no hallmark.`, near === undefined ? fix : `Did you mean "${near}"?`);
  }
  return parsed.data;
}

/** What the folder of a fine-tuned model says; undefined where it says nothing. @throws BiogptError as `readThresholds` */
export function thresholdsOf(folder: string | undefined): Readonly<Record<string, number>> | undefined {
  const path = folder === undefined ? undefined : join(folder, "thresholds.json");
  return path !== undefined && existsSync(path) ? readThresholds(path) : undefined;
}
