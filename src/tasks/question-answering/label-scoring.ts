/** PubMedQA by label scoring: yes, no or maybe, each with its probability given question and context. */
import { YES_NO_MAYBE, type YesNoMaybe } from "../../corpora/tasks/pubmedqa.ts";
import { type LabelModel, type LabelScorerOptions, type LabelScores, labelScorer } from "../label-scoring.ts";
import { TASK_RECIPES } from "../recipes.ts";
import { answerTarget } from "./yes-no.ts";

export type AnswerScorerOptions = Partial<LabelScorerOptions>;

/** @returns a function from source (see `questionSource`) to the three answers, most probable first */
export function answerScorer(
  model: LabelModel,
  options: AnswerScorerOptions = {},
): (source: string) => Promise<LabelScores<YesNoMaybe>> {
  const targets = YES_NO_MAYBE.map((label) => ({ label, target: answerTarget(label) }));
  return labelScorer(model, targets, { maxSourceTokens: TASK_RECIPES.pubmedqa.maxSourceTokens, ...options });
}
