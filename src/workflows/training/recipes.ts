/** The recipes of tasks as settings of a fine-tuning run. */
import { TASKS } from "../../tasks/registry.ts";
import type { SmallRecipe, TaskRecipe } from "../../tasks/task.ts";
import type { GivenFineTuningSettings } from "../../training/settings/tables.ts";

/** Factor from AdamW's rate to Muon's. */
const MATRIX_RATE = 3;

/** Whose recipes: the paper's, or ours for small models. */
export type RecipeFamily = "paper" | "small";

/** The recipes of a family, by task: what `finetune bc5cdr` takes, and of the paper's `--config bc5cdr`. */
export function recipesOf(family: RecipeFamily): Readonly<Record<string, GivenFineTuningSettings>> {
  return Object.fromEntries(
    TASKS.map(({ name, recipes }) => [
      name,
      family === "paper" ? paperSettings(recipes.paper) : smallSettings(recipes.small),
    ]),
  );
}

function paperSettings(recipe: TaskRecipe): GivenFineTuningSettings {
  return {
    method: "full",
    loss: "all",
    tooLong: "truncate",
    learningRate: recipe.peakLearningRate,
    schedule: "inverse-sqrt",
    warmup: recipe.warmupUpdates,
    ...("epochs" in recipe.length ? { epochs: recipe.length.epochs } : { steps: recipe.length.updates }),
    maxSource: recipe.maxSourceTokens,
    prompt: recipe.learnedPrompt,
    tokenBudget: recipe.batchTokens,
    accumulate: recipe.accumulation,
    average: recipe.averageLast === 1 ? 0 : recipe.averageLast,
    dropout: 0.1,
    attentionDropout: 0.1,
  };
}

function smallSettings({ peakLearningRate, updates, accumulation, ...recipe }: SmallRecipe): GivenFineTuningSettings {
  return {
    ...{ method: "full", loss: "target", tooLong: "truncate", optimizer: "muon", decay: "matrices" },
    ...{ learningRate: peakLearningRate, matrixLearningRate: MATRIX_RATE * peakLearningRate },
    ...{ schedule: "linear", warmup: 10, finalShare: 0.05, steps: updates, weightDecay: 0.05, clip: 1 },
    ...{ maxSource: recipe.maxSourceTokens, prompt: recipe.learnedPrompt, tokenBudget: 2048, accumulate: accumulation },
    ...{ dropout: 0, attentionDropout: 0 },
    ...(recipe.unit === undefined ? {} : { unit: recipe.unit }),
    ...(recipe.contextWords === undefined ? {} : { contextWords: recipe.contextWords }),
  };
}
