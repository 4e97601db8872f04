/** Molecules as the matrices that the graph convolution multiplies by; several are one graph of parts that are not joined. */
import type { MolecularGraph } from "../../molecules/molecular-graph.ts";
import { type GinConfig, LOOP } from "./tensor-names.ts";

export interface GraphMatrices {
  /** N: atoms of all, and rows of padding behind them. */
  readonly rows: number;
  /** (N) */
  readonly atomTypes: BigInt64Array;
  readonly chiralities: BigInt64Array;
  /** (N, N), row-major */
  readonly neighbours: Float32Array;
  /** (N, bond types) and (N, bond directions) */
  readonly bondTypes: Float32Array;
  readonly bondDirections: Float32Array;
}

/** @param rows N; default and least: the atoms of all. Rows of padding see only themselves. */
export function graphMatrices(
  graphs: readonly MolecularGraph[],
  { bondTypes: T, bondDirections: D }: Pick<GinConfig, "bondTypes" | "bondDirections">,
  rows: number = graphs.reduce((sum, { atomTypes }) => sum + atomTypes.length, 0),
): GraphMatrices {
  const matrices: GraphMatrices = {
    rows,
    atomTypes: new BigInt64Array(rows),
    chiralities: new BigInt64Array(rows),
    neighbours: new Float32Array(rows * rows),
    bondTypes: new Float32Array(rows * T),
    bondDirections: new Float32Array(rows * D),
  };
  const join = (to: number, from: number, type: number, direction: number): void => {
    matrices.neighbours[to * rows + from]!++;
    matrices.bondTypes[to * T + type]!++;
    matrices.bondDirections[to * D + direction]!++;
  };
  for (let row = 0; row < rows; row++) join(row, row, LOOP, 0);
  let first = 0;
  for (const graph of graphs) {
    for (const [i, type] of graph.atomTypes.entries()) {
      matrices.atomTypes[first + i] = BigInt(type);
      matrices.chiralities[first + i] = BigInt(graph.chiralities[i]!);
    }
    for (const [i, begin] of graph.bondBegins.entries()) {
      const [a, b] = [first + begin, first + graph.bondEnds[i]!];
      const [type, direction] = [graph.bondTypes[i]!, graph.bondDirections[i]!];
      join(a, b, type, direction);
      join(b, a, type, direction);
    }
    first += graph.atomTypes.length;
  }
  return matrices;
}
