/** Recipes as settings of a fine-tuning run, and which settings have an effect beside which others. */
import { BiogptError } from "../../base/errors.ts";
import { TASK_RECIPES, type TaskRecipe } from "../../tasks/recipes.ts";
import { SMALL_RECIPES, type SmallRecipe } from "../../tasks/small-recipes.ts";

/** Factor from AdamW's rate to Muon's. */
const MATRIX_RATE = 3;

/** Whose recipes: the paper's, or ours for small models. */
export type RecipeFamily = "paper" | "small";

/** The paper's recipe of each task: `finetune bc5cdr` or `--config bc5cdr`. */
export const RECIPES: Readonly<Record<string, object>> = Object.fromEntries(
  Object.entries(TASK_RECIPES).map(([task, recipe]) => [task, settingsOf(recipe)]),
);

/** The recipes of a family, by task. */
export const RECIPES_OF: Readonly<Record<RecipeFamily, Readonly<Record<string, object>>>> = {
  paper: RECIPES,
  small: Object.fromEntries(Object.entries(SMALL_RECIPES).map(([task, recipe]) => [task, smallSettings(recipe)])),
};

function settingsOf(recipe: TaskRecipe): object {
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

function smallSettings({ peakLearningRate, updates, accumulation, ...recipe }: SmallRecipe): object {
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

/** What must hold for a setting to be read at all, and what to add so that it is. */
const READ_WHEN: readonly (readonly [
  names: readonly string[],
  read: (settings: Readonly<Record<string, unknown>>) => boolean,
  remedy: string,
])[] = [
  [["rank", "alpha", "targets"], ({ method }) => method === "lora", "--method lora"],
  [["frozenMaps"], ({ method }) => method !== "full", "--method lora"],
  [["matrixLearningRate"], ({ optimizer }) => optimizer === "muon", "--optimizer muon"],
  [["finalShare"], ({ schedule }) => schedule === "linear" || schedule === "cosine", "--schedule cosine"],
  [["epochs"], ({ steps }) => steps === undefined, "no --steps"],
];

/**
 * An option that nothing reads is a mistake of the caller's, not a thing to pass over.
 *
 * @param settings as they will be used
 * @param given    the options among them
 * @throws BiogptError `cli/usage`
 */
export function expectEffect(settings: object, given: Readonly<Record<string, unknown>>): void {
  for (const [names, read, remedy] of READ_WHEN) {
    const unread = names.filter((name) => given[name] !== undefined);
    if (unread.length === 0 || read(settings as Readonly<Record<string, unknown>>)) continue;
    throw new BiogptError("cli/usage", {
      what: `${unread.map(optionOf).join(" and ")} ${unread.length === 1 ? "has" : "have"} no effect with these settings.`,
      fix: `Give ${remedy}, or leave it out.`,
      kind: "usage",
    });
  }
}

function optionOf(setting: string): string {
  return `--${setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
