/** What a training step is given at once. */

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
  /** The id that should follow each position, or the label of a model's own head; IGNORED_LABEL where nothing counts. */
  readonly labels: Int32Array;
  /** Position of each token, from 0; default its place in its sequence. */
  readonly positions?: Int32Array;
  /** Weight of each position in the loss; default 1. Positions of weight 0 do not count as tokens. */
  readonly weights?: Float32Array;
  /** For a head with further losses, and then needed. */
  readonly further?: FurtherBatch;
  /** Values of the model's own inputs, by name, rows time-major. Default: it has none. */
  readonly others?: Readonly<Record<string, Float32Array | Int32Array>>;
}

/** What a head with further losses reads with a batch. */
export interface FurtherBatch {
  /** By the names of its inputs, row-major. */
  readonly inputs: Readonly<Record<string, Int32Array | Float32Array>>;
  /** Of each further loss; 0 where it does not count. */
  readonly weights: Float32Array;
}
