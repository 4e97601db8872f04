/** Scores of descriptions in lines of fixed width, for a terminal: the run and its nearest neighbours in every variant. */
import { countOf } from "../../base/count-of.ts";
import type { DescriptionReport } from "../described/evaluate-descriptions.ts";
import type { EntityScore } from "../scorers/text/named-phrases.ts";
import type { DescriptionScores } from "../scorers/text/score-descriptions.ts";

/** Columns of every table of descriptions. */
export const SCORE_COLUMNS: readonly (readonly [label: string, of: keyof DescriptionScores])[] = [
  ["BLEU-2", "bleu2"],
  ["BLEU-4", "bleu4"],
  ["ROUGE-1", "rouge1"],
  ["ROUGE-2", "rouge2"],
  ["ROUGE-L", "rougeL"],
  ["METEOR", "meteor"],
];

const LABEL_WIDTH = 24;

function cells(scores: DescriptionScores, entities: EntityScore): string {
  const shares = [...SCORE_COLUMNS.map(([, of]) => scores[of]), entities.f1];
  return shares.map((share) => (100 * share).toFixed(2).padStart(9)).join("");
}

export function descriptionTable({
  task,
  pairs,
  ...report
}: DescriptionReport & { readonly model?: string }): string[] {
  const { metrics, nearest, entities, confidence, skipped, model } = report;
  const lines = [
    `${task}${model === undefined ? "" : `, ${model}`}: ${countOf(pairs, "pair")}, in percent`,
    "".padEnd(LABEL_WIDTH) +
      [...SCORE_COLUMNS.map(([label]) => label), "named F1"].map((label) => label.padStart(9)).join(""),
  ];
  for (const [variant, scores] of Object.entries(metrics)) {
    lines.push(`  variant ${variant}`.padEnd(LABEL_WIDTH) + cells(scores, entities));
    const copied = nearest?.metrics[variant as "A"];
    if (copied !== undefined)
      lines.push("    nearest neighbour".padEnd(LABEL_WIDTH) + cells(copied, nearest!.entities));
  }
  const points = (share: number): string => (100 * share).toFixed(2);
  for (const [variant, interval] of Object.entries(confidence)) {
    if (interval === null) continue;
    const gain = nearest?.gain[variant as "A"];
    const than =
      gain === undefined
        ? ""
        : `; ${points(gain.bleu4)} points above the nearest neighbour${gain.confidence === null ? "" : ` (${points(gain.confidence.low)} to ${points(gain.confidence.high)})`}`;
    const level = Math.round(100 * interval.level);
    lines.push(
      `  BLEU-4 in ${variant}: ${level} % interval ${points(interval.low)} to ${points(interval.high)}${than}`,
    );
  }
  if (nearest !== null) {
    const { known, similarity, sameInput } = nearest;
    lines.push(
      `  nearest neighbours: of ${countOf(known, "record")}, similarity ${similarity.toFixed(3)}; ${sameInput} inputs are among them`,
    );
  }
  return [...lines, ...skipped.map((reason) => `  left out: ${reason}`)];
}
