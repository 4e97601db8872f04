/** How much better a system is than the best that needs no model, on the same documents, and whether that may be chance. */

import type { TaskEvaluation } from "../evaluated-task.ts";
import { mainScore } from "../registry.ts";
import type { BootstrapOptions, ConfidenceInterval } from "./bootstrap.ts";
import { interval } from "./bootstrap.ts";

export interface AboveTrivial {
  /** The strongest of those given: "always-yes". */
  readonly system: string;
  /** Its score, 0 to 1, by the task's own measure. */
  readonly score: number;
  /** What the other is above it; negative where it is below. */
  readonly gain: number;
  /** Of the gain, each draw being of the same documents for both; null without draws. */
  readonly confidence: ConfidenceInterval | null;
}

/** "3.40 points above always-yes (55.20), with 95 % confidence 0.60 to 6.40". */
export function gainText({ system, score, gain, confidence }: AboveTrivial): string {
  const points = (share: number): string => (100 * share).toFixed(2);
  const range =
    confidence === null
      ? ""
      : `, with ${Math.round(100 * confidence.level)} % confidence ${points(confidence.low)} to ${points(confidence.high)}`;
  return `${points(gain)} points above ${system} (${points(score)})${range}`;
}

/**
 * @param trivials evaluations of trivial systems on the same examples, strongest first among equals
 * @returns null where there is none
 */
export function aboveTrivial(
  evaluation: TaskEvaluation,
  trivials: readonly TaskEvaluation[],
  options: BootstrapOptions = {},
): AboveTrivial | null {
  const score = ({ report }: TaskEvaluation): number => mainScore(report).value;
  const [first, ...others] = trivials;
  if (first === undefined) return null;
  const best = others.reduce((strongest, one) => (score(one) > score(strongest) ? one : strongest), first);
  return {
    system: best.report.decoding,
    score: score(best),
    gain: score(evaluation) - score(best),
    confidence: interval(evaluation.drawn, { ...options, than: best.drawn }) ?? null,
  };
}
