/**
 * Rotary positions: each head's coordinates turn in pairs (i, i + D/2) by an angle that grows with the token's position.
 *
 *     out[i]       = x[i] cos - x[i + D/2] sin
 *     out[i + D/2] = x[i + D/2] cos + x[i] sin,      angle = position / base^(2 i / D)
 *
 * Source    arXiv:2104.09864, with pairs half a head apart as in Llama and ESM-2 of transformers (`rotate_half`), not neighbours as
 *           in the paper.
 * Scaled variants (Llama 3's, ESM-2's `inv_freq` from the file) are other frequencies; nothing else differs.
 *
 * Shapes    D head width · H heads · T tokens of a sequence · B sequences · N rows
 */
import { type Graph, shapeError, type Tensor } from "../graph/graph.ts";
import { add, concat, gatherRows, mul, reshape, split, sub } from "../graph/operators.ts";

/**
 * @param x     (..., D), D even
 * @param cos   broadcasts to (..., D / 2), as does `sin`
 */
export function rotate(x: Tensor, cos: Tensor, sin: Tensor): Tensor {
  const D = x.shape.at(-1);
  if (typeof D !== "number" || D % 2 !== 0) throw shapeError("rotate", `(${x.shape.join(", ")}) has no even last axis`);
  const [low, high] = split(x, -1, [D / 2, D / 2]) as [Tensor, Tensor];
  return concat([sub(mul(low, cos), mul(high, sin)), add(mul(high, cos), mul(low, sin))], -1);
}

/** Angle of one position for each pair of a head's coordinates: 1 / base^(2 i / D). Llama and ESM-2: base 10,000. */
export function rotaryFrequencies(headWidth: number, base = 10_000): number[] {
  return Array.from({ length: headWidth / 2 }, (_, i) => base ** ((-2 * i) / headWidth));
}

/** Cosines and sines of the first `length` positions, each (length, D / 2), row-major. */
export function rotaryTables(
  length: number,
  frequencies: readonly number[],
): { readonly cos: Float32Array; readonly sin: Float32Array } {
  const half = frequencies.length;
  const table = (of: (angle: number) => number): Float32Array =>
    Float32Array.from({ length: length * half }, (_, at) => of(Math.floor(at / half) * frequencies[at % half]!));
  return { cos: table(Math.cos), sin: table(Math.sin) };
}

/** Turns the heads of rows (N, H * D). */
export type RotateHeads = (x: Tensor) => Tensor;

/**
 * For rows in any order, as a step over a cache has them.
 *
 * @param positions  (N) int64: the position of each row
 * @param length     positions that there are
 */
export function rotateByPosition(positions: Tensor, length: number, frequencies: readonly number[]): RotateHeads {
  const tables = constantTables(positions.graph, length, frequencies);
  const half = frequencies.length;
  const [rows] = positions.shape;
  const [cos, sin] = tables.map((table) => reshape(gatherRows(table, positions), [rows!, 1, half])) as [Tensor, Tensor];
  return (x) => reshape(rotate(reshape(x, [rows!, headsOf(x, half), 2 * half]), cos, sin), x.shape);
}

/** For whole sequences, time-major: row t * B + b stands at position t. */
export function rotateSequences(
  graph: Graph,
  { batch: B, length: T }: { readonly batch: number; readonly length: number },
  frequencies: readonly number[],
): RotateHeads {
  const half = frequencies.length;
  const [cos, sin] = constantTables(graph, T, frequencies).map((table) => reshape(table, [T, 1, 1, half])) as [
    Tensor,
    Tensor,
  ];
  return (x) => reshape(rotate(reshape(x, [T, B, headsOf(x, half), 2 * half]), cos, sin), x.shape);
}

function headsOf(x: Tensor, half: number): number {
  const width = x.shape[1];
  if (typeof width !== "number" || width % (2 * half) !== 0)
    throw shapeError("rotate", `(${x.shape.join(", ")}) does not hold heads of ${2 * half}`);
  return width / (2 * half);
}

const known = new WeakMap<Graph, Map<string, readonly [Tensor, Tensor]>>();

/** One pair of tables a graph, however many layers turn by them. */
function constantTables(graph: Graph, length: number, frequencies: readonly number[]): readonly [Tensor, Tensor] {
  const tables = known.get(graph) ?? new Map<string, readonly [Tensor, Tensor]>();
  known.set(graph, tables);
  const key = `${length} ${frequencies.join()}`;
  let pair = tables.get(key);
  if (pair === undefined) {
    const { cos, sin } = rotaryTables(length, frequencies);
    const shape = [length, frequencies.length];
    pair = [graph.constant("float32", shape, cos), graph.constant("float32", shape, sin)];
    tables.set(key, pair);
  }
  return pair;
}
