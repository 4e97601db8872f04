/**
 * Our recipes for models of a few million parameters, such as biogpt-mini, which the paper's would ruin or keep busy for days.
 *
 * What differs, each measured in docs/experiments.md: no dropout (a narrow model pretrained without it never recovers); Muon for the
 * blocks' maps; only the target counts in the loss; a few dozen updates with a linear decay; relations in random order, so that any of
 * them may be a document's first (what ranked decoding needs); DDI read sentence by sentence, as its corpus is annotated; and of a
 * question's context the last words alone, which tell what was found.
 */
import type { TaskName } from "./example.ts";
import type { ReadingUnit } from "./reading.ts";

export interface SmallRecipe {
  /** Peak of AdamW, for tables, biases and norms; Muon's for the blocks' maps is three times that. */
  readonly peakLearningRate: number;
  readonly updates: number;
  /** Micro-batches of 2,048 tokens in an update. */
  readonly accumulation: number;
  readonly maxSourceTokens: number;
  readonly learnedPrompt: number;
  /** Relations: how often each training document is there, each time in another order. */
  readonly repeats?: number;
  readonly unit?: ReadingUnit;
  /** Questions: last words of a context that are read. */
  readonly contextWords?: number;
}

const RELATIONS = { peakLearningRate: 0.001, accumulation: 4, maxSourceTokens: 640, learnedPrompt: 9 } as const;

export const SMALL_RECIPES: Readonly<Record<TaskName, SmallRecipe>> = {
  bc5cdr: { ...RELATIONS, updates: 160, repeats: 8 },
  ddi: { ...RELATIONS, updates: 320, accumulation: 2, repeats: 3, unit: "sentence" },
  "kd-dti": { ...RELATIONS, updates: 90, repeats: 4 },
  hoc: { peakLearningRate: 0.0007, updates: 280, accumulation: 2, maxSourceTokens: 900, learnedPrompt: 1 },
  pubmedqa: {
    ...{ peakLearningRate: 0.0005, updates: 60, accumulation: 4, maxSourceTokens: 900, learnedPrompt: 9 },
    contextWords: 110,
  },
};
