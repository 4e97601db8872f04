/** Which relations `evaluate` and `reproduce` keep, in the decodings that rules are learnt for, and how many are in work at once. */
import type { Predict, Subset } from "../evaluation/evaluate-task.ts";
import type { StatementsOf } from "../evaluation/kept-predictor.ts";
import type { ConceptLookup } from "../evaluation/scorers/score-relations.ts";
import type { Model } from "../pretrained/model.ts";
import type { TaskData } from "../tasks/build-examples.ts";
import type { CalibrationMap } from "../tasks/calibration-map.ts";
import type { RuleDecoding } from "../tasks/relation-extraction/learnt-rules.ts";
import type { DecisionRule } from "../tasks/relation-extraction/probable-statements.ts";
import type { DecodingSize } from "../workflows/extraction-plan.ts";
import type { Terminal } from "./terminal.ts";

export interface ThresholdFlags {
  readonly threshold?: number;
  readonly thresholds?: string;
  readonly learnThresholds?: string;
  readonly subset?: Subset;
  readonly lookup?: ConceptLookup;
}

export interface KeptFlags extends ThresholdFlags {
  readonly beams?: number;
  readonly batch?: number;
  /** Grounded: most tokens of an answer. */
  readonly maxNewTokens?: number;
}

export interface KeptAnswers {
  readonly predict: Predict;
  readonly decoding: string;
  readonly batch: number;
  readonly calibration: CalibrationMap | undefined;
}

/**
 * Checks what can be checked before a model is loaded; `answer` then makes the predictor of `evaluate`.
 *
 * Grounded answers without any rule are taken as they were written.
 */
export async function keptSetup(
  decoding: RuleDecoding,
  flags: KeptFlags,
  data: TaskData,
): Promise<{ readonly slots: number; answer(model: Model, terminal: Terminal): Promise<KeptAnswers> }> {
  const kept = await import("../evaluation/kept-predictor.ts");
  const rules = await import("../tasks/relation-extraction/learnt-rules.ts");
  const { DEFAULT_KEEP_RULE } = await import("../tasks/relation-extraction/probable-statements.ts");
  const { inputOf } = await import("../tasks/task-file.ts");
  const { chooseRule, rankedSize } = await import("../workflows/extraction-plan.ts");
  const { name: scheme } = kept.relationSchemeOf(data, decoding);
  const { threshold, thresholds, learnThresholds, subset, lookup, maxNewTokens } = flags;
  const given = thresholds === undefined ? undefined : rules.readLearntRule(thresholds, scheme, decoding);
  const ranked = decoding === "ranked";
  const { beams, batch, slots } = ranked ? rankedSize(flags) : writtenSize(flags);

  async function learn(statementsOf: StatementsOf, file: string, terminal: Terminal): Promise<DecisionRule> {
    const { saveLearnt } = await import("../tasks/learnt-file.ts");
    const { signal, progress, note } = terminal;
    const chosen = { ...(subset === undefined ? {} : { subset }), ...(lookup === undefined ? {} : { lookup }) };
    const learnt = await kept.learnRule(statementsOf, data, { concurrency: batch, signal, progress, ...chosen });
    const written = await saveLearnt(file, { decisionRules: { [scheme]: { [decoding]: learnt } } });
    note(`Wrote ${written}.`);
    return learnt;
  }

  return {
    slots,
    async answer(model, terminal) {
      const { signal } = terminal;
      const written = { beams, signal, ...(maxNewTokens === undefined ? {} : { maxNewTokens }) };
      const statementsOf = ranked
        ? kept.rankedStatements(model, data, { beams, signal })
        : kept.groundedStatements(model, data, written);
      const learnt =
        learnThresholds === undefined
          ? (given ?? rules.learntRuleOf(model, scheme, decoding))
          : await learn(statementsOf, learnThresholds, terminal);
      const { rule, said } = chooseRule(learnt, threshold, ranked ? DEFAULT_KEEP_RULE : undefined);
      const how = [
        ranked || beams > 1 ? `${decoding} ${beams}` : decoding,
        ...(inputOf(model).unit === "sentence" ? ["sentences"] : []),
        ...(said === "" ? [] : [said]),
      ];
      return {
        predict:
          rule === undefined
            ? kept.groundedPredictor(model, data, written)
            : kept.keptPredictor(statementsOf, data, rule),
        decoding: how.join(", "),
        batch,
        calibration: rule?.calibration,
      };
    },
  };
}

/** Of an answer written whole. */
function writtenSize({ beams = 1, batch = 8 }: KeptFlags): DecodingSize {
  return { beams, batch, slots: batch * beams + 1 };
}
