/**
 * Fine-tuning recipes by task, as numbers: the paper's, and ours for small models. Each stands in its task's record.
 *
 * Paper  the training scripts of microsoft/BioGPT (PubMedQA's from its history): Adam (0.9, 0.98), eps 1e-8, decoupled weight
 *        decay 0.01 on every parameter, no clipping, inverse square root schedule from 1e-7, dropout 0.1; loss over source,
 *        prompt and target alike.
 * Small  for models of a few million parameters, such as biogpt-mini, which the paper's would ruin or keep busy for days. What differs,
 *        each measured in docs/experiments.md: no dropout (a narrow model pretrained without it never recovers); Muon for the blocks'
 *        maps; only the target counts in the loss; a few dozen updates with a linear decay; relations in random order, so that any of
 *        them may be a document's first (what ranked decoding needs); DDI read sentence by sentence, as its corpus is annotated; and of
 *        a question's context the last words alone, which tell what was found.
 */
import { TASKS } from "./registry.ts";
import type { TaskRecipe } from "./task.ts";

export type { SmallRecipe, TaskRecipe } from "./task.ts";

export const TASK_RECIPES: Readonly<Record<string, TaskRecipe>> = Object.fromEntries(
  TASKS.map(({ name, recipes }) => [name, recipes.paper]),
);
