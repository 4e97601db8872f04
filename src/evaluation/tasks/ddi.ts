/**
 * DDI: the mean of the documents' F1 over triples, compared by wording.
 *
 * Source  scores: Luo et al., 2022, BioGPT, arXiv:2210.10341, tables 1 to 6 and 11; reproductions from microsoft/BioGPT issues 84, 90.
 * Units   percent; `f1` is the mean of the documents' F1, which the paper calls micro F1
 */
import { ddi } from "../../tasks/relation-extraction/ddi.ts";
import type { EvaluatedTask } from "../evaluated-task.ts";
import { published } from "../scorers/published.ts";
import { evaluatedRelations, F1_BY_DOCUMENT, MICRO_F1 } from "./relation-task.ts";

export const evaluatedDdi: EvaluatedTask = {
  ...evaluatedRelations(ddi),
  mainScore: F1_BY_DOCUMENT,
  furtherScores: [MICRO_F1],
  paper: {
    biogpt: published("BioGPT", 41.7, 44.75, 40.76),
    large: { system: "BioGPT-Large", f1: 44.89 },
    others: [
      published("GPT-2", 23.39, 31.93, 24.68),
      published("REBEL", 35.36, 28.64, 28.27),
      published("REBEL-pt", 46.59, 39.6, 40.56),
      { system: "BioGPT, tagged form", f1: 38.6 },
      { system: "BioGPT, reproduced by a user", f1: 15.64 },
    ],
  },
};
