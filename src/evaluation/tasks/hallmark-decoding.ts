/** HoC's labels by likelihood: the strings that training holds are scored; a hallmark's threshold is learnt on validation. */
import type { TaskData } from "../../tasks/build-examples.ts";
import type { GoldLabels } from "../../tasks/example.ts";
import { hallmarkTarget } from "../../tasks/hallmarks/hallmarks.ts";
import {
  chooseHallmarks,
  HALLMARK_TOLERANCE,
  type HallmarkScorerOptions,
  type HallmarkScores,
  type HallmarkThresholds,
  hallmarkScorer,
  labelStrings,
} from "../../tasks/hallmarks/label-scoring.ts";
import { readThresholds } from "../../tasks/hallmarks/thresholds.ts";
import type { LabelModel } from "../../tasks/label-scoring.ts";
import { hallmarkThresholds } from "../calibration/hallmark-thresholds.ts";
import { eachExample } from "../each-example.ts";
import type { LabelDecoding, LearnOptions, LearntLabels, Predict } from "../evaluated-task.ts";
import { LEARNING, validationOf } from "./validation.ts";

/** Label strings rarer than this in training are not scored: a model has not learnt them, and each costs time. */
const LEAST_SEEN = 5;

/** @param thresholds what a hallmark's probability must reach. Default: the most probable label string is the answer */
export function hallmarkPredictor(
  model: LabelModel,
  data: TaskData,
  {
    thresholds,
    signal,
  }: { readonly thresholds?: HallmarkThresholds | undefined; readonly signal?: AbortSignal | undefined } = {},
): Predict {
  const scorer = scorerFor(model, data, { thresholds, tolerance: HALLMARK_TOLERANCE, signal });
  return async ({ source }) => {
    const scores = await scorer(source);
    const statements = scores.labels
      .filter(({ label }) => label !== "empty")
      .map(({ label, probability }) => ({ text: hallmarkTarget([label]), probability }));
    return { text: hallmarkTarget(chooseHallmarks(scores, thresholds)), statements };
  };
}

function scorerFor(
  model: LabelModel,
  data: TaskData,
  options: Pick<HallmarkScorerOptions, "thresholds" | "tolerance" | "signal">,
): (source: string) => Promise<HallmarkScores> {
  const { train } = data.splits;
  const tuned = model.tokenizer.learnedIds.length > 0;
  return hallmarkScorer(model, {
    ...options,
    ...(tuned && train !== undefined ? { strings: labelStrings(train, LEAST_SEEN) } : {}),
  });
}

/**
 * The thresholds of the highest micro F1 on validation (hallmark-thresholds.ts). They are only to be used on other examples than these.
 *
 * @throws BiogptError `evaluation/no-split` without validation examples
 */
export async function learnHallmarkThresholds(
  model: LabelModel,
  data: TaskData,
  options: LearnOptions = {},
): Promise<Record<string, number>> {
  const valid = validationOf<GoldLabels>(data);
  const scorer = scorerFor(model, data, { signal: options.signal });
  const scored = await eachExample(valid, ({ source }) => scorer(source), { ...options, activity: LEARNING });
  return hallmarkThresholds(
    scored,
    valid.map(({ gold }) => gold.labels),
  );
}

const learnt = (thresholds: HallmarkThresholds): LearntLabels => ({
  said: "thresholds",
  predictor: (model, data, options) => hallmarkPredictor(model, data, { ...options, thresholds }),
});

export const hallmarkDecoding: LabelDecoding = {
  concurrency: 16, // sentences are short
  candidatesTogether: true,
  own: "hallmark has a threshold",
  plain: { said: "", predictor: hallmarkPredictor },
  ofFile: (path) => learnt(readThresholds(path)),
  ofModel: () => undefined, // asked for by --thresholds alone: a folder's are of its own validation part
  async learn(model, data, options) {
    const thresholds = await learnHallmarkThresholds(model, data, options);
    return { ...learnt(thresholds), learnt: { thresholds } };
  },
};
