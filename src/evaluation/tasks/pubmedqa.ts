/**
 * PubMedQA: accuracy, and macro F1 over yes, no and maybe.
 *
 * Source  scores: Luo et al., 2022, BioGPT, arXiv:2210.10341, tables 1 to 6 and 11; reproductions from microsoft/BioGPT issues 84, 90.
 * Units   percent
 */
import type { GoldAnswer, TaskExample } from "../../tasks/example.ts";
import { pubmedqa } from "../../tasks/question-answering/pubmedqa.ts";
import { answerTarget, parseAnswer } from "../../tasks/question-answering/yes-no.ts";
import type { EvaluatedTask } from "../evaluated-task.ts";
import { examineLabels } from "../report/examine-labels.ts";
import { resampled } from "../scorers/bootstrap.ts";
import { scoreAnswers } from "../scorers/classification.ts";
import { answerDecoding } from "./answer-decoding.ts";

export const evaluatedPubmedqa: EvaluatedTask = {
  task: pubmedqa,
  score(outputs) {
    const read = outputs.map(({ output }) => parseAnswer(output));
    const score = scoreAnswers(
      outputs.map(({ example }, at) => ({ predicted: read[at], gold: (example.gold as GoldAnswer).answer })),
    );
    return {
      scores: { precision: null, recall: null, accuracy: score.accuracy, macroF1: score.macroF1 },
      details: {
        correct: score.correct.filter(Boolean).length,
        byAnswer: Object.fromEntries(
          [...score.byAnswer].map(([answer, { precision, recall, f1 }]) => [answer, { precision, recall, f1 }]),
        ),
      },
      drawn: resampled(score.correct, (sample) => sample.filter(Boolean).length / sample.length),
      inventedArguments: null,
      read,
    };
  },
  mainScore: { name: "accuracy", label: "accuracy", of: ({ accuracy }) => accuracy },
  furtherScores: [{ name: "macro F1", label: "F1 (macro)", of: ({ macroF1 }) => macroF1 }],
  baselines: [{ name: "always-yes", predictor: () => () => answerTarget("yes") }],
  paper: {
    biogpt: { system: "BioGPT", accuracy: 78.2 },
    large: { system: "BioGPT-Large", accuracy: 81.0 },
    others: [
      { system: "PubMedBERT", accuracy: 55.8 },
      { system: "BioELECTRA", accuracy: 64.2 },
      { system: "BioLinkBERT base", accuracy: 70.2 },
      { system: "BioLinkBERT large", accuracy: 72.2 },
      { system: "BioGPT, reproduced by a user", accuracy: 78 },
    ],
  },
  examine: () =>
    examineLabels(
      ({ gold }: TaskExample) => [(gold as GoldAnswer).answer],
      (text) => [parseAnswer(text) ?? []].flat(),
    ),
  labels: answerDecoding,
};
