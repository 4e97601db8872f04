/** A model's answers as the candidate relations that a decision rule keeps, ranked or written under the constraint; the rule is given, the folder's, or learnt now. */
import type { ReportProgress } from "../../base/progress.ts";
import {
  type CandidatesOf,
  decidedPredictor,
  groundedCandidates,
  groundedPredictor,
  learnRelationRule,
  rankedCandidates,
  relationSchemeOf,
} from "../../evaluation/candidate-relations.ts";
import type { Predict, Subset } from "../../evaluation/evaluated-task.ts";
import type { ConceptLookup } from "../../evaluation/scorers/score-relations.ts";
import type { Model } from "../../pretrained/model.ts";
import type { TaskData } from "../../tasks/build-examples.ts";
import type { CalibrationMap } from "../../tasks/calibration-map.ts";
import { saveLearnt } from "../../tasks/learnt-file.ts";
import { chooseRule, DEFAULT_DECISION_RULE, type DecisionRule } from "../../tasks/relation-extraction/decision-rule.ts";
import { learntRuleOf, type RuleDecoding, readLearntRule } from "../../tasks/relation-extraction/learnt-rules.ts";
import { inputOf } from "../../tasks/task-file.ts";
import { type DecodingSize, rankedSize } from "../extraction-plan.ts";
import { progressEvents, type WorkflowContext } from "../workflow.ts";
import type { AnswerOptions } from "./options.ts";

export interface DecisionOptions
  extends Pick<AnswerOptions, "threshold" | "thresholds" | "learnThresholds" | "beams" | "batch" | "maxNewTokens"> {
  /** What a rule is learnt for. */
  readonly subset?: Subset | undefined;
  readonly lookup?: ConceptLookup | undefined;
}

export interface DecidedAnswers {
  readonly predict: Predict;
  readonly decoding: string;
  readonly batch: number;
  readonly calibration: CalibrationMap | undefined;
}

/**
 * Checks what can be checked before a model is loaded; `answer` then makes the predictor.
 *
 * Grounded answers without any rule are taken as they were written.
 *
 * @throws BiogptError `evaluation/option` for a task without relations, `tasks/thresholds` for a file without the rule
 */
export function decidedAnswers(
  decoding: RuleDecoding,
  options: DecisionOptions,
  data: TaskData,
): { readonly slots: number; answer(model: Model, context: WorkflowContext): Promise<DecidedAnswers> } {
  const { name: scheme } = relationSchemeOf(data, decoding);
  const { threshold, thresholds, learnThresholds, subset, lookup, maxNewTokens } = options;
  const given = thresholds === undefined ? undefined : readLearntRule(thresholds, scheme, decoding);
  const ranked = decoding === "ranked";
  const { beams, batch, slots } = ranked ? rankedSize(options) : writtenSize(options);

  async function learn(
    candidatesOf: CandidatesOf,
    file: string,
    { signal, onEvent }: WorkflowContext,
  ): Promise<DecisionRule> {
    const progress: ReportProgress | undefined = progressEvents(onEvent);
    const learnt = await learnRelationRule(candidatesOf, data, {
      concurrency: batch,
      signal,
      progress,
      subset,
      lookup,
    });
    const written = await saveLearnt(file, { decisionRules: { [scheme]: { [decoding]: learnt } } });
    onEvent?.({ type: "note", text: `Wrote ${written}.` });
    return learnt;
  }

  return {
    slots,
    async answer(model, context) {
      const { signal } = context;
      const written = { beams, signal, maxNewTokens };
      const candidatesOf = ranked
        ? rankedCandidates(model, data, { beams, signal })
        : groundedCandidates(model, data, written);
      const learnt =
        learnThresholds === undefined
          ? (given ?? learntRuleOf(model, scheme, decoding))
          : await learn(candidatesOf, learnThresholds, context);
      const { rule, said } = chooseRule(learnt, threshold, ranked ? DEFAULT_DECISION_RULE : undefined);
      const how = [
        ranked || beams > 1 ? `${decoding} ${beams}` : decoding,
        ...(inputOf(model).unit === "sentence" ? ["sentences"] : []),
        ...(said === "" ? [] : [said]),
      ];
      return {
        predict:
          rule === undefined ? groundedPredictor(model, data, written) : decidedPredictor(candidatesOf, data, rule),
        decoding: how.join(", "),
        batch,
        calibration: rule?.calibration,
      };
    },
  };
}

/** Of an answer written whole. */
function writtenSize({ beams = 1, batch = 8 }: DecisionOptions): DecodingSize {
  return { beams, batch, slots: batch * beams + 1 };
}
