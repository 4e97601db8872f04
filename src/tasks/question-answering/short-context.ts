/**
 * Yes, no or maybe from a context of a few sentences. Such a text is a conclusion, so the model is asked with it as one; and its own words of denial,
 * doubt and difference count beside the model's likelihoods, as much as was learnt:
 *
 *     p(answer) is proportional to exp(scale · log-likelihood + offset + stated, where the text states this answer)
 *
 * A model fine-tuned on abstracts says "no" to nearly every short text: what it takes for a sign of "no" there is that a text has no more to say.
 */
import type { YesNoMaybe } from "../../corpora/tasks/pubmedqa.ts";
import { type LabelModel, type LabelScore, softmax } from "../label-scoring.ts";
import { likelihoodOf } from "./answer-calibration.ts";
import type { ShortContextCalibration } from "./calibration-schema.ts";
import { type AnswerScores, answerScorer } from "./label-scoring.ts";
import { statedAnswer } from "./stated-answer.ts";
import { questionSource } from "./yes-no.ts";

/** Most words of a short context where nothing else is learnt: fewer than any of PubMedQA's contexts has, which are abstracts. */
export const SHORT_CONTEXT_WORDS = 45;

export function isShort(context: string, words: number = SHORT_CONTEXT_WORDS): boolean {
  return (context.match(/\S+/gu) ?? []).length <= words;
}

export interface ShortContextScores extends AnswerScores {
  /** What the text's words say; undefined where they do not tell. */
  readonly stated: YesNoMaybe | undefined;
}

/**
 * @param calibration what the two voices mean; without it the likelihoods are as they are, and the words are read and not counted
 * @returns a function from question and context to the three answers, most probable first
 */
export function shortContextScorer(
  model: LabelModel,
  {
    calibration,
    signal,
  }: { readonly calibration?: ShortContextCalibration | undefined; readonly signal?: AbortSignal | undefined } = {},
): (question: string, context: string) => Promise<ShortContextScores> {
  const scorer = answerScorer(model, { mode: "fine-tuned", signal });
  return async (question, context) => {
    const scored = await scorer(questionSource({ question, context, conclusion: context }));
    const stated = statedAnswer(question, context);
    if (calibration === undefined) return { ...scored, stated };
    const shares = shortContextShares(calibration, scored.scores, stated);
    const scores = scored.scores
      .map((score, at) => ({ ...score, probability: shares[at]! }))
      .sort((a, b) => b.probability - a.probability);
    return { ...scored, scores, calibrated: true, stated };
  };
}

/** @returns probabilities in the order of the answers; they sum to 1 */
export function shortContextShares(
  { scales, offsets, stated: gains }: Omit<ShortContextCalibration, "words">,
  answers: readonly Pick<LabelScore<YesNoMaybe>, "label" | "logLikelihood" | "prior">[],
  stated: YesNoMaybe | undefined,
): number[] {
  return softmax(
    answers.map(
      (answer) =>
        scales[answer.label] * likelihoodOf(answer) +
        offsets[answer.label] +
        (answer.label === stated ? gains[stated] : 0),
    ),
  );
}
