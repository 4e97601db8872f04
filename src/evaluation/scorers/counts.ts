/** True positives, false positives and false negatives, and the scores made of them. */

export interface Counts {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
}

export interface PrecisionRecall {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export function addCounts(all: Iterable<Counts>): Counts {
  let [truePositives, falsePositives, falseNegatives] = [0, 0, 0];
  for (const counts of all) {
    truePositives += counts.truePositives;
    falsePositives += counts.falsePositives;
    falseNegatives += counts.falseNegatives;
  }
  return { truePositives, falsePositives, falseNegatives };
}

/** Micro scores; each is 0 where its denominator is. */
export function scoresOf({ truePositives, falsePositives, falseNegatives }: Counts): PrecisionRecall {
  const precision = ratio(truePositives, truePositives + falsePositives);
  const recall = ratio(truePositives, truePositives + falseNegatives);
  return { precision, recall, f1: f1Of(precision, recall) };
}

/** Harmonic mean; 0 when both are. */
export function f1Of(precision: number, recall: number): number {
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}

export function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

export function mean(values: readonly number[]): number {
  return ratio(
    values.reduce((sum, value) => sum + value, 0),
    values.length,
  );
}

/** Compares two sets of keys. */
export function compareSets(predicted: ReadonlySet<string>, gold: ReadonlySet<string>): Counts {
  let truePositives = 0;
  for (const item of predicted) if (gold.has(item)) truePositives++;
  return {
    truePositives,
    falsePositives: predicted.size - truePositives,
    falseNegatives: gold.size - truePositives,
  };
}
