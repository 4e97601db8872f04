/**
 * Whether probabilities mean what they say: expected calibration error, a map learnt on validation, and the curve of a threshold.
 *
 * Source   Guo et al., 2017, arXiv:1706.04599 (expected calibration error over bins of equal width); the map is isotonic
 *          regression by pooling adjacent violators (Zadrozny and Elkan, 2002), which keeps the order of the relations.
 */
import { type CalibrationMap, MOST_CALIBRATION_STEPS } from "../../tasks/calibration-map.ts";
import { f1Of, ratio } from "../scorers/counts.ts";

export interface Judged {
  /** In [0, 1]. */
  readonly probability: number;
  readonly correct: boolean;
}

export interface CalibrationBin {
  /** Probabilities in (low, high]; the first bin takes 0 as well. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Mean probability and share of right ones; 0 for an empty bin. */
  readonly probability: number;
  readonly accuracy: number;
}

export interface Calibration {
  /** Mean over relations of |accuracy - probability| of their bins. */
  readonly expectedError: number;
  readonly bins: readonly CalibrationBin[];
}

export function calibration(judged: readonly Judged[], bins = 10): Calibration {
  const sums = Array.from({ length: bins }, () => ({ count: 0, probability: 0, right: 0 }));
  for (const { probability, correct } of judged) {
    const bin = sums[Math.min(bins - 1, Math.max(0, Math.ceil(probability * bins) - 1))]!;
    bin.count++;
    bin.probability += probability;
    bin.right += Number(correct);
  }
  return {
    expectedError: ratio(
      sums.reduce((sum, { probability, right }) => sum + Math.abs(right - probability), 0),
      judged.length,
    ),
    bins: sums.map(({ count, probability, right }, at) => ({
      low: at / bins,
      high: (at + 1) / bins,
      count,
      probability: ratio(probability, count),
      accuracy: ratio(right, count),
    })),
  };
}

/** Statements of neighbouring probabilities that get one value. */
interface Pool {
  readonly from: number;
  readonly right: number;
  readonly count: number;
}

const joined = (a: Pool, b: Pool): Pool => ({ from: a.from, right: a.right + b.right, count: a.count + b.count });

/**
 * Learns, on validation, how often relations of each probability are right. Nothing to learn from gives a map without steps.
 *
 * @param mostSteps beyond these the neighbours that differ least, for how many they hold, become one. Default `MOST_CALIBRATION_STEPS`
 */
export function learnCalibration(
  judged: readonly Judged[],
  { mostSteps = MOST_CALIBRATION_STEPS }: { readonly mostSteps?: number } = {},
): CalibrationMap {
  const equal = new Map<number, Pool>();
  for (const { probability, correct } of judged) {
    const one = { from: probability, right: Number(correct), count: 1 };
    const pool = equal.get(probability);
    equal.set(probability, pool === undefined ? one : joined(pool, one));
  }
  const pools: Pool[] = [];
  for (let pool of [...equal.values()].sort((a, b) => a.from - b.from)) {
    for (
      let last = pools.at(-1);
      last !== undefined && last.right / last.count >= pool.right / pool.count;
      last = pools.at(-1)
    ) {
      pools.pop();
      pool = joined(last, pool);
    }
    pools.push(pool);
  }
  while (pools.length > mostSteps) joinNearest(pools);
  return { steps: pools.map(({ from, right, count }) => ({ from, value: right / count })) };
}

/** Joins the two neighbours whose joining adds least to the squared error. */
function joinNearest(pools: Pool[]): void {
  const cost = (a: Pool, b: Pool): number =>
    ((a.count * b.count) / (a.count + b.count)) * (a.right / a.count - b.right / b.count) ** 2;
  const costs = pools.slice(1).map((pool, at) => cost(pools[at]!, pool));
  const at = costs.indexOf(Math.min(...costs));
  pools.splice(at, 2, joined(pools[at]!, pools[at + 1]!));
}

export interface ThresholdPoint {
  /** Relations at or above it are kept. */
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly kept: number;
}

/**
 * Precision against recall as the threshold rises, one point for each distinct probability, lowest first.
 *
 * @param gold relations there are to find, found or not
 */
export function thresholdCurve(judged: readonly Judged[], gold: number): ThresholdPoint[] {
  const sorted = [...judged].sort((a, b) => b.probability - a.probability);
  const points: ThresholdPoint[] = [];
  let right = 0;
  for (const [at, { probability, correct }] of sorted.entries()) {
    right += Number(correct);
    if (sorted[at + 1]?.probability === probability) continue;
    const [precision, recall] = [right / (at + 1), ratio(right, gold)];
    points.push({ threshold: probability, precision, recall, f1: f1Of(precision, recall), kept: at + 1 });
  }
  return points.reverse();
}

/** The threshold of the highest F1, the lower one of equals; 0 where nothing was predicted. */
export function bestThreshold(curve: readonly ThresholdPoint[]): number {
  return (
    curve.reduce<ThresholdPoint | undefined>(
      (best, point) => (best === undefined || point.f1 > best.f1 ? point : best),
      undefined,
    )?.threshold ?? 0
  );
}
