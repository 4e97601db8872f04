/**
 * The paper's fine-tuning recipe for each task, as numbers.
 *
 * Source  the training scripts of microsoft/BioGPT (PubMedQA's from its history): Adam (0.9, 0.98), eps 1e-8, decoupled weight
 *         decay 0.01 on every parameter, no clipping, inverse square root schedule from 1e-7, dropout 0.1; loss over source,
 *         prompt and target alike.
 */
import type { TaskName } from "./example.ts";

export interface TaskRecipe {
  readonly peakLearningRate: number;
  /** Updates of linear warm-up. */
  readonly warmupUpdates: number;
  /** Either a number of epochs or of updates. */
  readonly length: { readonly epochs: number } | { readonly updates: number };
  /** Most source tokens, `</s>` not counted. */
  readonly maxSourceTokens: number;
  /** Learned prompt tokens between source and target. */
  readonly learnedPrompt: number;
  /** Tokens of a micro-batch as fairseq counts them: longest example × examples, prompt not counted. */
  readonly batchTokens: number;
  /** Micro-batches of an update. */
  readonly accumulation: number;
  /** Checkpoints of the last epochs whose mean is used; 1 takes the last. */
  readonly averageLast: number;
}

const RELATIONS = {
  maxSourceTokens: 640,
  learnedPrompt: 9,
  batchTokens: 1024,
  accumulation: 32,
  averageLast: 5,
} as const;

export const TASK_RECIPES: Readonly<Record<TaskName, TaskRecipe>> = {
  bc5cdr: { ...RELATIONS, peakLearningRate: 1e-5, warmupUpdates: 100, length: { epochs: 100 } },
  ddi: { ...RELATIONS, peakLearningRate: 1e-4, warmupUpdates: 500, length: { epochs: 100 } },
  "kd-dti": { ...RELATIONS, peakLearningRate: 1e-5, warmupUpdates: 1000, length: { epochs: 30 } },
  hoc: {
    ...RELATIONS,
    peakLearningRate: 1e-5,
    warmupUpdates: 1000,
    length: { updates: 20_000 },
    maxSourceTokens: 900,
    learnedPrompt: 1,
    averageLast: 1,
  },
  pubmedqa: { ...RELATIONS, peakLearningRate: 1e-5, warmupUpdates: 100, length: { epochs: 100 }, maxSourceTokens: 900 },
};
