/**
 * What a run will cost, before it starts: tokens, operations, memory, time.
 *
 * Memory counts weights, gradients and both moments (16 bytes a parameter), and the activations kept for the backward pass; the runtime's own
 * buffers come on top. Time divides the operations by the share of the bare matrix product's rate that training reaches.
 */
import type { TrainableModel } from "../step/trainable-model.ts";
import { flopsPerToken } from "../step/training-step.ts";

/**
 * Share of the bare product's rate that whole updates reach on a CPU: 0.55 to 0.75 over the shapes of bench/training.ts; the rest goes to
 * norms, softmax, GELU and the optimizer, which memory bounds. Recomputation costs a third more operations, which do not count.
 */
const SHARE_OF_GEMM = { whole: 0.65, blocks: 0.5 } as const;
/** Float32 weights, gradient, first and second moment. */
const STATE_BYTES = 16;
/** Rows of logits that the head computes at once (loss-head.ts), about. */
const HEAD_ROWS = 1024;

/** Rows that a step takes through the model at once, by its default. */
const ROWS_PER_PASS = 1024;

export interface PlanOptions {
  readonly model: TrainableModel;
  readonly heads: number;
  readonly mlpWidth: number;
  readonly mode: "whole" | "blocks";
  readonly steps: number;
  /** Sequences of an update, and those computed at once. */
  readonly batch: number;
  readonly microBatch: number;
  readonly length: number;
  /** Rate of a bare product on the device, GFLOP/s. */
  readonly gemmGflops: number;
}

export interface Plan {
  readonly parameters: number;
  readonly tokens: number;
  readonly flopsPerToken: number;
  readonly flops: number;
  readonly memoryBytes: number;
  readonly tokensPerSecond: number;
  readonly seconds: number;
  /** Of one checkpoint: weights and moments. */
  readonly checkpointBytes: number;
}

export function planRun(options: PlanOptions): Plan {
  const { model, mode, steps, batch, microBatch, length, gemmGflops } = options;
  const parameters = model.parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const perToken = flopsPerToken(model, length);
  const tokens = steps * batch * length;
  const tokensPerSecond = (gemmGflops * 1e9 * SHARE_OF_GEMM[mode]) / perToken;
  return {
    parameters,
    tokens,
    flopsPerToken: perToken,
    flops: perToken * tokens,
    memoryBytes: STATE_BYTES * parameters + activationBytes(options, microBatch * length, length),
    tokensPerSecond,
    seconds: tokens / tokensPerSecond,
    checkpointBytes: 12 * parameters,
  };
}

/** Bytes that the backward pass keeps for a batch of `rows` tokens in sequences of `length`, which goes through in parts. */
export function activationBytes(
  { model, heads, mlpWidth, mode }: Pick<PlanOptions, "model" | "heads" | "mlpWidth" | "mode">,
  rows: number,
  length: number,
): number {
  // Kept of one token in one block: two norms, q, k, v, attention's result, two residual sums (8 C), the MLP before and after
  // its activation (2 F), and a row of attention weights for each head.
  const blockFloats = 8 * model.width + 2 * mlpWidth + heads * length;
  const kept = mode === "whole" ? model.layers * blockFloats : blockFloats + model.layers * model.width;
  const atOnce = Math.min(rows, Math.max(ROWS_PER_PASS, length));
  return 4 * atOnce * kept + 8 * Math.min(atOnce, HEAD_ROWS) * model.vocabulary;
}
