/** What the relation tasks' records share: order, decodings, recipes, and how a form is told to people. */
import type { BuildOptions, Decoding, SmallRecipe, Task, TaskRecipe } from "../task.ts";
import { distantRelations } from "./distant-relations.ts";
import type { RelationOrder } from "./examples.ts";
import { type RelationScheme, schemeTemplate } from "./schemes.ts";

/** Of the paper's recipes for relations; rates, warm-up and epochs differ from task to task. */
export const PAPER_RELATIONS: Pick<
  TaskRecipe,
  "maxSourceTokens" | "learnedPrompt" | "batchTokens" | "accumulation" | "averageLast"
> = {
  maxSourceTokens: 640,
  learnedPrompt: 9,
  batchTokens: 1024,
  accumulation: 32,
  averageLast: 5,
};

/** Of our recipes for relations; updates and repeats differ from task to task. */
export const SMALL_RELATIONS: Omit<SmallRecipe, "updates"> = {
  peakLearningRate: 0.001,
  accumulation: 4,
  maxSourceTokens: 640,
  learnedPrompt: 9,
};

const DECODINGS: readonly Decoding[] = ["greedy", "beam", "grounded", "ranked"];

/** The part of a relation task's record that follows from its scheme. */
export function relationTask(
  scheme: RelationScheme,
): Pick<Task, "items" | "scheme" | "parse" | "distant" | "decodings" | "reproduction"> {
  return {
    items: "relations",
    scheme,
    parse: (output, { template }) =>
      (template === undefined ? scheme.template : schemeTemplate(scheme, template)).parse(output),
    distant: distantRelations(scheme),
    decodings: DECODINGS,
    reproduction: { decodings: ["greedy", "grounded", "ranked"] },
  };
}

/** The order in which a file's relations are written; "random" shuffles afterwards, and train alone. */
export function fileOrder({ order = "parity" }: BuildOptions): RelationOrder {
  return order === "random" ? "parity" : order;
}

/** @param more such as a format other than the usual */
export function settingText(
  template: string,
  { order = "parity", repeats = 1, seed = 1 }: BuildOptions,
  more: string | undefined,
): string {
  const random = order === "random" ? [`${repeats} times`, `seed ${seed}`] : [];
  const said = order === "parity" ? [] : [`order ${order}`, ...random];
  return [template, ...said, ...(more === undefined ? [] : [more])].join(", ");
}
