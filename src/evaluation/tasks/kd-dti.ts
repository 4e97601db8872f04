/**
 * KD-DTI: the mean of the documents' F1 over triples, compared by wording.
 *
 * Source  scores: Luo et al., 2022, BioGPT, arXiv:2210.10341, tables 1 to 6 and 11; reproductions from microsoft/BioGPT issues 84, 90.
 * Units   percent; `f1` is the mean of the documents' F1, which the paper calls micro F1
 */
import { kdDti } from "../../tasks/relation-extraction/kd-dti.ts";
import type { EvaluatedTask } from "../evaluated-task.ts";
import { published } from "../scorers/published.ts";
import { evaluatedRelations, F1_BY_DOCUMENT, MICRO_F1 } from "./relation-task.ts";

export const evaluatedKdDti: EvaluatedTask = {
  ...evaluatedRelations(kdDti),
  mainScore: F1_BY_DOCUMENT,
  furtherScores: [MICRO_F1],
  paper: {
    biogpt: published("BioGPT", 40.0, 39.72, 38.42),
    large: { system: "BioGPT-Large", f1: 38.39 },
    others: [
      published("Transformer + PubMedBERT-attention", 25.35, 24.14, 24.19),
      published("GPT-2", 30.53, 27.87, 28.45),
      published("REBEL", 32.36, 29.58, 30.39),
      published("REBEL-pt", 35.73, 32.61, 33.32),
      published("BioGPT, tagged form", 38.21, 40.21, 37.32),
      published("BioGPT, svo form", 37.95, 37.77, 36.57),
      published("BioGPT, is-of form", 39.37, 39.11, 37.77),
      published("BioGPT, rel-is form (ablation table)", 38.93, 40.7, 38.38),
      published('BioGPT, prompt "we have that"', 38.55, 38.37, 36.95),
      published('BioGPT, prompt "in conclusion,"', 39.03, 39.45, 37.76),
      published('BioGPT, prompt "we can conclude that"', 39.56, 39.88, 38.16),
      published("BioGPT, 1 learned token", 39.5, 39.71, 38.06),
      published("BioGPT, 5 learned tokens", 39.57, 39.63, 38.09),
      published("BioGPT, 13 learned tokens", 39.48, 39.17, 38.6),
      published("BioGPT, 17 learned tokens", 39.82, 39.6, 38.28),
      { system: "BioGPT, reproduced by a user", f1: 14.44 },
    ],
  },
};
