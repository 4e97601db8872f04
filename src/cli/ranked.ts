/** Ranked decoding as `evaluate` and `extract` run it: how many beams and documents at once, what is kept, what a probability means. */
import type { Predict, Subset } from "../evaluation/evaluate-task.ts";
import type { ConceptLookup } from "../evaluation/score-relations.ts";
import type { Model } from "../pretrained/model.ts";
import type { TaskData } from "../tasks/build-examples.ts";
import type { CalibrationMap } from "../tasks/calibration-map.ts";
import type { RankedRule } from "../tasks/relation-extraction/ranked.ts";
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

export interface RankedFlags {
  readonly beams?: number;
  readonly batch?: number;
  readonly threshold?: number;
  readonly thresholds?: string;
  readonly learnThresholds?: string;
  readonly subset?: Subset;
  readonly lookup?: ConceptLookup;
}

/**
 * What is kept, and how results name it.
 *
 * @param learnt    of a file or of the model's folder
 * @param threshold the user's, of probabilities as they are written; takes the place of the learnt bounds, not of the map
 */
export async function chooseRule(
  learnt: RankedRule | undefined,
  threshold?: number,
): Promise<{ readonly rule: RankedRule; readonly said: string }> {
  const { DEFAULT_KEEP_RULE, describeKeepRule, thresholdRule } = await import("../tasks/relation-extraction/ranked.ts");
  const map = learnt?.calibration;
  if (threshold !== undefined) {
    const said = `${map === undefined ? "" : "calibrated "}${describeKeepRule({ threshold })}`;
    return { rule: thresholdRule(threshold, map), said };
  }
  const rule = learnt ?? DEFAULT_KEEP_RULE;
  return { rule, said: `${describeKeepRule(rule)}${map === undefined ? "" : ", calibrated"}` };
}

/** Checks what can be checked before a model is loaded; `answer` then makes the predictor of `evaluate`. */
export async function rankedSetup(
  flags: RankedFlags,
  data: TaskData,
): Promise<{
  readonly slots: number;
  answer(
    model: Model,
    terminal: Terminal,
  ): Promise<{ predict: Predict; decoding: string; batch: number; calibration: CalibrationMap | undefined }>;
}> {
  const { learnRankedRule, rankedPredictor, rankedScheme } = await import("../evaluation/ranked-predictor.ts");
  const { readingUnitOf } = await import("../tasks/relation-extraction/reading-unit.ts");
  const { name: scheme } = rankedScheme(data);
  const { keepRuleOf, keepRuleText, readKeepRule } = await import("../tasks/relation-extraction/ranked-thresholds.ts");
  const { threshold, thresholds } = flags;
  const given = thresholds === undefined ? undefined : readKeepRule(thresholds, scheme);
  const { beams, batch, slots } = await rankedSize(flags);
  return {
    slots,
    async answer(model, { signal, progress, note }) {
      const { learnThresholds, subset, lookup } = flags;
      let learnt = given;
      if (learnThresholds === undefined) learnt ??= keepRuleOf(model, scheme);
      else {
        const chosen = { ...(subset === undefined ? {} : { subset }), ...(lookup === undefined ? {} : { lookup }) };
        learnt = await learnRankedRule(model, data, { beams, concurrency: batch, signal, progress, ...chosen });
        const { writeAtomically } = await import("../corpora/files.ts");
        await writeAtomically(learnThresholds, [keepRuleText(scheme, learnt)]);
        note(`Wrote ${learnThresholds}.`);
      }
      const { rule, said } = await chooseRule(learnt, threshold);
      return {
        predict: rankedPredictor(model, data, rule, { beams, signal }),
        decoding: `ranked ${beams}, ${readingUnitOf(model) === "sentence" ? "sentences, " : ""}${said}`,
        batch,
        calibration: rule.calibration,
      };
    },
  };
}
