/** Rows as a batch of sequences whose sizes come with each run: (B * T, width) and back. */
import type { Graph, Tensor } from "../graph/graph.ts";
import { reshapeTo } from "../graph/operators.ts";

export interface BatchShapes {
  /** The int64 vector (B, T). */
  readonly sizes: Tensor;
  /** Rows (N, product of the sizes) as (B, T, sizes...). */
  inBatch(rows: Tensor, ...sizes: readonly number[]): Tensor;
}

/** @param ids (B, T), named "batch" and "time": whose shape the rows have */
export function batchShapes(graph: Graph, ids: Tensor): BatchShapes {
  const [sizes] = graph.node("Shape", [ids], { outputs: [{ dtype: "int64", shape: [2] }] });
  const shapes = new Map<string, Tensor>();
  /** The int64 vector (B, T, sizes...), computed once for each. */
  const shapeFor = (...rest: readonly number[]): Tensor => {
    const key = rest.join();
    let shape = shapes.get(key);
    if (shape === undefined) {
      [shape] = graph.node("Concat", [sizes, graph.constant("int64", [rest.length], rest)], {
        outputs: [{ dtype: "int64", shape: [2 + rest.length] }],
        attributes: { axis: 0 },
      });
      shapes.set(key, shape!);
    }
    return shape!;
  };
  return {
    sizes: sizes!,
    inBatch: (rows, ...rest) => reshapeTo(rows, shapeFor(...rest), ["batch", "time", ...rest]),
  };
}
