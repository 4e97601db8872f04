/** Progress of long work: libraries report, edges print. */
export interface Progress {
  /** What is being done, for example "downloading pytorch_model.bin". */
  readonly activity: string;
  /** Units done so far, those done in an earlier, resumed run included. */
  readonly done: number;
  /** Units in all, where known. */
  readonly total?: number;
  /** What is counted, in the plural: "bytes", "documents", "tokens". */
  readonly unit: string;
}

/** What long work calls as it goes on; often, so it should return at once. */
export type ReportProgress = (progress: Progress) => void;

/** Rate and time left from progress reports; an exponential mean over about ten seconds, so that a stall shows. */
export class RateMeter {
  #lastTime: number | undefined;
  #lastDone = 0;
  #rate = 0;

  /**
   * @param done units done so far
   * @param now  milliseconds, from `performance.now()`
   * @returns units a second, 0 until two reports have been seen
   */
  update(done: number, now: number): number {
    if (this.#lastTime === undefined) {
      this.#lastTime = now;
      this.#lastDone = done;
      return 0;
    }
    const seconds = (now - this.#lastTime) / 1000;
    if (seconds <= 0) return this.#rate;
    const current = (done - this.#lastDone) / seconds;
    const weight = this.#rate === 0 ? 1 : 1 - Math.exp(-seconds / 10);
    this.#rate += weight * (current - this.#rate);
    this.#lastTime = now;
    this.#lastDone = done;
    return this.#rate;
  }

  /** Seconds left at the present rate, or undefined while unknown. */
  secondsLeft(done: number, total: number | undefined): number | undefined {
    return total === undefined || this.#rate <= 0 ? undefined : (total - done) / this.#rate;
  }
}
