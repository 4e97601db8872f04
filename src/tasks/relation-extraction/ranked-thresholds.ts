/**
 * What ranked decoding keeps and what its probabilities mean, as a file: `{"chemical-disease": {"threshold": 0.08, "share": 0.5,
 * "calibration": {"steps": […]}}}`, learnt on validation by `biogpt evaluate TASK --decoding ranked --learn-thresholds`. A model folder
 * may carry it as `thresholds.json`.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import type { Model } from "../../pretrained/model.ts";
import { MOST_CALIBRATION_STEPS } from "../calibration-map.ts";
import type { RankedRule } from "./ranked.ts";
import { RELATION_SCHEMES } from "./schemes.ts";

export const THRESHOLDS_FILE = "thresholds.json";

const share = z.number().min(0).max(1);
const stepsSchema = z
  .array(z.strictObject({ from: share, value: share }))
  .min(1)
  .max(MOST_CALIBRATION_STEPS)
  .refine(
    (steps) => steps.slice(1).every(({ from, value }, at) => from > steps[at]!.from && value >= steps[at]!.value),
    { message: "each step must begin above the one before, with a value that is not lower" },
  );
const ruleSchema = z
  .strictObject({
    threshold: share.optional(),
    share: share.optional(),
    most: z.number().int().min(1).optional(),
    calibration: z.strictObject({ steps: stepsSchema }).optional(),
  })
  .refine(({ threshold, share }) => threshold !== undefined || share !== undefined, {
    message: "a threshold or a share is needed",
  });
const fileSchema = z.record(z.string(), ruleSchema);
const EXAMPLE = 'It is a JSON object such as {"chemical-disease": {"threshold": 0.08, "share": 0.5}}.';

/** @throws BiogptError `tasks/thresholds` when the file is not such an object, or names an unknown scheme */
export function readKeepRules(path: string): Readonly<Record<string, RankedRule>> {
  const refuse = (what: string, fix: string, cause?: unknown): BiogptError =>
    new BiogptError("tasks/thresholds", { what: `${path} ${what}`, fix, cause });
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw refuse("cannot be read as JSON.", EXAMPLE, cause);
  }
  const parsed = fileSchema.safeParse(value);
  const schemes = Object.keys(RELATION_SCHEMES);
  if (typeof value === "object" && value !== null) {
    const unknown = Object.keys(value).find((name) => !schemes.includes(name));
    const known = `The schemes are ${schemes.join(", ")}.`;
    if (unknown !== undefined)
      throw refuse(`names "${unknown}", which is no relation scheme.`, `${known}${didYouMean(unknown, schemes)}`);
  }
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const place = issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
    throw refuse(`does not hold what ranked decoding keeps: ${place}${issue.message}.`, EXAMPLE);
  }
  return parsed.data;
}

/** @throws BiogptError as `readKeepRules`, and where the file has nothing for the scheme */
export function readKeepRule(path: string, scheme: string): RankedRule {
  const rules = readKeepRules(path);
  if (Object.hasOwn(rules, scheme)) return rules[scheme]!;
  throw new BiogptError("tasks/thresholds", {
    what: `${path} has no thresholds for ${scheme}.`,
    fix: `It has some for ${Object.keys(rules).join(", ") || "nothing"}; learn them with biogpt evaluate --learn-thresholds.`,
  });
}

/** What the model's folder says; undefined where it says nothing of the scheme. */
export function keepRuleOf({ folder }: Pick<Model, "folder">, scheme: string): RankedRule | undefined {
  const path = folder === undefined ? undefined : join(folder, THRESHOLDS_FILE);
  if (path === undefined || !existsSync(path)) return undefined;
  const rules = readKeepRules(path);
  return Object.hasOwn(rules, scheme) ? rules[scheme] : undefined;
}

/** The file's text for one scheme. */
export function keepRuleText(scheme: string, rule: RankedRule): string {
  return `${JSON.stringify({ [scheme]: rule }, null, 2)}\n`;
}
