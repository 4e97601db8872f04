/**
 * BC5CDR: micro F1 over pairs of MeSH ids.
 *
 * Source  scores: Luo et al., 2022, BioGPT, arXiv:2210.10341, tables 1 to 6 and 11; reproductions from microsoft/BioGPT issues 84, 90.
 * Units   percent; `f1` is a micro F1
 */
import { bc5cdr } from "../../tasks/relation-extraction/bc5cdr.ts";
import type { EvaluatedTask } from "../evaluated-task.ts";
import { published } from "../scorers/published.ts";
import { evaluatedRelations } from "./relation-task.ts";

export const evaluatedBc5cdr: EvaluatedTask = {
  ...evaluatedRelations(bc5cdr),
  lookups: ["published", "lossless"],
  mainScore: { name: "micro F1", label: "F1 (micro)", of: ({ f1 }) => f1 },
  furtherScores: [],
  paper: {
    biogpt: published("BioGPT", 49.44, 41.28, 44.98),
    large: { system: "BioGPT-Large", f1: 50.12 },
    others: [
      published("GLRE (gold entities in training, found ones in test)", 34.82, 18.29, 23.99),
      published("GLRE (found entities in both)", 23.0, 4.88, 8.05),
      published("GPT-2", 43.92, 32.55, 37.39),
      published("REBEL", 34.28, 39.49, 36.7),
      published("REBEL-pt", 40.94, 21.2, 27.94),
      published("seq2rel (train + valid)", 43.5, 37.5, 40.2),
      published("BioGPT (train + valid)", 49.52, 43.25, 46.17),
      { system: "BioGPT, tagged form", f1: 42.85 },
    ],
  },
};
