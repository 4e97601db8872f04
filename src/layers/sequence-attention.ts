/**
 * Causal attention of whole sequences over themselves, for training.
 *
 * Rows are time-major, so that a matrix product reads each head where it lies: (T, B, H, D) is a batch of B * H matrices whose
 * rows are a stride apart. Queries are taken in pieces; a piece sees only the keys up to its own end, so nearly half of
 * the score matrix is never computed.
 *
 * Gradient  with S = Q K^T / sqrt(D), P = softmax(S), R = P with dropout, O = R V and row sums over D:
 *           dV = R^T dO;  dR = dO V^T;  dS = P * (dP - sum(dO * O)), dP = dR with dropout;  dQ = dS K;  dK = dS^T Q
 *           (sum(dP * P) over the keys is sum(dO * O) over D, which is T / D times cheaper; arXiv:2205.14135, section B.2)
 * Grouped   fewer key-value heads than heads are repeated, each for its H / G neighbours, before anything is multiplied
 * Left out  padding masks: sequences are padded at the right, where causality hides the padding from what is real.
 * Shapes    T tokens · B sequences · H heads · G key-value heads · D head width · N = T * B rows, row t * B + b
 */
import { type Graph, shapeError, type Tensor } from "../graph/graph.ts";
import { add, batchProduct, concat, expand, mul, reshape, slice, sub, sumOver, transpose } from "../graph/operators.ts";
import { attentionWeights } from "./attention-weights.ts";

export interface SequenceShape {
  readonly batch: number;
  readonly length: number;
  readonly heads: number;
}

export interface SequenceAttentionOptions {
  /** Dropout of the weights of one piece (B, H, rows, keys); absent: none. Gives a factor for each weight. */
  readonly dropFactor?: (shape: readonly number[]) => Tensor;
  /** Rows of a query piece; default 128. */
  readonly pieceRows?: number;
  /** Move heads before they are multiplied, for devices that cannot read them where they lie. Default false. */
  readonly portable?: boolean;
}

/**
 * @param query  (N, H*D)
 * @param key    (N, G*D), as is `value`; G divides H, and head h reads key-value head floor(h G / H)
 * @returns (N, H*D)
 */
export function sequenceAttention(
  query: Tensor,
  fewKeys: Tensor,
  fewValues: Tensor,
  { batch: B, length: T, heads: H }: SequenceShape,
  { dropFactor, pieceRows = 128, portable = false }: SequenceAttentionOptions = {},
): Tensor {
  const C = query.shape[1];
  if (typeof C !== "number" || C % H !== 0 || query.shape[0] !== T * B) {
    throw shapeError("sequenceAttention", `(${query.shape.join(", ")}) is not ${T} * ${B} rows of ${H} heads`);
  }
  const D = C / H;
  const [key, value] = [repeatHeads(fewKeys, H, D), repeatHeads(fewValues, H, D)];
  const alpha = 1 / Math.sqrt(D);
  const inHeads = (x: Tensor): Tensor => reshape(x, [T, B, H, D]);
  const product = (left: Tensor, right: Tensor, how: Parameters<typeof batchProduct>[2]): Tensor =>
    batchProduct(left, right, { ...how, portable });
  const pieces = cut(T, pieceRows);
  const queries = pieces.map(({ start, end }) => rowsOf(inHeads(query), start, end));
  const keys = pieces.map(({ end }) => rowsOf(inHeads(key), 0, end));
  const values = pieces.map(({ end }) => rowsOf(inHeads(value), 0, end));

  const forward = pieces.map(({ start, end }, i) => {
    const scores = product(queries[i]!, keys[i]!, { ...READ_BOTH_IN_PLACE, alpha });
    const weights = attentionWeights(add(scores, causalMask(query, start, end)));
    const factor = dropFactor?.([B, H, end - start, end]);
    const dropped = factor === undefined ? weights : mul(weights, factor);
    const out = timeMajor(product(dropped, values[i]!, { rowsFirstRight: true })); // (rows, B, H, D)
    return { weights, dropped, factor, out };
  });
  const joined = joinRows(forward.map(({ out: o }) => o));

  const [out] = query.graph.node("Reshape", [joined, query.graph.constant("int64", [2], [T * B, C])], {
    outputs: [{ dtype: query.dtype, shape: [T * B, C] }],
    gradientInputs: [query, key, value],
    gradient: ([dOut]) => {
      if (dOut === undefined) return [];
      const dQueries: Tensor[] = [];
      const dKeys: Tensor[] = [];
      const dValues: Tensor[] = [];
      for (const [i, { start, end }] of pieces.entries()) {
        const { weights, dropped, factor, out: o } = forward[i]!;
        const dO = rowsOf(inHeads(dOut), start, end);
        const delta = transpose(sumOver(mul(dO, o), [-1], true), [1, 2, 0, 3]); // (B, H, rows, 1)
        const dDropped = product(dO, values[i]!, READ_BOTH_IN_PLACE);
        const dScores = mul(weights, sub(factor === undefined ? dDropped : mul(dDropped, factor), delta));
        dQueries.push(timeMajor(product(dScores, keys[i]!, { rowsFirstRight: true, alpha })));
        dKeys.push(timeMajor(product(dScores, queries[i]!, { transposeLeft: true, rowsFirstRight: true, alpha })));
        dValues.push(timeMajor(product(dropped, dO, { transposeLeft: true, rowsFirstRight: true })));
      }
      return [joinRows(dQueries), sumFronts(dKeys), sumFronts(dValues)].map((x) => reshape(x, [T * B, C]));
    },
  });
  return out!;
}

/** (N, G*D) to (N, H*D): each head H / G times, side by side. Its gradient is the sum over the repetitions. */
function repeatHeads(x: Tensor, H: number, D: number): Tensor {
  const [rows, width] = x.shape as [number, number];
  const G = width / D;
  if (G === H) return x;
  if (!Number.isInteger(G) || H % G !== 0)
    throw shapeError(
      "sequenceAttention",
      `(${x.shape.join(", ")}) does not hold key-value heads for ${H} heads of ${D}`,
    );
  return reshape(expand(reshape(x, [rows, G, 1, D]), [rows, G, H / G, D]), [rows, H * D]);
}

const READ_BOTH_IN_PLACE = { rowsFirstLeft: true, rowsFirstRight: true, transposeRight: true };

/** (B, H, rows, D) to (rows, B, H, D). */
function timeMajor(x: Tensor): Tensor {
  return transpose(x, [2, 0, 1, 3]);
}

function cut(length: number, rows: number): { readonly start: number; readonly end: number }[] {
  return Array.from({ length: Math.ceil(length / rows) }, (_, i) => ({
    start: i * rows,
    end: Math.min(length, (i + 1) * rows),
  }));
}

function rowsOf(x: Tensor, start: number, end: number): Tensor {
  return start === 0 && end === x.shape[0] ? x : slice(x, 0, start, end);
}

function joinRows(parts: readonly Tensor[]): Tensor {
  return parts.length === 1 ? parts[0]! : concat(parts, 0);
}

/** Sum of tensors of growing length, each belonging to the front of the next. */
function sumFronts(parts: readonly Tensor[]): Tensor {
  return parts.reduce((front, next) => {
    const rows = front.shape[0] as number;
    return joinRows([add(front, rowsOf(next, 0, rows)), rowsOf(next, rows, next.shape[0] as number)]);
  });
}

const masks = new WeakMap<Graph, Map<string, Tensor>>();

/** (rows, keys): 0 where a query may look, -infinity at keys after it. */
function causalMask(like: Tensor, start: number, end: number): Tensor {
  const known = masks.get(like.graph) ?? new Map<string, Tensor>();
  masks.set(like.graph, known);
  const name = `${like.dtype} ${start} ${end}`;
  let mask = known.get(name);
  if (mask === undefined) {
    const values = Float32Array.from({ length: (end - start) * end }, (_, i) =>
      i % end > start + Math.floor(i / end) ? Number.NEGATIVE_INFINITY : 0,
    );
    mask = like.graph.constant(like.dtype, [end - start, end], values);
    known.set(name, mask);
  }
  return mask;
}
