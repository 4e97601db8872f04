/**
 * Published scores, as data: what our own stand beside.
 *
 * Source  Luo et al., 2022, BioGPT, arXiv:2210.10341, tables 1 to 6 and 11; reproductions from microsoft/BioGPT issues 84, 90.
 * Units   percent, as printed. `f1` of KD-DTI and DDI is the mean of the documents' F1, of BC5CDR and HoC a micro F1 (HoC's
 *         counts the class "empty").
 */
import type { TaskName } from "../../tasks/example.ts";

export interface PublishedScore {
  readonly system: string;
  readonly precision?: number;
  readonly recall?: number;
  readonly f1?: number;
  readonly accuracy?: number;
}

export interface PaperScores {
  /** BioGPT (347 M) in the setting that the recipes reproduce. */
  readonly biogpt: PublishedScore;
  readonly large: PublishedScore;
  readonly others: readonly PublishedScore[];
}

const row = (system: string, precision: number, recall: number, f1: number): PublishedScore => ({
  system,
  precision,
  recall,
  f1,
});

export const PAPER_SCORES: Readonly<Record<TaskName, PaperScores>> = {
  bc5cdr: {
    biogpt: row("BioGPT", 49.44, 41.28, 44.98),
    large: { system: "BioGPT-Large", f1: 50.12 },
    others: [
      row("GLRE (gold entities in training, found ones in test)", 34.82, 18.29, 23.99),
      row("GLRE (found entities in both)", 23.0, 4.88, 8.05),
      row("GPT-2", 43.92, 32.55, 37.39),
      row("REBEL", 34.28, 39.49, 36.7),
      row("REBEL-pt", 40.94, 21.2, 27.94),
      row("seq2rel (train + valid)", 43.5, 37.5, 40.2),
      row("BioGPT (train + valid)", 49.52, 43.25, 46.17),
      { system: "BioGPT, tagged form", f1: 42.85 },
    ],
  },
  "kd-dti": {
    biogpt: row("BioGPT", 40.0, 39.72, 38.42),
    large: { system: "BioGPT-Large", f1: 38.39 },
    others: [
      row("Transformer + PubMedBERT-attention", 25.35, 24.14, 24.19),
      row("GPT-2", 30.53, 27.87, 28.45),
      row("REBEL", 32.36, 29.58, 30.39),
      row("REBEL-pt", 35.73, 32.61, 33.32),
      row("BioGPT, tagged form", 38.21, 40.21, 37.32),
      row("BioGPT, svo form", 37.95, 37.77, 36.57),
      row("BioGPT, is-of form", 39.37, 39.11, 37.77),
      row("BioGPT, rel-is form (ablation table)", 38.93, 40.7, 38.38),
      row('BioGPT, prompt "we have that"', 38.55, 38.37, 36.95),
      row('BioGPT, prompt "in conclusion,"', 39.03, 39.45, 37.76),
      row('BioGPT, prompt "we can conclude that"', 39.56, 39.88, 38.16),
      row("BioGPT, 1 learned token", 39.5, 39.71, 38.06),
      row("BioGPT, 5 learned tokens", 39.57, 39.63, 38.09),
      row("BioGPT, 13 learned tokens", 39.48, 39.17, 38.6),
      row("BioGPT, 17 learned tokens", 39.82, 39.6, 38.28),
      { system: "BioGPT, reproduced by a user", f1: 14.44 },
    ],
  },
  ddi: {
    biogpt: row("BioGPT", 41.7, 44.75, 40.76),
    large: { system: "BioGPT-Large", f1: 44.89 },
    others: [
      row("GPT-2", 23.39, 31.93, 24.68),
      row("REBEL", 35.36, 28.64, 28.27),
      row("REBEL-pt", 46.59, 39.6, 40.56),
      { system: "BioGPT, tagged form", f1: 38.6 },
      { system: "BioGPT, reproduced by a user", f1: 15.64 },
    ],
  },
  hoc: {
    biogpt: { system: "BioGPT", f1: 85.12 },
    large: { system: "BioGPT-Large", f1: 84.4 },
    others: [
      { system: "BioBERT", f1: 81.54 },
      { system: "PubMedBERT", f1: 82.32 },
      { system: "PubMedBERT large", f1: 82.7 },
      { system: "BioLinkBERT-base", f1: 84.35 },
      { system: "GPT-2", f1: 81.84 },
      { system: "BioGPT, reproduced by a user", f1: 85.31 },
    ],
  },
  pubmedqa: {
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
};
