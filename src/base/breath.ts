/** Long computing in the main thread, cut so that timers and sockets have their turn. */

/** Milliseconds of computing between two turns of others. */
const LONGEST_HOLD = 4;

/** Runs before anything that waits: after input and output in Node, as a timer elsewhere. */
const afterOthers: (resume: () => void) => void =
  typeof setImmediate === "function" ? setImmediate : (resume) => setTimeout(resume, 0);

export class Breath {
  readonly #longestHold: number;
  #since: number = performance.now();

  constructor(longestHold: number = LONGEST_HOLD) {
    this.#longestHold = longestHold;
  }

  /** Says that others have just had their turn, for example because something was waited for. */
  taken(): void {
    this.#since = performance.now();
  }

  /** Lets others have their turn where the last one is long enough ago. */
  async take(): Promise<void> {
    if (performance.now() - this.#since < this.#longestHold) return;
    await new Promise<void>((resolve) => afterOthers(resolve));
    this.taken();
  }
}
