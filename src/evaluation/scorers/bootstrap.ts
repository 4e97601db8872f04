/**
 * Confidence intervals by the percentile bootstrap: documents are drawn with replacement, the score is taken of each draw.
 *
 * Of two systems on the same documents the difference has its own interval, each draw being of the same documents for both: what makes
 * a document hard for either is then no part of it.
 *
 * Source   Efron and Tibshirani, 1993, chapter 13; for two systems Koehn, 2004 (paired bootstrap). Seeded, so a report can be repeated to
 *          the last digit.
 */
import { Random } from "../../base/random.ts";

export interface BootstrapOptions {
  /** Draws. Default 1000; 0 gives no interval. */
  readonly draws?: number;
  /** Default 1. */
  readonly seed?: number;
  /** Share of draws inside the interval. Default 0.95. */
  readonly level?: number;
}

export interface ConfidenceInterval {
  readonly low: number;
  readonly high: number;
  readonly level: number;
  readonly draws: number;
  readonly seed: number;
}

/** @returns undefined for no units or no draws */
export function bootstrap<T>(
  units: readonly T[],
  score: (sample: readonly T[]) => number,
  { draws = 1000, seed = 1, level = 0.95 }: BootstrapOptions = {},
): ConfidenceInterval | undefined {
  if (units.length === 0 || draws === 0) return undefined;
  const random = new Random(seed);
  const sample = new Array<T>(units.length);
  const scores = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw++) {
    for (let at = 0; at < sample.length; at++) sample[at] = units[random.integer(units.length)]!;
    scores[draw] = score(sample);
  }
  scores.sort();
  return { low: quantile(scores, (1 - level) / 2), high: quantile(scores, (1 + level) / 2), level, draws, seed };
}

/** A score as a function of which documents are drawn. */
export interface Resampled {
  /** Documents, or what else is drawn. */
  readonly count: number;
  /** Of documents by their places, 0 to count - 1, with repetitions. */
  readonly score: (drawn: readonly number[]) => number;
}

/** @param units what each document adds to the score */
export function resampled<T>(units: readonly T[], score: (sample: readonly T[]) => number): Resampled {
  return { count: units.length, score: (drawn) => score(drawn.map((at) => units[at]!)) };
}

/** Of a score, or of how much `than` it is higher on the same documents. @returns undefined for no documents or no draws */
export function interval(
  ours: Resampled,
  { than, ...options }: BootstrapOptions & { readonly than?: Resampled } = {},
): ConfidenceInterval | undefined {
  if (than !== undefined && than.count !== ours.count)
    throw new RangeError(`interval: ${ours.count} documents, but ${than.count} of the other system`);
  const places = Array.from({ length: ours.count }, (_, at) => at);
  return bootstrap(places, (drawn) => ours.score(drawn) - (than?.score(drawn) ?? 0), options);
}

/** Between neighbours by straight line, as numpy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const [low, high] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  return low + (place - below) * (high - low);
}
