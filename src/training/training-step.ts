/**
 * The training step of a language model: gradients of the summed cross-entropy over micro-batches, added up in place, then one
 * AdamW update. Everything heavy runs on the device; parameters, gradients and moments live there, one flat buffer each,
 * and are never copied in or out.
 *
 *     step.accumulate(batch) ... step.accumulate(batch)  ->  gradientNorm()  ->  update(...)  ->  zeroGradients()
 */
import type { Device } from "../runtime/device.ts";
import type { TrainableModel } from "./trainable-model.ts";

/** Label of positions that do not count. */
export const IGNORED_LABEL = -100;

export interface TrainingBatch {
  /** Sequences of the batch and tokens of each; shapes may change from call to call (each is compiled once). */
  readonly batch: number;
  readonly length: number;
  /**
   * batch * length token ids, sequence by sequence, padded at the right with any valid id: attention is causal, so what
   * stands after a sequence's end changes nothing before it.
   */
  readonly ids: Int32Array;
  /** The id that should follow each position, or IGNORED_LABEL. */
  readonly labels: Int32Array;
  /** Weight of each position in the loss; default 1. Positions of weight 0 do not count as tokens. */
  readonly weights?: Float32Array;
}

export interface StepResult {
  /** Sum over counted positions of weight * cross-entropy, nats. */
  readonly lossSum: number;
  /** Positions that counted. */
  readonly tokens: number;
}

export interface EvaluationResult extends StepResult {
  /** Cross-entropy of each position in nats, sequence by sequence, before weights; 0 where the label is ignored. */
  readonly perToken: Float32Array;
}

export interface AdamWOptions {
  readonly learningRate: number;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.98, as fairseq's recipes. */
  readonly beta2?: number;
  /** Added to sqrt(v), which is not bias-corrected; default 1e-8. */
  readonly epsilon?: number;
  /** Decoupled: p is multiplied by 1 - learningRate * weightDecay first. Default 0.01. */
  readonly weightDecay?: number;
  /** Parameters that decay; default all, as in fairseq. */
  readonly decays?: (name: string) => boolean;
  /** Multiplies the gradient: 1 / tokens turns sums into means. Default 1. */
  readonly gradientScale?: number;
  /** Largest norm of the scaled gradient, which is shortened to it; 0 (the default) leaves it as it is. */
  readonly clip?: number;
}

export interface Dropout {
  /** Probabilities in [0, 1). */
  readonly embedding: number;
  readonly attention: number;
  readonly residual: number;
}

export interface TrainingStepOptions {
  readonly device: Device;
  readonly model: TrainableModel;
  /** Values to start from, row-major. */
  readonly initial: (name: string) => Float32Array | Promise<Float32Array>;
  /** The usual shape of a batch, compiled at once. */
  readonly shape: { readonly batch: number; readonly length: number };
  /** Default none. */
  readonly dropout?: Dropout;
  /**
   * "whole": one graph, fastest. "blocks": one program forward and one backward, used for every layer in turn; keeps only the
   * layers' inputs and computes the rest again (gradient checkpointing): less memory and a quick start, about a third
   * more work. Default "whole".
   */
  readonly mode?: "whole" | "blocks";
  /** Parameters that are trained; the others get no gradient and no moments. Default all. */
  readonly trainable?: (name: string) => boolean;
  /** Of dropout. Default 1. */
  readonly seed?: number;
  /** Weight of the squared log of the softmax's denominator, added to the loss; default 0. */
  readonly zLoss?: number;
}

export interface TrainingStep extends Disposable {
  /** Trained parameters in the order of the flat buffers. */
  readonly trained: readonly { readonly name: string; readonly shape: readonly number[]; readonly offset: number }[];
  /** Updates done; bias correction and dropout depend on it. Writable, to resume. */
  updates: number;
  /** Micro-batches done since the start: dropout's second seed. Writable, to resume. */
  microBatches: number;
  /** Adds the gradient of the batch's loss sum to the gradient buffer. */
  accumulate(batch: TrainingBatch, signal?: AbortSignal): Promise<StepResult>;
  /** Loss without gradients and without dropout. */
  evaluate(batch: TrainingBatch, signal?: AbortSignal): Promise<EvaluationResult>;
  /** Euclidean norm of the whole gradient buffer, before any scale. */
  gradientNorm(): Promise<number>;
  /** One AdamW update from the gradient buffer, which is left as it is. @returns the norm of the scaled gradient before clipping */
  update(options: AdamWOptions): Promise<{ readonly gradientNorm: number }>;
  zeroGradients(): Promise<void>;
  /** Views of the flat buffers on `cpu`; on other devices copies, to be written back with `writeBack`. */
  parameter(name: string): Promise<Float32Array>;
  /** The flat gradient buffer, for all-reduce: a view on `cpu`. Length is that of all trained parameters, padding included. */
  gradientBuffer(): Promise<Float32Array>;
  /** Flat buffers of the first and second moments. */
  moments(): Promise<{ readonly first: Float32Array; readonly second: Float32Array }>;
  /** After values from `parameter`, `gradientBuffer` or `moments` were changed by the caller. Nothing to do on `cpu`. */
  writeBack(name: string, values: Float32Array): Promise<void>;
  /** Floating-point operations of one trained token: 6 for each weight of a matrix product, attention beside it. */
  readonly flopsPerToken: number;
  /** Bytes of parameters, gradients and moments. */
  readonly stateBytes: number;
}
