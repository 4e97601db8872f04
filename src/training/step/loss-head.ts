/**
 * The head and the cross-entropy of its predictions, with their gradients, in pieces of rows: the scores of all tokens over the
 * whole vocabulary never exist at once.
 *
 *     rows ─ scores = h head^T ─ p = softmax ─ loss = -log p[label]
 *                                  └ dScores = p - onehot(label) ─ dHidden = dScores head,  dHead += dScores^T h
 *
 * Weights of positions multiply rows of width C, never rows of width V. With `zLoss` z, z * logsumexp(scores)^2 is added
 * (arXiv:2204.02311, section 5), whose gradient is 2 z logsumexp * p.
 *
 * Shapes   N rows · C width · V vocabulary
 */
import { shapeError, type Tensor } from "../../graph/graph.ts";
import {
  add,
  atLeast,
  concat,
  gatherAlongRows,
  gemm,
  linear,
  log,
  mul,
  neg,
  scale,
  scatterAlongRows,
  shift,
  softmax,
  split,
} from "../../graph/operators.ts";

/** Smallest probability whose logarithm is taken: a loss of 87 nats, float32's least normal number. */
const LEAST_PROBABILITY = 1.2e-38;
/** Scores of one piece: 16 MB in float32. */
const SCORES_PER_PIECE = 4 * 1024 * 1024;
/** Fewer rows than this make the product with the head slow. */
const LEAST_ROWS = 256;

export interface LossHeadInputs {
  /** (N, C) */
  readonly hidden: Tensor;
  /** (V, C) */
  readonly head: Tensor;
  /** (N, 1) int32, each in [0, V), also where the weight is 0. */
  readonly labels: Tensor;
  /** (N, 1): factor of each position's loss, 0 for positions that do not count. */
  readonly weights: Tensor;
  readonly zLoss?: number;
  /** Rows of a piece; default as many as make 16 MB of scores, at least 256. */
  readonly pieceRows?: number;
}

/** @returns losses (N, 1) in nats, before weights */
export function losses(inputs: LossHeadInputs): Tensor {
  return joined(pieces(inputs).map((piece) => scored(piece, inputs).loss));
}

/**
 * @param pendingHead  gradient of the head so far, which that of this loss is added to; absent: the head is not trained
 * @returns losses (N, 1) before weights; gradients of the weighted sum: hidden (N, C), head (V, C)
 */
export function lossesWithGradients(
  inputs: LossHeadInputs,
  pendingHead: Tensor | undefined,
): { readonly losses: Tensor; readonly hidden: Tensor; readonly head: Tensor | undefined } {
  const { head, zLoss = 0 } = inputs;
  const all: { loss: Tensor; hidden: Tensor }[] = [];
  let dHead = pendingHead;
  for (const piece of pieces(inputs)) {
    const { probabilities, chosen, logSum, loss } = scored(piece, inputs);
    // Of the scores: p (1 + 2 z logsumexp) - onehot. Only the label's entry differs from the first summand.
    const factor = logSum === undefined ? undefined : shift(scale(logSum, 2 * zLoss), 1);
    const pull = (p: Tensor): Tensor => (factor === undefined ? p : mul(p, factor));
    const dScores = scatterAlongRows(pull(probabilities), piece.labels, shift(pull(chosen), -1));
    all.push({ loss, hidden: mul(gemm(dScores, head), piece.weights) });
    if (dHead !== undefined) {
      dHead = gemm(dScores, mul(piece.hidden, piece.weights), { transposeLeft: true, summand: dHead });
    }
  }
  return { losses: joined(all.map(({ loss }) => loss)), hidden: joined(all.map(({ hidden }) => hidden)), head: dHead };
}

interface Piece {
  readonly hidden: Tensor;
  readonly labels: Tensor;
  readonly weights: Tensor;
}

interface Scored {
  readonly probabilities: Tensor;
  /** Probability of the label. */
  readonly chosen: Tensor;
  /** Log of the softmax's denominator, where the z-loss wants it. */
  readonly logSum: Tensor | undefined;
  readonly loss: Tensor;
}

function scored({ hidden, labels }: Piece, { head, zLoss = 0 }: LossHeadInputs): Scored {
  const scores = linear(hidden, head); //                    (rows, V)
  const probabilities = softmax(scores);
  const chosen = gatherAlongRows(probabilities, labels); //  (rows, 1)
  const surprise = neg(log(atLeast(chosen, LEAST_PROBABILITY)));
  if (zLoss === 0) return { probabilities, chosen, logSum: undefined, loss: surprise };
  const logSum = add(gatherAlongRows(scores, labels), surprise);
  return { probabilities, chosen, logSum, loss: add(surprise, scale(mul(logSum, logSum), zLoss)) };
}

function pieces({ hidden, head, labels, weights, pieceRows }: LossHeadInputs): Piece[] {
  const N = hidden.shape[0]!;
  const V = head.shape[0]!;
  if (typeof N !== "number" || typeof V !== "number") throw shapeError("lossHead", "sizes must be known");
  const rows = pieceRows ?? Math.max(LEAST_ROWS, Math.floor(SCORES_PER_PIECE / V));
  if (rows >= N) return [{ hidden, labels, weights }];
  const count = Math.ceil(N / rows);
  const sizes = Array.from(
    { length: count },
    (_, i) => Math.floor((N * (i + 1)) / count) - Math.floor((N * i) / count),
  );
  const cut = (x: Tensor): Tensor[] => split(x, 0, sizes);
  const [hiddens, labelPieces, weightPieces] = [cut(hidden), cut(labels), cut(weights)];
  return sizes.map((_, i) => ({ hidden: hiddens[i]!, labels: labelPieces[i]!, weights: weightPieces[i]! }));
}

function joined(parts: readonly Tensor[]): Tensor {
  return parts.length === 1 ? parts[0]! : concat(parts, 0);
}
