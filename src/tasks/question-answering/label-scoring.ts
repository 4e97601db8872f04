/** PubMedQA by label scoring: yes, no or maybe, each with its probability given question and context. */
import { YES_NO_MAYBE, type YesNoMaybe } from "../../corpora/tasks/pubmedqa.ts";
import {
  type LabelModel,
  type LabelScore,
  type LabelScorerOptions,
  type LabelScores,
  labelScorer,
} from "../label-scoring.ts";
import { inputOf } from "../task-file.ts";
import { type AnswerCalibration, calibratedShares } from "./answer-calibration.ts";
import { pubmedqa } from "./pubmedqa.ts";
import { answerTarget, shortenContext } from "./yes-no.ts";

export interface AnswerScorerOptions extends Partial<LabelScorerOptions> {
  /** What the likelihoods mean; see `answerCalibrationOf`. Default: they are probabilities as they are. */
  readonly calibration?: AnswerCalibration | undefined;
}

export interface AnswerScores extends LabelScores<YesNoMaybe> {
  /** Whether the probabilities are by a calibration. */
  readonly calibrated: boolean;
  /** The model reads this many last words of a context (input-unit.ts), and the context had more. */
  readonly contextWords?: number;
}

/**
 * @param model with a folder that says what it was trained to read; in mode "zero-shot" that means nothing
 * @returns a function from source (see `questionSource`) to the three answers, most probable first
 */
export function answerScorer(
  model: LabelModel,
  options: AnswerScorerOptions = {},
): (source: string) => Promise<AnswerScores> {
  const { calibration, ...scoring } = options;
  const targets = YES_NO_MAYBE.map((label) => ({ label, target: answerTarget(label) }));
  const score = labelScorer(model, targets, { maxSourceTokens: pubmedqa.recipes.paper.maxSourceTokens, ...scoring });
  const { contextWords } = options.mode === "zero-shot" ? {} : inputOf(model);
  return async (source) => {
    const read = contextWords === undefined ? source : shortenContext(source, contextWords);
    const scored = await score(read);
    return {
      ...scored,
      ...(calibration === undefined ? {} : { scores: recalibrated(scored.scores, calibration) }),
      calibrated: calibration !== undefined,
      ...(contextWords === undefined || read === source ? {} : { contextWords }),
    };
  };
}

function recalibrated(
  scores: readonly LabelScore<YesNoMaybe>[],
  calibration: AnswerCalibration,
): readonly LabelScore<YesNoMaybe>[] {
  const shares = calibratedShares(calibration, scores);
  return scores
    .map((score, at) => ({ ...score, probability: shares[at]! }))
    .sort((a, b) => b.probability - a.probability);
}
