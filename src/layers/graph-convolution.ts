/**
 * Sums over the neighbours of a graph's nodes, with features on the edges: the aggregation of a graph isomorphism network (GIN).
 *
 *     out[v] = h[v] + self + sum over edges {u, v} of (h[u] + edge(u, v)),     an edge's feature being a sum of rows of small tables
 *
 * Written as matrices, since molecules are small: out = neighbours h + sum over tables of counts table, where neighbours holds the identity too and
 * counts says how often each row of a table stands at a node's edges, its own loop among them. Nothing is gathered or scattered, the gradient is
 * that of products, and a batch of molecules is one graph of parts that are not joined.
 *
 * Shapes   N nodes · C width · R rows of a table
 * Source   arXiv:1810.00826, equation 4.1 with epsilon 0; edges as in arXiv:1905.12265, appendix A
 */
import { shapeError, type Tensor } from "../graph/graph.ts";
import { add, matmul } from "../graph/operators.ts";

/** How often each row of a table stands at the edges of each node. */
export interface EdgeFeature {
  /** (N, R) */
  readonly counts: Tensor;
  /** (R, C) */
  readonly table: Tensor;
}

/**
 * @param h          (N, C)
 * @param neighbours (N, N): how many edges go from the column's node to the row's, the node itself counted once
 */
export function sumNeighbours(h: Tensor, neighbours: Tensor, features: readonly EdgeFeature[]): Tensor {
  if (neighbours.shape.length !== 2 || neighbours.shape[1] !== h.shape[0])
    throw shapeError(
      "sumNeighbours",
      `(${neighbours.shape.join(", ")}) does not join the rows of (${h.shape.join(", ")})`,
    );
  return features.reduce((sum, { counts, table }) => add(sum, matmul(counts, table)), matmul(neighbours, h));
}
