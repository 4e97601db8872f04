/** Decision rules: which of a document's candidate relations are kept, by a rule that was learnt on validation, or given. */
import { type CalibrationMap, leastReaching } from "../calibration-map.ts";
import type { CandidateRelation } from "./candidate-relation.ts";

/** Which of a document's candidates are kept: those that reach either bound. A bound that is left out keeps none. */
export interface DecisionBounds {
  /** Probability, in [0, 1]. */
  readonly threshold?: number | undefined;
  /** Probability divided by that of the document's best candidate, in [0, 1]. */
  readonly share?: number | undefined;
  /** Most kept, at least 1. Default: all. */
  readonly most?: number | undefined;
}

/**
 * Of pairs: how the probability that a pair is related and those of its names make one. A pair's own is surer than it is right, and names that are a
 * little unsure are wrong more often than they say. Of the two names the less sure one counts.
 */
export interface PairRule {
  /** Exponent, at least 0, of the probability that it is exactly this name, which the pair's own is multiplied by. Default 1. */
  readonly nameWeight?: number | undefined;
  /** Takes the place of the product. */
  readonly logistic?: PairLogistic | undefined;
}

/** Log-odds, weighed and added up, as a logistic regression on judged pairs gives them. */
export interface PairLogistic {
  /** Weight of the log-odds that the pair is related. */
  readonly pair: number;
  /** That it is exactly this name. */
  readonly name: number;
  /** That it is of its type, whatever its borders. */
  readonly type: number;
  readonly bias: number;
}

/** What was learnt on validation: what is kept, by raw probability, and what such a probability means. */
export interface DecisionRule extends DecisionBounds, PairRule {
  /** To the share of right ones. Default: none, probabilities are raw. */
  readonly calibration?: CalibrationMap | undefined;
}

/** The rule of a threshold that a user reads off written probabilities: of calibrated ones, where there is a map. */
export function thresholdRule(
  threshold: number,
  { calibration, ...rule }: Pick<DecisionRule, "calibration"> & PairRule = {},
): DecisionRule {
  const ofPairs = pairRuleOf(rule);
  if (calibration === undefined) return { threshold, ...ofPairs };
  return { threshold: leastReaching(calibration, threshold), calibration, ...ofPairs };
}

/** What a rule says of pairs, alone. */
export function pairRuleOf({ nameWeight, logistic }: PairRule): PairRule {
  return { ...(nameWeight === undefined ? {} : { nameWeight }), ...(logistic === undefined ? {} : { logistic }) };
}

/** Probabilities of the pair, of the less sure name, and of the less sure type, as one. */
export function pairProbability(
  { nameWeight = 1, logistic }: PairRule,
  { pair, name, type }: { readonly pair: number; readonly name: number; readonly type: number },
): number {
  if (logistic === undefined) return pair * name ** nameWeight;
  const sum =
    logistic.bias +
    logistic.pair * logOdds(pair, MOST_SURE.pair) +
    logistic.name * logOdds(name, MOST_SURE.name) +
    logistic.type * logOdds(type, MOST_SURE.name);
  return 1 / (1 + Math.exp(-sum));
}

/** How far from 0 and 1 probabilities are kept: what is surer says no more. */
const MOST_SURE = { pair: 1e-4, name: 1e-3 };

function logOdds(probability: number, least: number): number {
  const kept = Math.min(1 - least, Math.max(least, probability));
  return Math.log(kept / (1 - kept));
}

/** Where nothing was learnt: of n equally good relations all are kept, whatever n is. */
export const DEFAULT_DECISION_RULE: DecisionRule = { share: 0.5 };

/**
 * How many are kept, from the first on.
 *
 * @param ranked most probable first
 * @param least  kept whatever the rule says, if there are as many: 1 for documents that are known to have a relation. Default 0
 */
export function keptCount(
  ranked: readonly Pick<CandidateRelation, "probability">[],
  { threshold = Number.POSITIVE_INFINITY, share = Number.POSITIVE_INFINITY, most = ranked.length }: DecisionBounds,
  { least = 0 }: { readonly least?: number } = {},
): number {
  const bar = Math.min(threshold, share * (ranked[0]?.probability ?? 0));
  const below = ranked.findIndex(({ probability }) => probability < bar);
  const reached = below < 0 ? ranked.length : below;
  return Math.min(ranked.length, Math.max(least, Math.min(most, reached)));
}

/** "threshold 0.08 or share 0.5, at most 4", for results. */
export function describeDecisionRule({ threshold, share, most }: DecisionBounds): string {
  const rounded = (value: number): string => String(Number(value.toPrecision(3)));
  const bounds = [
    ...(threshold === undefined ? [] : [`threshold ${rounded(threshold)}`]),
    ...(share === undefined ? [] : [`share ${rounded(share)}`]),
  ].join(" or ");
  return most === undefined ? bounds : `${bounds}, at most ${most}`;
}

/**
 * The decision rule, and how results name it.
 *
 * @param learnt    of a file or of the model's folder
 * @param threshold the caller's, of probabilities as they are written; takes the place of the learnt bounds, not of what a probability is and means
 * @param otherwise where neither says anything
 */
export function chooseRule<Otherwise extends DecisionRule | undefined>(
  learnt: DecisionRule | undefined,
  threshold: number | undefined,
  otherwise: Otherwise,
): { readonly rule: DecisionRule | Otherwise; readonly said: string } {
  const map = learnt?.calibration;
  if (threshold !== undefined) {
    const said = `${map === undefined ? "" : "calibrated "}${describeDecisionRule({ threshold })}`;
    return { rule: thresholdRule(threshold, learnt), said };
  }
  const rule = learnt ?? otherwise;
  if (rule === undefined) return { rule: otherwise, said: "" };
  return { rule, said: `${describeDecisionRule(rule)}${map === undefined ? "" : ", calibrated"}` };
}
