/**
 * Causal attention in plain products and softmaxes: queries are taken in pieces, and a piece sees only the keys up to its own end, so that nearly
 * half of the scores are never computed.
 *
 * That takes a quarter of the time of ONNX Runtime's GroupQueryAttention on processors (docs/experiments.md, "Attention of whole texts").
 *
 * Shapes   B batch · T new tokens, behind P earlier ones · H heads, G of keys and values · D head width
 */
import type { DataType } from "../graph/data-type.ts";
import type { Dimension, Graph, Shape, Tensor } from "../graph/graph.ts";
import { add, concat, matmul, transpose } from "../graph/operators.ts";
import { attentionWeights } from "./attention-weights.ts";

/**
 * Of the queries; with n the share (n + 1) / 2n of the scores is computed. More of them are smaller, slower products, and more copies of keys and values
 * (docs/experiments.md, "Attention of whole texts").
 */
const PIECES = 4;
/** Added where a query may not look. */
const HIDDEN = -1e9;

/** Which queries a piece has, and what they see. */
export interface Piece {
  /** The queries are [start, end), the keys [0, seen); int64 vectors of one element. */
  readonly start: Tensor;
  readonly end: Tensor;
  readonly seen: Tensor;
  /** (rows, keys): 0 where a query may look. */
  readonly mask: Tensor;
  readonly rows: Dimension;
  readonly keys: Dimension;
}

/** What the tensors of all pieces behind earlier tokens are, in the order of `tensorsOf`: for branches of a graph that give them. */
export const PIECE_OUTPUTS: readonly { readonly dtype: DataType; readonly shape: Shape }[] = Array.from(
  { length: PIECES },
  (_, i) => [
    ...[0, 1, 2].map(() => ({ dtype: "int64", shape: [1] }) as const),
    { dtype: "float32", shape: [rowsName(i), keysName(i, "seen")] } as const,
  ],
).flat();

export function tensorsOf(pieces: readonly Piece[]): Tensor[] {
  return pieces.flatMap(({ start, end, seen, mask }) => [start, end, seen, mask]);
}

/** The pieces that have these tensors. */
export function piecesOf(tensors: readonly Tensor[]): Piece[] {
  return Array.from({ length: PIECES }, (_, i) => {
    const [start, end, seen, mask] = tensors.slice(4 * i) as [Tensor, Tensor, Tensor, Tensor];
    const [rows, keys] = mask.shape as [Dimension, Dimension];
    return { start, end, seen, mask, rows, keys };
  });
}

function rowsName(piece: number): Dimension {
  return `rows.${piece}`;
}

/** The last piece sees all keys there are. */
function keysName(piece: number, all: Dimension): Dimension {
  return piece === PIECES - 1 ? all : `keys.${piece}`;
}

/**
 * 0 where a new token may look, else far below every score.
 *
 * @param time  T, and `start` P where there are earlier tokens: int64 vectors of one element
 * @returns (T, P + T)
 */
export function causalMask(graph: Graph, time: Tensor, start?: Tensor): Tensor {
  const keys = start === undefined ? "time" : "seen";
  const axis = graph.constant("int64", [1], [0]);
  const scalar = (vector: Tensor): Tensor =>
    graph.node("Squeeze", [vector, axis], { outputs: [{ dtype: "int64", shape: [] }] })[0]!;
  const [zero, one] = [graph.constant("int64", [], [0]), graph.constant("int64", [], [1])];
  const range = (from: Tensor, to: Tensor, size: Dimension): Tensor =>
    graph.node("Range", [from, to, one], { outputs: [{ dtype: "int64", shape: [size] }] })[0]!;
  const end = scalar(start === undefined ? time : plus(time, start));
  const places = range(zero, end, keys);
  const own = start === undefined ? places : range(scalar(start), end, "time");
  const [queries] = graph.node("Unsqueeze", [own, graph.constant("int64", [1], [1])], {
    outputs: [{ dtype: "int64", shape: ["time", 1] }],
  });
  const [ahead] = graph.node("Greater", [places, queries!], { outputs: [{ dtype: "bool", shape: ["time", keys] }] });
  const [looked, hidden] = [graph.constant("float32", [], [0]), graph.constant("float32", [], [HIDDEN])];
  return graph.node("Where", [ahead!, hidden, looked], { outputs: [{ dtype: "float32", shape: ["time", keys] }] })[0]!;
}

/** @param where `mask` is the causal mask of the same `time` and `start` */
export function cutQueries(
  graph: Graph,
  { time, mask, start: before }: { readonly time: Tensor; readonly mask: Tensor; readonly start: Tensor | undefined },
): readonly Piece[] {
  const int64 = (value: number): Tensor => graph.constant("int64", [1], [value]);
  const zero = int64(0);
  const compute = (operator: string, left: Tensor, right: number): Tensor =>
    graph.node(operator, [left, int64(right)], { outputs: [{ dtype: "int64", shape: [1] }] })[0]!;
  // Rounded up, so that it is the last pieces that are empty where there are fewer tokens than pieces.
  const bound = (i: number): Tensor => compute("Div", compute("Add", compute("Mul", time, i), PIECES - 1), PIECES);
  return Array.from({ length: PIECES }, (_, i) => {
    const [start, end] = [i === 0 ? zero : bound(i), bound(i + 1)];
    const [rows, keys] = [rowsName(i), keysName(i, mask.shape[1]!)];
    const seen = before === undefined ? end : plus(end, before);
    return { start, end, seen, mask: cut(cut(mask, 0, start, end, rows), 1, zero, seen, keys), rows, keys };
  });
}

/**
 * @param queries (B, G, H/G, T, D), multiplied by the scale, as keys may be in their place · keys and values (B, G, 1, P + T, D)
 * @returns (B, T, G, H/G, D)
 */
export function attendInPieces(pieces: readonly Piece[], queries: Tensor, keys: Tensor, values: Tensor): Tensor {
  const zero = queries.graph.constant("int64", [1], [0]);
  const parts = pieces.map(({ start, end, seen, mask, rows, keys: count }, i) => {
    const upTo = (x: Tensor): Tensor => (i === PIECES - 1 ? x : cut(x, 3, zero, seen, count)); // the last piece sees all
    // Turned round piece by piece: ONNX Runtime makes one operator of that and the product.
    const scores = matmul(cut(queries, 3, start, end, rows), transpose(upTo(keys), [0, 1, 2, 4, 3])); // (B, G, H/G, rows, keys)
    return matmul(attentionWeights(add(scores, mask)), upTo(values));
  });
  return transpose(concat(parts, 3, "time"), [0, 3, 1, 2, 4]);
}

/** The part [start, end) of an axis, bounds as int64 vectors of one element. */
export function cut(x: Tensor, axis: number, start: Tensor, end: Tensor, size: Dimension): Tensor {
  return x.graph.node("Slice", [x, start, end, x.graph.constant("int64", [1], [axis])], {
    outputs: [{ dtype: x.dtype, shape: x.shape.toSpliced(axis, 1, size) }],
  })[0]!;
}

/** Sum of two int64 vectors of one element. */
export function plus(left: Tensor, right: Tensor): Tensor {
  return left.graph.node("Add", [left, right], { outputs: [left] })[0]!;
}
