/** Long computing in the main thread, cut so that timers and sockets have their turn. */

/** Milliseconds of computing between two turns of others. */
const LONGEST_HOLD = 2;

/** Runs when what waits has had its turn: after input and output in Node, as a message elsewhere, since browsers hold timers back for 4 ms. */
export const afterOthers: (resume: () => void) => void =
  typeof setImmediate === "function"
    ? setImmediate
    : (resume) => {
        const { port1, port2 } = new MessageChannel();
        port1.addEventListener("message", () => {
          port1.close();
          resume();
        });
        port1.start();
        port2.postMessage(undefined);
      };

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
