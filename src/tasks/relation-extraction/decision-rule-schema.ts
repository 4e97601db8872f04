/** Decision rules as JSON, in `task.json` and in a file of `--thresholds`: by scheme, then by decoding. */
import { z } from "zod";
import { didYouMean } from "../../base/did-you-mean.ts";
import type { BiogptError } from "../../base/errors.ts";
import { MOST_CALIBRATION_STEPS } from "../calibration-map.ts";
import type { DecisionRule } from "./decision-rule.ts";

/** Decodings whose probabilities a rule can be learnt for: each has its own. */
export type RuleDecoding = "pairs" | "ranked" | "grounded";
/** By scheme. */
export type DecisionRules = Readonly<Record<string, Readonly<Partial<Record<RuleDecoding, DecisionRule>>>>>;

const share = z.number().min(0).max(1);
const stepsSchema = z
  .array(z.strictObject({ from: share, value: share }))
  .min(1)
  .max(MOST_CALIBRATION_STEPS)
  .refine(
    (steps) => steps.slice(1).every(({ from, value }, at) => from > steps[at]!.from && value >= steps[at]!.value),
    { message: "each step must begin above the one before, with a value that is not lower" },
  );
const rule = {
  threshold: share.optional(),
  share: share.optional(),
  most: z.number().int().min(1).optional(),
  calibration: z.strictObject({ steps: stepsSchema }).optional(),
};
const isBounded = ({ threshold, share }: DecisionRule): boolean => threshold !== undefined || share !== undefined;
const unbounded = { message: "a threshold or a share is needed" };
const ruleSchema = z.strictObject(rule).refine(isBounded, unbounded);
const weight = z.number().min(-100).max(100);
const ofPairs = {
  nameWeight: z.number().min(0).max(100).optional(),
  logistic: z.strictObject({ pair: weight, name: weight, type: weight, bias: weight }).optional(),
};
const pairsSchema = z.strictObject({ ...rule, ...ofPairs }).refine(isBounded, unbounded);
const decodingsSchema = z
  .strictObject({
    pairs: pairsSchema.exactOptional(),
    ranked: ruleSchema.exactOptional(),
    grounded: ruleSchema.exactOptional(),
  })
  .refine((rules) => Object.keys(rules).length > 0, { message: "a rule for pairs, ranked or grounded is needed" });
const rulesSchema = z.record(z.string(), decodingsSchema);

export const DECISION_RULES_EXAMPLE =
  'It is a JSON object such as {"chemical-disease": {"ranked": {"threshold": 0.08, "share": 0.5}}}.';

/**
 * @param schemes  names that may stand there
 * @param refused  makes the error; `what` goes on after the file's name
 */
export function parseDecisionRules(
  value: unknown,
  schemes: readonly string[],
  refused: (what: string, fix: string) => BiogptError,
): DecisionRules {
  if (typeof value === "object" && value !== null) {
    const unknown = Object.keys(value).find((name) => !schemes.includes(name));
    if (unknown !== undefined) {
      const known = `The schemes are ${schemes.join(", ")}.`;
      throw refused(`names "${unknown}", which is no relation scheme.`, `${known}${didYouMean(unknown, schemes)}`);
    }
  }
  const parsed = rulesSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const place = issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  throw refused(`does not hold what is kept: ${place}${issue.message}.`, DECISION_RULES_EXAMPLE);
}

/** What was learnt of a scheme in a decoding; undefined where nothing was. */
export function ruleOf(rules: DecisionRules, scheme: string, decoding: RuleDecoding): DecisionRule | undefined {
  return Object.hasOwn(rules, scheme) ? rules[scheme]![decoding] : undefined;
}
