/**
 * The classes of a tagger: `O` for words outside of names, and for each type `B-type` for a name's first word and `I-type` for its others.
 *
 * The scheme of Ramshaw and Marcus (1995) in its form IOB2. One softmax over all types, so that names do not overlap.
 */
import { BiogptError } from "../../base/errors.ts";

export const OUTSIDE = "O";

/** `O`, then `B-` and `I-` of each type in order: class 1 + 2 t begins type t, class 2 + 2 t continues it. */
export function tagClasses(types: readonly string[]): string[] {
  return [OUTSIDE, ...types.flatMap((type) => [`B-${type}`, `I-${type}`])];
}

export function beginsClass(type: number): number {
  return 1 + 2 * type;
}

/**
 * The types of a tagger's classes, whatever order they stand in.
 *
 * @throws BiogptError `tasks/tag-classes` where they are no scheme of `O`, `B-…` and `I-…`
 */
export function typesOfClasses(classes: readonly string[]): string[] {
  const types = classes.filter((name) => name.startsWith("B-")).map((name) => name.slice(2));
  const wanted = tagClasses(types);
  if (classes.length !== wanted.length || classes.some((name, i) => name !== wanted[i])) {
    throw new BiogptError("tasks/tag-classes", {
      what: `The tagger's classes are ${classes.slice(0, 8).join(", ")}${classes.length > 8 ? ", …" : ""}.`,
      why: "Names are found by the classes O, B-type and I-type, in this order for each type.",
      fix: "Use a model that `biogpt finetune entities` made.",
    });
  }
  return types;
}

/**
 * What each training label allows, as sets of classes: label c is class c; one more label for each set of types that some corpus annotates, for its
 * words outside of mentions. Such a word is no name of those types; what it is otherwise is not known.
 */
export interface LabelSets {
  readonly sets: readonly (readonly number[])[];
  /** The label of words outside of mentions in a corpus that annotates `annotated`. */
  outside(annotated: readonly string[]): number;
}

/** @param annotations  the types that each corpus annotates */
export function labelSets(types: readonly string[], annotations: readonly (readonly string[])[]): LabelSets {
  const sets: number[][] = tagClasses(types).map((_, i) => [i]);
  const labels = new Map<string, number>();
  const key = (annotated: readonly string[]): string => types.filter((type) => annotated.includes(type)).join();
  for (const annotated of annotations) {
    if (labels.has(key(annotated))) continue;
    const unknown = types.flatMap((type, i) => (annotated.includes(type) ? [] : [beginsClass(i), beginsClass(i) + 1]));
    if (unknown.length === 0) labels.set(key(annotated), 0);
    else {
      labels.set(key(annotated), sets.length);
      sets.push([0, ...unknown]);
    }
  }
  return { sets, outside: (annotated) => labels.get(key(annotated))! };
}
