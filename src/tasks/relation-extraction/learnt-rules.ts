/**
 * The decision rule of a scheme in a decoding: from the model's folder, or from a file that is given. Learnt on validation by
 * `biogpt evaluate TASK --decoding ranked|grounded --learn-thresholds`, one decoding at a time.
 */
import { readLearnt, thresholdsRefused } from "../learnt-file.ts";
import type { TaskHolder } from "../model-task.ts";
import { taskOf } from "../task-file.ts";
import type { DecisionRule } from "./decision-rule.ts";
import { type RuleDecoding, ruleOf } from "./decision-rule-schema.ts";

export type { RuleDecoding } from "./decision-rule-schema.ts";

/** @throws BiogptError `tasks/thresholds` for a file that holds none, or has nothing for the scheme in this decoding; `tasks/task-file` */
export function readLearntRule(path: string, scheme: string, decoding: RuleDecoding): DecisionRule {
  const rules = readLearnt(path, "decisionRules") ?? {};
  const rule = ruleOf(rules, scheme, decoding);
  if (rule !== undefined) return rule;
  const there = Object.entries(rules).flatMap(([name, one]) => Object.keys(one).map((how) => `${name} ${how}`));
  throw thresholdsRefused(path)(
    `has no thresholds for ${scheme} in ${decoding} decoding.`,
    `It has some for ${there.join(", ") || "nothing"}; learn them with biogpt evaluate --decoding ${decoding} --learn-thresholds.`,
  );
}

/** What the model's folder says; undefined where it says nothing of the scheme in this decoding. @throws BiogptError as `taskOf` */
export function learntRuleOf(model: TaskHolder, scheme: string, decoding: RuleDecoding): DecisionRule | undefined {
  return ruleOf(taskOf(model).decisionRules ?? {}, scheme, decoding);
}
