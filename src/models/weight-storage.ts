/** Where a graph's weights come from and in which form: what a family asks for while it writes one. */
import type { DataType } from "../graph/data-type.ts";
import type { WeightFormat } from "../layers/linear.ts";

/** How each weight is stored, by our name; matrices of linear layers may be quantised, the rest is some float type. */
export interface WeightStorage {
  /** Of linear layers, the head's included where it is not the token embedding itself. */
  linear(name: string): WeightFormat;
  /** Of embeddings, norms and biases. */
  dense(name: string): DataType;
  /** Whether the head multiplies by the token embedding's own bytes; false where it has a copy, quantised for example. */
  readonly sharesHead: boolean;
}
