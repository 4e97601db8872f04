/**
 * `thresholds.json` in the folder of a fine-tuned model: what was learnt on validation about its probabilities. What it holds depends on the
 * task: classification/thresholds.ts, question-answering/answer-calibration.ts, relation-extraction/learnt-rules.ts.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BiogptError } from "../base/errors.ts";

export const THRESHOLDS_FILE = "thresholds.json";

/** The file in the folder of a model; undefined where there is none. */
export function thresholdsFileOf({ folder }: { readonly folder?: string | undefined }): string | undefined {
  const path = folder === undefined ? undefined : join(folder, THRESHOLDS_FILE);
  return path !== undefined && existsSync(path) ? path : undefined;
}

/**
 * @param example what such a file holds, for the error
 * @throws BiogptError `tasks/thresholds` for a file that cannot be read, or is not JSON
 */
export function readThresholdsJson(path: string, example: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw thresholdsRefused(path, "cannot be read as JSON.", example, cause);
  }
}

/** @param what follows the path: "names …, which is no setting." */
export function thresholdsRefused(path: string, what: string, fix: string, cause?: unknown): BiogptError {
  return new BiogptError("tasks/thresholds", { what: `${path} ${what}`, fix, cause });
}
