/** Ranked decoding as `evaluate` and `extract` run it: how many beams and documents at once, and what is kept. */
import type { Predict, Subset } from "../evaluation/evaluate-task.ts";
import type { ConceptLookup } from "../evaluation/score-relations.ts";
import type { Model } from "../pretrained/model.ts";
import type { TaskData } from "../tasks/build-examples.ts";
import type { KeepRule } from "../tasks/relation-extraction/ranked.ts";
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

/** The model folder's rule for the scheme, else the default. */
export async function usualKeepRule(model: Model, scheme: string): Promise<KeepRule> {
  const { keepRuleOf } = await import("../tasks/relation-extraction/ranked-thresholds.ts");
  const { DEFAULT_KEEP_RULE } = await import("../tasks/relation-extraction/ranked.ts");
  return keepRuleOf(model, scheme) ?? DEFAULT_KEEP_RULE;
}

/** Checks what can be checked before a model is loaded; `answer` then makes the predictor of `evaluate`. */
export async function rankedSetup(
  flags: RankedFlags,
  data: TaskData,
): Promise<{
  readonly slots: number;
  answer(model: Model, terminal: Terminal): Promise<{ predict: Predict; decoding: string; batch: number }>;
}> {
  const { learnRankedRule, rankedPredictor, rankedScheme } = await import("../evaluation/ranked-predictor.ts");
  const { describeKeepRule } = await import("../tasks/relation-extraction/ranked.ts");
  const { name: scheme } = rankedScheme(data);
  const { readKeepRule } = await import("../tasks/relation-extraction/ranked-thresholds.ts");
  const { threshold, thresholds } = flags;
  const given = thresholds === undefined ? undefined : readKeepRule(thresholds, scheme);
  const { beams, batch, slots } = await rankedSize(flags);
  return {
    slots,
    async answer(model, { signal, progress, note }) {
      const { learnThresholds, subset, lookup } = flags;
      let rule: KeepRule;
      if (threshold !== undefined) rule = { threshold };
      else if (learnThresholds === undefined) rule = given ?? (await usualKeepRule(model, scheme));
      else {
        const chosen = { ...(subset === undefined ? {} : { subset }), ...(lookup === undefined ? {} : { lookup }) };
        rule = await learnRankedRule(model, data, { beams, concurrency: batch, signal, progress, ...chosen });
        const { keepRuleText } = await import("../tasks/relation-extraction/ranked-thresholds.ts");
        const { writeAtomically } = await import("../corpora/files.ts");
        await writeAtomically(learnThresholds, [keepRuleText(scheme, rule)]);
        note(`Wrote ${learnThresholds}.`);
      }
      return {
        predict: rankedPredictor(model, data, rule, { beams, signal }),
        decoding: `ranked ${beams}, ${describeKeepRule(rule)}`,
        batch,
      };
    },
  };
}
