/** PubMedQA by label scoring: yes, no or maybe, each with its probability given question and context. */
import { YES_NO_MAYBE, type YesNoMaybe } from "../../corpora/tasks/pubmedqa.ts";
import { type LabelModel, type LabelScorerOptions, type LabelScores, labelScorer } from "../label-scoring.ts";
import { readingOf } from "../reading.ts";
import { TASK_RECIPES } from "../recipes.ts";
import { answerTarget, shortenContext } from "./yes-no.ts";

export type AnswerScorerOptions = Partial<LabelScorerOptions>;

export interface AnswerScores extends LabelScores<YesNoMaybe> {
  /** The model reads this many last words of a context (reading.ts), and the context had more. */
  readonly contextWords?: number;
}

/**
 * @param model with a folder that says what it was trained to read; in mode "zero-shot" that means nothing
 * @returns a function from source (see `questionSource`) to the three answers, most probable first
 */
export function answerScorer(
  model: LabelModel & { readonly folder?: string | undefined },
  options: AnswerScorerOptions = {},
): (source: string) => Promise<AnswerScores> {
  const targets = YES_NO_MAYBE.map((label) => ({ label, target: answerTarget(label) }));
  const score = labelScorer(model, targets, { maxSourceTokens: TASK_RECIPES.pubmedqa.maxSourceTokens, ...options });
  const { contextWords } = options.mode === "zero-shot" ? {} : readingOf(model);
  if (contextWords === undefined) return score;
  return async (source) => {
    const read = shortenContext(source, contextWords);
    return { ...(await score(read)), ...(read === source ? {} : { contextWords }) };
  };
}
