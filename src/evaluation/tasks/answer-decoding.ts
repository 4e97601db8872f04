/** PubMedQA's answers by likelihood; what the likelihoods mean is learnt on validation, by setting of the question. */
import type { YesNoMaybe } from "../../corpora/tasks/pubmedqa.ts";
import type { TaskData } from "../../tasks/build-examples.ts";
import type { GoldAnswer } from "../../tasks/example.ts";
import type { LabelModel } from "../../tasks/label-scoring.ts";
import {
  type AnswerCalibration,
  answerCalibrationOf,
  likelihoodOf,
  readAnswerCalibration,
} from "../../tasks/question-answering/answer-calibration.ts";
import { answerScorer } from "../../tasks/question-answering/label-scoring.ts";
import { answerTarget, type QuestionSetting } from "../../tasks/question-answering/yes-no.ts";
import { learnAnswerCalibration } from "../calibration/learn-answer-calibration.ts";
import { eachExample } from "../each-example.ts";
import type { LabelDecoding, LearnOptions, LearntLabels, Predict } from "../evaluated-task.ts";
import { LEARNING, validationOf } from "./validation.ts";

/** @param calibration what the likelihoods of the answers mean. Default: they are probabilities as they are */
export function answerPredictor(
  model: LabelModel,
  {
    calibration,
    signal,
  }: { readonly calibration?: AnswerCalibration | undefined; readonly signal?: AbortSignal | undefined } = {},
): Predict {
  const scorer = answerScorer(model, { calibration, signal });
  return async ({ source }) => {
    const { label, probability } = (await scorer(source)).scores[0]!;
    const text = answerTarget(label);
    return { text, statements: [{ text, probability }] };
  };
}

/**
 * What the likelihoods of PubMedQA's answers mean on validation (learn-answer-calibration.ts), for questions that are like these.
 *
 * @throws BiogptError `evaluation/no-split` without validation examples
 */
export async function learnCalibrationOfAnswers(
  model: LabelModel,
  data: TaskData,
  options: LearnOptions = {},
): Promise<AnswerCalibration> {
  const valid = validationOf<GoldAnswer>(data);
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

const learnt = (calibration: AnswerCalibration): LearntLabels => ({
  said: "calibrated",
  predictor: (model, _, options) => answerPredictor(model, { ...options, calibration }),
});

const settingOf = ({ questionSetting }: TaskData): QuestionSetting => questionSetting ?? "reasoning-required";

export const answerDecoding: LabelDecoding = {
  concurrency: 8,
  candidatesTogether: false, // contexts are long, answers three
  own: "answer has an offset",
  plain: { said: "", predictor: (model, _, options) => answerPredictor(model, options) },
  ofFile: (path, data) => learnt(readAnswerCalibration(path, settingOf(data))),
  ofModel(model, data) {
    const calibration = answerCalibrationOf(model, settingOf(data)); // as `biogpt answer` has it
    return calibration === undefined ? undefined : learnt(calibration);
  },
  async learn(model, data, options) {
    const calibration = await learnCalibrationOfAnswers(model, data, options);
    return { ...learnt(calibration), learnt: { calibration: { [settingOf(data)]: calibration } } };
  },
};
