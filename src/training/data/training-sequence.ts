/** One sequence that a model learns from, whole. */

export interface TrainingSequence {
  /** Named when a batch fails: an id, or the line of a file. */
  readonly name: string;
  readonly inputs: ArrayLike<number>;
  /** As long as `inputs`; IGNORED_LABEL where the loss does not count. */
  readonly labels: ArrayLike<number>;
  /** Position of each input, from 0; default its place. All sequences of a run have them, or none. */
  readonly positions?: ArrayLike<number>;
  /** Length for the planner, which forgets the prompt as fairseq does. */
  readonly plannedLength: number;
}
