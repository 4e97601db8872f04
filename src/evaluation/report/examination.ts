/** Answers taken apart: which statements are right, and of which kind the errors are. */
import type { Passage } from "../../corpora/document.ts";
import { type CalibrationMap, calibrated } from "../../tasks/calibration-map.ts";
import type { PassageSpan } from "../../tasks/relation-extraction/content.ts";
import type { Judged } from "../calibration/calibration.ts";

/**
 * - `missed`    in the gold, not in the answer
 * - `relation`  the pair is right, its label another
 * - `swapped`   the arguments stand in the other order, which the official scorer counts as wrong
 * - `invented`  an argument that stands nowhere in the source
 * - `spurious`  both arguments are in the source, the gold does not have the pair; or a label that is not in the gold
 * - `unread`    nothing could be read in the answer although the gold has something
 */
export type ErrorKind = "missed" | "relation" | "swapped" | "invented" | "spurious" | "unread";
export const ERROR_KINDS: readonly ErrorKind[] = ["missed", "relation", "swapped", "invented", "spurious", "unread"];

export interface ExaminedStatement {
  readonly kind: "right" | ErrorKind;
  readonly text: string;
  /** Of the model, calibrated where there is a map; absent for what it did not say, and where nothing gave probabilities. */
  readonly probability?: number;
  /** Places of the arguments in the source; empty for labels. */
  readonly heads: readonly PassageSpan[];
  readonly tails: readonly PassageSpan[];
}

export interface ExaminedExample {
  readonly id: string;
  readonly passages: readonly Passage[];
  readonly output: string;
  readonly statements: readonly ExaminedStatement[];
}

export interface Examination {
  readonly examples: readonly ExaminedExample[];
  readonly counts: Readonly<Record<"right" | ErrorKind, number>>;
  /** Everything that had a probability; empty where nothing had. Calibrated where there is a map. */
  readonly judged: readonly Judged[];
  /** The same with the model's own probabilities; undefined without a map. */
  readonly rawJudged: readonly Judged[] | undefined;
  /** Relations, labels or answers in the gold, each once. */
  readonly gold: number;
}

/** What was found out of each answer, put together. @param map shows the model's probabilities as what they mean */
export function together(examined: readonly Examined[], map: CalibrationMap | undefined): Examination {
  const shown = <T extends { readonly probability?: number }>(item: T): T =>
    map === undefined || item.probability === undefined
      ? item
      : { ...item, probability: calibrated(map, item.probability) };
  const counts = Object.fromEntries(["right", ...ERROR_KINDS].map((kind) => [kind, 0])) as Record<string, number>;
  for (const { statements } of examined) for (const { kind } of statements) counts[kind]!++;
  const raw = examined.flatMap(({ judged }) => judged);
  return {
    examples: examined.map(({ judged: _, gold: __, ...example }) => ({
      ...example,
      statements: example.statements.map(shown),
    })),
    counts: counts as Examination["counts"],
    judged: raw.map(shown),
    rawJudged: map === undefined ? undefined : raw,
    gold: examined.reduce((sum, { gold }) => sum + gold, 0),
  };
}

/** One answer taken apart. */
export interface Examined extends ExaminedExample {
  readonly judged: readonly Judged[];
  readonly gold: number;
}
