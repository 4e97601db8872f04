/** Which relations `evaluate`, `extract` and `reproduce` keep, in the decodings that rules are learnt for, and how many are in work at once. */
import type { Predict, Subset } from "../evaluation/evaluate-task.ts";
import type { StatementsOf } from "../evaluation/kept-predictor.ts";
import type { ConceptLookup } from "../evaluation/scorers/score-relations.ts";
import type { Model } from "../pretrained/model.ts";
import type { TaskData } from "../tasks/build-examples.ts";
import type { CalibrationMap } from "../tasks/calibration-map.ts";
import type { RuleDecoding } from "../tasks/relation-extraction/learnt-rules.ts";
import type { LearntRule } from "../tasks/relation-extraction/probable-statements.ts";
import type { Terminal } from "./terminal.ts";

/** Slots of the cache over which a default batch spreads: 64 sequences decode at once, four documents of 16 beams. */
const USUAL_SLOTS = 64;
/** However large the batch, documents beyond these slots wait for their turn, so that memory has a bound. */
const MOST_SLOTS = 256;

export interface RankedSize {
  readonly beams: number;
  /** Documents in work at once. */
  readonly batch: number;
  /** For `loadModel`: one more keeps a beginning that later prompts share. */
  readonly slots: number;
}

export async function rankedSize({ beams: asked, batch: wished }: Partial<RankedSize>): Promise<RankedSize> {
  const { DEFAULT_RANKED_BEAMS } = await import("../tasks/relation-extraction/ranked.ts");
  const beams = asked ?? DEFAULT_RANKED_BEAMS;
  const batch = wished ?? Math.max(1, Math.floor(USUAL_SLOTS / beams));
  return { beams, batch, slots: Math.max(beams, Math.min(batch * beams, MOST_SLOTS)) + 1 };
}

/**
 * What is kept, and how results name it.
 *
 * @param learnt    of a file or of the model's folder
 * @param threshold the user's, of probabilities as they are written; takes the place of the learnt bounds, not of the map
 * @param otherwise where neither says anything
 */
export async function chooseRule<Otherwise extends LearntRule | undefined>(
  learnt: LearntRule | undefined,
  threshold: number | undefined,
  otherwise: Otherwise,
): Promise<{ readonly rule: LearntRule | Otherwise; readonly said: string }> {
  const { describeKeepRule, thresholdRule } = await import("../tasks/relation-extraction/probable-statements.ts");
  const map = learnt?.calibration;
  if (threshold !== undefined) {
    const said = `${map === undefined ? "" : "calibrated "}${describeKeepRule({ threshold })}`;
    return { rule: thresholdRule(threshold, map), said };
  }
  const rule = learnt ?? otherwise;
  if (rule === undefined) return { rule: otherwise, said: "" };
  return { rule, said: `${describeKeepRule(rule)}${map === undefined ? "" : ", calibrated"}` };
}

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
  const { readingOf } = await import("../tasks/reading.ts");
  const { name: scheme } = kept.relationSchemeOf(data, decoding);
  const { threshold, thresholds, learnThresholds, subset, lookup, maxNewTokens } = flags;
  const given = thresholds === undefined ? undefined : rules.readLearntRule(thresholds, scheme, decoding);
  const ranked = decoding === "ranked";
  const { beams, batch, slots } = ranked ? await rankedSize(flags) : writtenSize(flags);

  async function learn(statementsOf: StatementsOf, file: string, terminal: Terminal): Promise<LearntRule> {
    const { writeAtomically } = await import("../files/bytes.ts");
    const { signal, progress, note } = terminal;
    const chosen = { ...(subset === undefined ? {} : { subset }), ...(lookup === undefined ? {} : { lookup }) };
    const learnt = await kept.learnRule(statementsOf, data, { concurrency: batch, signal, progress, ...chosen });
    await writeAtomically(file, [rules.withLearntRule(file, scheme, decoding, learnt)]);
    note(`Wrote ${file}.`);
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
      const { rule, said } = await chooseRule(learnt, threshold, ranked ? DEFAULT_KEEP_RULE : undefined);
      const how = [
        ranked || beams > 1 ? `${decoding} ${beams}` : decoding,
        ...(readingOf(model).unit === "sentence" ? ["sentences"] : []),
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
function writtenSize({ beams = 1, batch = 8 }: KeptFlags): RankedSize {
  return { beams, batch, slots: batch * beams + 1 };
}
