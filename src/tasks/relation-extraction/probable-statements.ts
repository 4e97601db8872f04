/**
 * Single statements with their probabilities, and which of a document's are kept: by a rule that was learnt on validation, or given.
 *
 * Ranked decoding searches such statements (ranked.ts); an answer that was written as one text is cut into them.
 */
import { type CalibrationMap, leastReaching } from "../calibration-map.ts";
import { comparisonKey } from "./anchor.ts";
import type { RelationScheme } from "./schemes.ts";
import type { RelationTriple } from "./templates.ts";

export interface ProbableStatement extends RelationTriple {
  /** Ranked: among all statements that the source allows; written: of its tokens, given what was written before. In (0, 1]. */
  readonly probability: number;
}

/** The same for two writings of one statement; undefined for one that names the same thing twice. */
export function statementKey(
  { head, tail, relation }: RelationTriple,
  { symmetric }: RelationScheme,
): string | undefined {
  const names = [comparisonKey(head), comparisonKey(tail)];
  if (names[0] === names[1]) return undefined;
  return JSON.stringify([relation, ...(symmetric ? names.sort() : names)]);
}

/**
 * The statements of a document's sentences as the document's: each once, as probable as where it is most probable.
 *
 * @returns most probable first
 */
export function pooledStatements(
  sentences: readonly (readonly ProbableStatement[])[],
  scheme: RelationScheme,
): ProbableStatement[] {
  const pooled = new Map<string, ProbableStatement>();
  for (const statement of sentences.flat()) {
    const key = statementKey(statement, scheme);
    if (key !== undefined && statement.probability > (pooled.get(key)?.probability ?? -1)) pooled.set(key, statement);
  }
  return [...pooled.values()].sort((a, b) => b.probability - a.probability);
}

/** Which of a document's statements are kept: those that reach either bound. A bound that is left out keeps none. */
export interface KeepRule {
  /** Probability, in [0, 1]. */
  readonly threshold?: number | undefined;
  /** Probability divided by that of the document's best statement, in [0, 1]. */
  readonly share?: number | undefined;
  /** Most kept, at least 1. Default: all. */
  readonly most?: number | undefined;
}

/** What was learnt on validation: what is kept, by raw probability, and what such a probability means. */
export interface DecisionRule extends KeepRule {
  /** To the share of right ones. Default: none, probabilities are raw. */
  readonly calibration?: CalibrationMap | undefined;
}

/** The same by its older name. */
export type LearntRule = DecisionRule;

/** The rule of a threshold that a user reads off written probabilities: of calibrated ones, where there is a map. */
export function thresholdRule(threshold: number, calibration: CalibrationMap | undefined): LearntRule {
  if (calibration === undefined) return { threshold };
  return { threshold: leastReaching(calibration, threshold), calibration };
}

/** Where nothing was learnt: of n equally good relations all are kept, whatever n is. */
export const DEFAULT_KEEP_RULE: LearntRule = { share: 0.5 };

/**
 * How many are kept, from the first on.
 *
 * @param ranked most probable first
 * @param least  kept whatever the rule says, if there are as many: 1 for documents that are known to have a relation. Default 0
 */
export function keptCount(
  ranked: readonly Pick<ProbableStatement, "probability">[],
  { threshold = Number.POSITIVE_INFINITY, share = Number.POSITIVE_INFINITY, most = ranked.length }: KeepRule,
  { least = 0 }: { readonly least?: number } = {},
): number {
  const bar = Math.min(threshold, share * (ranked[0]?.probability ?? 0));
  const below = ranked.findIndex(({ probability }) => probability < bar);
  const reached = below < 0 ? ranked.length : below;
  return Math.min(ranked.length, Math.max(least, Math.min(most, reached)));
}

/** "threshold 0.08 or share 0.5, at most 4", for results. */
export function describeKeepRule({ threshold, share, most }: KeepRule): string {
  const rounded = (value: number): string => String(Number(value.toPrecision(3)));
  const bounds = [
    ...(threshold === undefined ? [] : [`threshold ${rounded(threshold)}`]),
    ...(share === undefined ? [] : [`share ${rounded(share)}`]),
  ].join(" or ");
  return most === undefined ? bounds : `${bounds}, at most ${most}`;
}
