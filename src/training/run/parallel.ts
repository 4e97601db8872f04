/** Processes that train together; alone, all of it is nothing. `mpi.ts` fulfils it for several. */
export interface Parallel {
  /** 0 ≤ rank < size. Process 0 writes and speaks. */
  readonly rank: number;
  readonly size: number;
  /** Adds up the arrays of all processes; afterwards each holds the sum. */
  sumInPlace(values: Float32Array): Promise<void>;
  /** Sums of a few numbers, in double precision. */
  sum(values: readonly number[]): Promise<number[]>;
}

export const ALONE: Parallel = {
  rank: 0,
  size: 1,
  sumInPlace: async () => {},
  sum: async (values) => [...values],
};
