/**
 * Which statements are kept and what their probabilities mean, as a file: `{"chemical-disease": {"ranked": {"threshold": 0.08,
 * "calibration": {"steps": […]}}, "grounded": {…}}}`, learnt on validation by `biogpt evaluate TASK --decoding ranked|grounded
 * --learn-thresholds`, one decoding at a time. A model folder may carry it as `thresholds.json`.
 */
import { existsSync } from "node:fs";
import { z } from "zod";
import { didYouMean } from "../../base/did-you-mean.ts";
import type { Model } from "../../pretrained/model.ts";
import { MOST_CALIBRATION_STEPS } from "../calibration-map.ts";
import { readThresholdsJson, thresholdsFileOf, thresholdsRefused } from "../thresholds-file.ts";
import type { LearntRule } from "./probable-statements.ts";
import { RELATION_SCHEMES } from "./schemes.ts";

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
const decodingsSchema = z
  .strictObject({ ranked: ruleSchema.optional(), grounded: ruleSchema.optional() })
  .refine((rules) => Object.keys(rules).length > 0, { message: "a rule for ranked or grounded is needed" });
const fileSchema = z.record(z.string(), decodingsSchema);
const EXAMPLE = 'It is a JSON object such as {"chemical-disease": {"ranked": {"threshold": 0.08, "share": 0.5}}}.';

/** Decodings whose probabilities a rule can be learnt for: each has its own. */
export type RuleDecoding = "ranked" | "grounded";
/** By scheme. */
type LearntRules = Readonly<Record<string, Readonly<Partial<Record<RuleDecoding, LearntRule>>>>>;

/** @throws BiogptError `tasks/thresholds` when the file is not such an object, or names an unknown scheme */
function readLearntRules(path: string): LearntRules {
  const value = readThresholdsJson(path, EXAMPLE);
  const parsed = fileSchema.safeParse(value);
  const schemes = Object.keys(RELATION_SCHEMES);
  if (typeof value === "object" && value !== null) {
    const unknown = Object.keys(value).find((name) => !schemes.includes(name));
    const known = `The schemes are ${schemes.join(", ")}.`;
    if (unknown !== undefined)
      throw thresholdsRefused(
        path,
        `names "${unknown}", which is no relation scheme.`,
        `${known}${didYouMean(unknown, schemes)}`,
      );
  }
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const place = issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
    throw thresholdsRefused(path, `does not hold what is kept: ${place}${issue.message}.`, EXAMPLE);
  }
  return parsed.data as LearntRules;
}

/** @throws BiogptError `tasks/thresholds` also where the file has nothing for the scheme in this decoding */
export function readLearntRule(path: string, scheme: string, decoding: RuleDecoding): LearntRule {
  const rules = readLearntRules(path);
  const rule = Object.hasOwn(rules, scheme) ? rules[scheme]![decoding] : undefined;
  if (rule !== undefined) return rule;
  const there = Object.entries(rules).flatMap(([name, one]) => Object.keys(one).map((how) => `${name} ${how}`));
  throw thresholdsRefused(
    path,
    `has no thresholds for ${scheme} in ${decoding} decoding.`,
    `It has some for ${there.join(", ") || "nothing"}; learn them with biogpt evaluate --decoding ${decoding} --learn-thresholds.`,
  );
}

/** What the model's folder says; undefined where it says nothing of the scheme in this decoding. */
export function learntRuleOf(
  model: Pick<Model, "folder">,
  scheme: string,
  decoding: RuleDecoding,
): LearntRule | undefined {
  const path = thresholdsFileOf(model);
  if (path === undefined) return undefined;
  const rules = readLearntRules(path);
  return Object.hasOwn(rules, scheme) ? rules[scheme]![decoding] : undefined;
}

/**
 * The text of a file of rules with this one in it, the others as they were.
 *
 * @param path where it is to be written; nothing there means no others
 * @throws BiogptError `tasks/thresholds` for a file there that is none of rules
 */
export function withLearntRule(path: string, scheme: string, decoding: RuleDecoding, rule: LearntRule): string {
  const others = existsSync(path) ? readLearntRules(path) : {};
  const ofScheme = Object.hasOwn(others, scheme) ? others[scheme] : {};
  return `${JSON.stringify({ ...others, [scheme]: { ...ofScheme, [decoding]: rule } }, null, 2)}\n`;
}
