import { expect, test } from "vitest";
import type { HallmarkScores } from "../../tasks/hallmarks/label-scoring.ts";
import { hallmarkThresholds } from "./hallmark-thresholds.ts";

const scoresOf = (labels: Record<string, number>): HallmarkScores => ({
  ...{ mode: "fine-tuned", best: ["empty"], probability: 1, sourceCut: false },
  labels: Object.entries(labels).map(([label, probability]) => ({ label, probability })),
});
const label = "resisting cell death";

test("where labels are clear, each gets the threshold that parts right from wrong", () => {
  const scored = [0.9, 0.6, 0.3, 0.1].map((probability) => scoresOf({ [label]: probability }));
  const thresholds = hallmarkThresholds(scored, [[label], [label], ["empty"], ["empty"]]);
  expect(thresholds[label]).toBe(0.6);
  expect(thresholds["inducing angiogenesis"]).toBeGreaterThan(1); // never right: never given
});

test("a label that costs more right sentences without any than it gains is given later than its own F1 would have it", () => {
  // By itself the label has its best F1 at 0.2: 3 of 7 right. Each wrong one there takes an "empty" away too.
  const probabilities = [0.9, 0.2, 0.2, 0.3, 0.3, 0.3, 0.3, 0.1, 0.1];
  const gold = [[label], [label], [label], ...Array.from({ length: 6 }, () => ["empty"])];
  const scored = probabilities.map((probability) => scoresOf({ [label]: probability }));
  expect(hallmarkThresholds(scored, gold)[label]).toBe(0.9);
});
