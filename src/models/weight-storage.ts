/** Where a graph's weights come from and in which form: what a family asks for while it writes one. */
import type { DataType } from "../graph/data-type.ts";
import type { WeightFormat } from "../layers/linear.ts";

/** The name of matrices stored as one, their rows one below the other. */
export function joinedName(names: readonly string[]): string {
  return names.join("+");
}

/** The names that `joinedName` was made of: the name itself where it was not. */
export function joinedParts(name: string): readonly string[] {
  return name.split("+");
}

/** How each weight is stored, by our name; matrices of linear layers may be quantised, the rest is some float type. */
export interface WeightStorage {
  /** Of linear layers, the head's included where it is not the token embedding itself. */
  linear(name: string): WeightFormat;
  /** Of embeddings, norms and biases. */
  dense(name: string): DataType;
  /** Whether maps over the same rows are stored as one matrix where the graph can use it, under `joinedName` of their names. */
  readonly joins: boolean;
  /** Whether the head multiplies by the token embedding's own bytes; false where it has a copy, quantised for example. */
  readonly sharesHead: boolean;
}
