/** The small recipes: recipes.ts. */
export { SMALL_RECIPES, type SmallRecipe } from "./recipes.ts";
