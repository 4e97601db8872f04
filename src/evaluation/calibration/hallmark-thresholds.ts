/**
 * Thresholds of the hallmarks, learnt on validation for the measure that is reported: HoC's micro F1 over sentences, "empty" included.
 *
 *     each hallmark's own best F1  ─▶  one hallmark after another: its threshold of the highest micro F1, the others held  ─▶  … until none moves
 *
 * A hallmark's own F1 is a beginning only: it does not see that a wrong label also takes a right "empty" away, which most sentences are.
 */
import { HOC_LABELS } from "../../corpora/tasks/hoc-labels.ts";
import { chooseHallmarks, type HallmarkScores } from "../../tasks/hallmarks/label-scoring.ts";
import { addCounts, compareSets, scoresOf } from "../scorers/counts.ts";
import { bestThreshold, thresholdCurve } from "./calibration.ts";
import { distinctQuantiles } from "./quantiles.ts";

/** A threshold that no probability reaches. */
const NEVER = 1.5;
/** Values tried of each threshold: those of validation where they are fewer, else as many quantiles of them. */
const MOST_TRIED = 60;
/** Rounds over the hallmarks; three are usually enough for none to move. */
const MOST_ROUNDS = 6;

const HALLMARKS = HOC_LABELS.filter((label) => label !== "empty");

/** @param gold labels of each scored sentence, `["empty"]` for none */
export function hallmarkThresholds(
  scored: readonly HallmarkScores[],
  gold: readonly (readonly string[])[],
): Record<string, number> {
  const probabilities = new Map(HALLMARKS.map((label) => [label, scored.map((one) => probabilityOf(one, label))]));
  const thresholds: Record<string, number> = Object.fromEntries(
    [...probabilities].map(([label, values]) => [label, ownBest(values, gold, label)]),
  );
  const score = (): number => microF1(scored, gold, thresholds);
  let best = score();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const before = best;
    for (const [label, values] of probabilities) {
      let chosen = thresholds[label]!;
      for (const tried of [...distinctQuantiles(values, MOST_TRIED), NEVER]) {
        thresholds[label] = tried;
        const value = score();
        if (value > best) [best, chosen] = [value, tried];
      }
      thresholds[label] = chosen;
    }
    if (best === before) break;
  }
  return thresholds;
}

function probabilityOf({ labels }: HallmarkScores, label: string): number {
  return labels.find((entry) => entry.label === label)?.probability ?? 0;
}

function ownBest(values: readonly number[], gold: readonly (readonly string[])[], label: string): number {
  const judged = values.map((probability, at) => ({ probability, correct: gold[at]!.includes(label) }));
  const right = judged.filter(({ correct }) => correct).length;
  return right === 0 ? NEVER : bestThreshold(thresholdCurve(judged, right));
}

function microF1(
  scored: readonly HallmarkScores[],
  gold: readonly (readonly string[])[],
  thresholds: Readonly<Record<string, number>>,
): number {
  const counts = scored.map((one, at) => compareSets(new Set(chooseHallmarks(one, thresholds)), new Set(gold[at])));
  return scoresOf(addCounts(counts)).f1;
}
