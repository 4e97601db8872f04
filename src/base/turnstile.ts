/** Work of many that becomes due at once, cut so that timers and sockets have their turn between any two. */
import { afterOthers } from "./breath.ts";

/** Lets those who wait through one after the other, in the order of their coming, each in a turn of the event loop of its own. */
export class Turnstile {
  #waiting: (() => void)[] = [];

  /** Fulfilled when it is the caller's turn: what is done from here to the next wait runs without the others' work. */
  pass(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting.push(resolve) === 1) afterOthers(this.#letOneIn);
    });
  }

  readonly #letOneIn = (): void => {
    this.#waiting.shift()!();
    if (this.#waiting.length > 0) afterOthers(this.#letOneIn);
  };
}
