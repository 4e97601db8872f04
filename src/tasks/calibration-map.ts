/**
 * From a model's probability to the share of right ones: a step function learnt on validation (evaluation/calibration.ts), applied here.
 *
 * It never falls, so the order of statements stays; what one step holds becomes equal.
 */

/** `calibrated(p)` is the value of the last step at or below p, the first one's below that. */
export interface CalibrationMap {
  /** `from` and `value` in [0, 1], both rising. */
  readonly steps: readonly { readonly from: number; readonly value: number }[];
}

/** Most steps of a map that is learnt or read: more would follow single statements. */
export const MOST_CALIBRATION_STEPS = 100;

/** @returns the calibrated probability; the probability itself when the map has no steps */
export function calibrated({ steps }: CalibrationMap, probability: number): number {
  if (steps.length === 0) return probability;
  let value = steps[0]!.value;
  for (const step of steps) {
    if (step.from > probability) break;
    value = step.value;
  }
  return value;
}

/**
 * The least probability whose calibrated one reaches `least`, so that p ≥ this wherever `calibrated(map, p)` ≥ `least`, and nowhere else.
 *
 * @returns in [0, 1]; infinite where none does
 */
export function leastReaching({ steps }: CalibrationMap, least: number): number {
  if (steps.length === 0) return least;
  const at = steps.findIndex(({ value }) => value >= least);
  return at < 0 ? Number.POSITIVE_INFINITY : at === 0 ? 0 : steps[at]!.from;
}
