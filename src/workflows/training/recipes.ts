/** The recipes of tasks as settings of a fine-tuning run. */
import { TASK_RECIPES, type TaskRecipe } from "../../tasks/recipes.ts";
import { SMALL_RECIPES, type SmallRecipe } from "../../tasks/small-recipes.ts";
import type { GivenFineTuningSettings } from "../../training/settings/tables.ts";

/** Factor from AdamW's rate to Muon's. */
const MATRIX_RATE = 3;

/** The recipe nearest to relations of the user's own: labelled ones, of short texts. */
export const RECIPE_OF_OWN_RELATIONS = "ddi";

/** Whose recipes: the paper's, or ours for small models. */
export type RecipeFamily = "paper" | "small";

/** The paper's recipe of each task: `finetune bc5cdr` or `--config bc5cdr`. */
export const RECIPES: Readonly<Record<string, GivenFineTuningSettings>> = Object.fromEntries(
  Object.entries(TASK_RECIPES).map(([task, recipe]) => [task, settingsOf(recipe)]),
);

/** The recipes of a family, by task. */
export const RECIPES_OF: Readonly<Record<RecipeFamily, Readonly<Record<string, GivenFineTuningSettings>>>> = {
  paper: RECIPES,
  small: Object.fromEntries(Object.entries(SMALL_RECIPES).map(([task, recipe]) => [task, smallSettings(recipe)])),
};

function settingsOf(recipe: TaskRecipe): GivenFineTuningSettings {
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
