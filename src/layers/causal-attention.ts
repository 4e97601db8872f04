/**
 * Causal attention of whole sequences of any length, for graphs that encode: no cache comes in, none goes out.
 *
 * Queries are taken in pieces; a piece sees only the keys up to its own end, so nearly half of the scores are never computed. Plain products and
 * softmaxes take a quarter of the time of ONNX Runtime's GroupQueryAttention on processors (docs/experiments.md, "Attention of whole texts").
 *
 * Sequences of a batch are padded at the right, where causality hides the padding from what is real.
 *
 * Shapes   B batch · T tokens · H heads, G of keys and values · D head width · N = B * T rows, batch-major; B and T come with each run
 */
import type { Dimension, Graph, Tensor } from "../graph/graph.ts";
import { add, concat, matmul, reshape, scale, transpose } from "../graph/operators.ts";
import { attentionWeights } from "./attention-weights.ts";
import { batchShapes } from "./batch-shape.ts";
import type { CacheShape } from "./cached-attention.ts";

/** query and result (N, H*D), key and value (N, G*D) */
export type Attend = (query: Tensor, key: Tensor, value: Tensor) => Tensor;

/** Of the queries; with n the share (n + 1) / 2n of the scores is computed. More of them are smaller, slower products. */
const PIECES = 6;
/** Added where a query may not look. */
const HIDDEN = -1e9;

/** Which queries a piece has, and what they see. */
interface Piece {
  /** The queries are [start, end), the keys [0, end); int64 vectors of one element. */
  readonly start: Tensor;
  readonly end: Tensor;
  /** (rows, keys): 0 where a query may look. */
  readonly mask: Tensor;
  readonly rows: Dimension;
  readonly keys: Dimension;
}

/**
 * @param ids  (B, T) int64: whose shape the rows have
 */
export function causalAttention(
  graph: Graph,
  { heads: H, keyValueHeads: G, headWidth: D }: Omit<CacheShape, "layers">,
  ids: Tensor,
): Attend {
  const { sizes, inBatch } = batchShapes(graph, ids);
  const zero = graph.constant("int64", [1], [0]);
  const pieces = cutQueries(graph, sizes, zero);
  return (query, key, value) => {
    // Heads that share keys and values stand beside each other, so that the products repeat what is shared.
    const queries = transpose(inBatch(scale(query, 1 / Math.sqrt(D)), G, H / G, D), [0, 2, 3, 1, 4]); // (B, G, H/G, T, D)
    const keys = transpose(inBatch(key, G, 1, D), [0, 2, 3, 4, 1]); //                                   (B, G, 1, D, T)
    const values = transpose(inBatch(value, G, 1, D), [0, 2, 3, 1, 4]); //                               (B, G, 1, T, D)
    const parts = pieces.map(({ start, end, mask, rows, keys: seen }) => {
      const scores = matmul(cut(queries, 3, start, end, rows), cut(keys, 4, zero, end, seen)); //        (B, G, H/G, rows, keys)
      return matmul(attentionWeights(add(scores, mask)), cut(values, 3, zero, end, seen));
    });
    return reshape(transpose(concat(parts, 3, "time"), [0, 3, 1, 2, 4]), ["batch*time", H * D]);
  };
}

/** @param sizes int64 vector (B, T) */
function cutQueries(graph: Graph, sizes: Tensor, zero: Tensor): Piece[] {
  const int64 = (shape: readonly number[], ...values: number[]): Tensor => graph.constant("int64", shape, values);
  const timesOver = (operator: string, left: Tensor, right: number): Tensor =>
    graph.node(operator, [left, int64([1], right)], { outputs: [{ dtype: "int64", shape: [1] }] })[0]!;
  const time = cut(sizes, 0, int64([1], 1), int64([1], 2), 1);
  const [count] = graph.node("Squeeze", [time, zero], { outputs: [{ dtype: "int64", shape: [] }] });
  const [places] = graph.node("Range", [int64([], 0), count!, int64([], 1)], {
    outputs: [{ dtype: "int64", shape: ["time"] }],
  });
  const [queries] = graph.node("Unsqueeze", [places!, int64([1], 1)], {
    outputs: [{ dtype: "int64", shape: ["time", 1] }],
  });
  const [ahead] = graph.node("Greater", [places!, queries!], { outputs: [{ dtype: "bool", shape: ["time", "time"] }] });
  const [seen, hidden] = [graph.constant("float32", [], [0]), graph.constant("float32", [], [HIDDEN])];
  const [all] = graph.node("Where", [ahead!, hidden, seen], {
    outputs: [{ dtype: "float32", shape: ["time", "time"] }],
  });
  // Rounded up, so that it is the last pieces that are empty where there are fewer tokens than pieces.
  const bound = (i: number): Tensor =>
    timesOver("Div", timesOver("Add", timesOver("Mul", time, i), PIECES - 1), PIECES);
  return Array.from({ length: PIECES }, (_, i) => {
    const [start, end, rows, keys] = [i === 0 ? zero : bound(i), bound(i + 1), `rows.${i}`, `keys.${i}`] as const;
    return { start, end, mask: cut(cut(all!, 0, start, end, rows), 1, zero, end, keys), rows, keys };
  });
}

/** The part [start, end) of an axis, bounds as int64 vectors of one element. */
function cut(x: Tensor, axis: number, start: Tensor, end: Tensor, size: Dimension): Tensor {
  return x.graph.node("Slice", [x, start, end, x.graph.constant("int64", [1], [axis])], {
    outputs: [{ dtype: x.dtype, shape: x.shape.toSpliced(axis, 1, size) }],
  })[0]!;
}
