/**
 * HoC and PubMedQA answered by label scoring, as one more decoding of `evaluate`; what their probabilities mean is learnt on validation.
 *
 * Goes through the same sentences and the same scorer as generated answers, so the rows compare.
 */
import { BiogptError } from "../base/errors.ts";
import type { ReportProgress } from "../base/progress.ts";
import type { YesNoMaybe } from "../corpora/tasks/pubmedqa.ts";
import type { TaskData } from "../tasks/build-examples.ts";
import type { Gold, GoldAnswer, GoldLabels, TaskExample } from "../tasks/example.ts";
import { hallmarkTarget } from "../tasks/hallmarks/hallmarks.ts";
import {
  chooseHallmarks,
  HALLMARK_TOLERANCE,
  type HallmarkScorerOptions,
  type HallmarkScores,
  type HallmarkThresholds,
  hallmarkScorer,
  labelStrings,
} from "../tasks/hallmarks/label-scoring.ts";
import type { LabelModel } from "../tasks/label-scoring.ts";
import { type AnswerCalibration, likelihoodOf } from "../tasks/question-answering/answer-calibration.ts";
import { answerScorer } from "../tasks/question-answering/label-scoring.ts";
import { answerTarget } from "../tasks/question-answering/yes-no.ts";
import { hallmarkThresholds } from "./calibration/hallmark-thresholds.ts";
import { learnAnswerCalibration } from "./calibration/learn-answer-calibration.ts";
import { eachExample, type Predict } from "./evaluate-task.ts";

/** Label strings rarer than this in training are not scored: a model has not learnt them, and each costs time. */
const LEAST_SEEN = 5;

export interface LabelPredictorOptions {
  /** HoC: what a hallmark's probability must reach. Default: the most probable label string is the answer. */
  readonly thresholds?: HallmarkThresholds | undefined;
  /** PubMedQA: what the likelihoods of the answers mean. Default: they are probabilities as they are. */
  readonly calibration?: AnswerCalibration | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @throws BiogptError `evaluation/option` for a task that has no labels to choose from */
export function labelPredictor(model: LabelModel, data: TaskData, options: LabelPredictorOptions = {}): Predict {
  const { thresholds, calibration, signal } = options;
  if (data.task === "pubmedqa") {
    const scorer = answerScorer(model, { calibration, signal });
    return async ({ source }) => {
      const { label, probability } = (await scorer(source)).scores[0]!;
      const text = answerTarget(label);
      return { text, statements: [{ text, probability }] };
    };
  }
  if (data.task === "hoc") {
    const scorer = scorerFor(model, data, { thresholds, tolerance: HALLMARK_TOLERANCE, signal });
    return async ({ source }) => {
      const scores = await scorer(source);
      const statements = scores.labels
        .filter(({ label }) => label !== "empty")
        .map(({ label, probability }) => ({ text: hallmarkTarget([label]), probability }));
      return { text: hallmarkTarget(chooseHallmarks(scores, thresholds)), statements };
    };
  }
  throw new BiogptError("evaluation/option", {
    what: `Label scoring means nothing for ${data.task}.`,
    why: "Its answers are no closed set.",
    fix: "Use greedy, beam or grounded.",
    kind: "usage",
  });
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

export interface LearnThresholdsOptions {
  /** Examples in work at once. Default 1. */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
}

/**
 * The thresholds of the highest micro F1 on validation (hallmark-thresholds.ts). They are only to be used on other examples than these.
 *
 * @throws BiogptError `evaluation/no-split` without validation examples
 */
export async function learnHallmarkThresholds(
  model: LabelModel,
  data: TaskData,
  options: LearnThresholdsOptions = {},
): Promise<Record<string, number>> {
  const valid = validationOf<GoldLabels>(data, "Import HoC again with --validation-share 0.1.");
  const scorer = scorerFor(model, data, { signal: options.signal });
  const scored = await eachExample(valid, ({ source }) => scorer(source), { ...options, activity: LEARNING });
  return hallmarkThresholds(
    scored,
    valid.map(({ gold }) => gold.labels),
  );
}

/**
 * What the likelihoods of PubMedQA's answers mean on validation (learn-answer-calibration.ts), for questions that are like these.
 *
 * @throws BiogptError `evaluation/no-split` without validation examples
 */
export async function learnCalibrationOfAnswers(
  model: LabelModel,
  data: TaskData,
  options: LearnThresholdsOptions = {},
): Promise<AnswerCalibration> {
  const valid = validationOf<GoldAnswer>(data, "Import PubMedQA from the folder that has ori_pqal.json.");
  const scorer = answerScorer(model, { signal: options.signal });
  const scored = await eachExample(valid, ({ source }) => scorer(source), { ...options, activity: LEARNING });
  return learnAnswerCalibration(
    scored.map(({ scores }, at) => ({
      logLikelihoods: Object.fromEntries(scores.map((score) => [score.label, likelihoodOf(score)])) as Record<
        YesNoMaybe,
        number
      >,
      answer: valid[at]!.gold.answer,
    })),
  );
}

const LEARNING = "learning thresholds";

function validationOf<G extends Gold>({ splits }: TaskData, fix: string): readonly TaskExample<G>[] {
  const valid = (splits.valid ?? []) as readonly TaskExample<G>[];
  if (valid.length > 0) return valid;
  throw new BiogptError("evaluation/no-split", {
    what: "There are no validation examples to learn thresholds from.",
    fix,
    kind: "usage",
  });
}
