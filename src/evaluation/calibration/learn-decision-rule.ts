/** Which candidate relations are kept, learnt on validation: the threshold and the share of the best that give the highest official score. */
import type { CandidateRelation } from "../../tasks/relation-extraction/candidate-relation.ts";
import { type DecisionBounds, keptCount } from "../../tasks/relation-extraction/decision-rule.ts";
import { distinctQuantiles } from "./quantiles.ts";

/** Values tried of each bound: all that make a difference where there are fewer, else as many quantiles of them. */
const MOST_TRIED = 100;

/**
 * Tries a share alone, a threshold alone, and both together. Of equal scores the earlier one stays, so the simpler rule, and of each
 * bound the lower value.
 *
 * @param probable of each document, most probable first
 * @param score  of a choice: how many candidates each document keeps
 * @param least  as for `keptCount`. Default 1: the recipes' documents all have a relation
 * @returns a rule with at least one bound; the score it had here, which is no score to report
 */
export function learnDecisionRule(
  probable: readonly (readonly CandidateRelation[])[],
  score: (kept: readonly number[]) => number,
  { least = 1 }: { readonly least?: number } = {},
): { readonly rule: DecisionBounds; readonly score: number } {
  const thresholds = distinctQuantiles(
    probable.flatMap((one) => one.map(({ probability }) => probability)),
    MOST_TRIED,
  );
  const shares = distinctQuantiles(
    probable.flatMap((one) => one.map(({ probability }) => probability / one[0]!.probability)),
    MOST_TRIED,
  );
  const rules: DecisionBounds[] = [
    ...shares.map((share) => ({ share })),
    ...thresholds.map((threshold) => ({ threshold })),
    ...thresholds.flatMap((threshold) => shares.map((share) => ({ threshold, share }))),
  ];
  let best = { rule: { share: 1 } as DecisionBounds, score: Number.NEGATIVE_INFINITY };
  for (const rule of rules) {
    const value = score(probable.map((one) => keptCount(one, rule, { least })));
    if (value > best.score) best = { rule, score: value };
  }
  return best;
}
