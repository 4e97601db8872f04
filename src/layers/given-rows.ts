/**
 * Embedding rows in place of ids: what an encoder made of a molecule, a protein or an image stands in a prompt like tokens.
 *
 *     out[n] = isGiven[n] ? given[n] : embedded[n]
 *
 * Shapes   embedded and out (N, C) · isGiven (N, 1) or (1, 1) bool · given (N, C) or (1, C): a step without such rows feeds one row of each
 */
import { shapeError, type Tensor } from "../graph/graph.ts";

/** Declares the inputs `isGiven` and `given`, and puts the given rows in their places. */
export function withGivenRows(embedded: Tensor): Tensor {
  const { graph, shape, dtype } = embedded;
  const [, C] = shape;
  if (shape.length !== 2 || typeof C !== "number")
    throw shapeError("withGivenRows", `(${shape.join(", ")}) is not rows of a known width`);
  const isGiven = graph.input("isGiven", "bool", ["givenRows", 1]);
  const given = graph.input("given", dtype, ["givenRows", C]);
  return graph.node("Where", [isGiven, given, embedded], { outputs: [embedded] })[0]!;
}
