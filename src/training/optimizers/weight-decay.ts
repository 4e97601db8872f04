/** Which parameters weight decay shrinks. */
import type { ParameterInfo } from "../step/trainable-model.ts";

/**
 * @param decay all, as in fairseq's recipes, or only those with two axes
 * @returns whether the parameter of a name decays
 */
export function decayRule(
  { parameters }: { readonly parameters: readonly ParameterInfo[] },
  decay: "all" | "matrices",
): (name: string) => boolean {
  const vectors = new Set(parameters.flatMap(({ name, shape }) => (shape.length < 2 ? name : [])));
  return (name) => decay === "all" || !vectors.has(name);
}
