/**
 * Who may begin: requests wait in front of a model, one queue a client, and are let in by turns, so that a client with many requests does not
 * keep out one with few. Where too many wait, the next is told to come again.
 *
 *     client a   ▢ ▢ ▢ ▢ ┐
 *     client b   ▢       ├─ by turns ─▶ places of the model (a beam search takes as many as it has beams)
 *     client c   ▢ ▢     ┘
 *
 * What is let in shares the steps of one decode engine; this only bounds how much of it there is at once, and so the memory of keys and values.
 */
import { abortedError } from "../base/cancellation.ts";
import { BusyError } from "./errors.ts";

export interface AdmissionOptions {
  /** Places that requests share. */
  readonly places: number;
  /** Most requests that wait; one more is refused. */
  readonly mostWaiting: number;
}

interface Waiting {
  readonly cost: number;
  readonly enter: () => void;
}

export interface Turn extends Disposable {
  /** Milliseconds that the request waited. */
  readonly waited: number;
}

/** Seconds that a place is held, before any was given back. */
const FIRST_GUESS = 2000;

export class Admission {
  readonly #places: number;
  readonly #mostWaiting: number;
  /** In the order of their turns: the client that was let in last is the last. */
  readonly #queues = new Map<string, Waiting[]>();
  #free: number;
  #waiting = 0;
  /** Of how long a request holds its places, milliseconds; a mean that forgets. */
  #usual = FIRST_GUESS;

  constructor({ places, mostWaiting }: AdmissionOptions) {
    this.#places = places;
    this.#free = places;
    this.#mostWaiting = mostWaiting;
  }

  get load(): { readonly active: number; readonly waiting: number } {
    return { active: this.#places - this.#free, waiting: this.#waiting };
  }

  /**
   * Waits for a turn; dispose it when the work is over.
   *
   * @param cost places that are taken; more than there are counts as all of them
   * @throws BusyError `server/busy`; BiogptError `aborted`
   */
  async enter(client: string, cost: number, signal: AbortSignal): Promise<Turn> {
    if (signal.aborted) throw abortedError(signal);
    const taken = Math.min(cost, this.#places);
    const began = performance.now();
    if (this.#waiting > 0 || this.#free < taken) await this.#wait(client, taken, signal);
    else this.#free -= taken;
    const entered = performance.now();
    let left = false;
    return {
      waited: entered - began,
      [Symbol.dispose]: () => {
        if (left) return;
        left = true;
        this.#usual += 0.2 * (performance.now() - entered - this.#usual);
        this.#free += taken;
        this.#letIn();
      },
    };
  }

  async #wait(client: string, cost: number, signal: AbortSignal): Promise<void> {
    if (this.#waiting >= this.#mostWaiting) {
      const rounds = Math.ceil(this.#waiting / this.#places);
      throw new BusyError(`${this.#waiting} requests wait already.`, Math.max(1000, rounds * this.#usual));
    }
    await new Promise<void>((resolve, reject) => {
      const gone = (): void => {
        this.#leave(client, waiting);
        reject(abortedError(signal));
        this.#letIn(); // it may have kept a smaller one waiting
      };
      const waiting: Waiting = {
        cost,
        enter: () => {
          signal.removeEventListener("abort", gone);
          resolve();
        },
      };
      signal.addEventListener("abort", gone, { once: true });
      const queue = this.#queues.get(client);
      if (queue === undefined) this.#queues.set(client, [waiting]);
      else queue.push(waiting);
      this.#waiting++;
    });
  }

  #leave(client: string, waiting: Waiting): void {
    const queue = this.#queues.get(client) ?? [];
    const at = queue.indexOf(waiting);
    if (at < 0) return;
    queue.splice(at, 1);
    this.#waiting--;
    if (queue.length === 0) this.#queues.delete(client);
  }

  /** The first client's oldest request, as long as it fits; one that does not fit yet is not overtaken, or it would wait for ever. */
  #letIn(): void {
    for (;;) {
      const [client, queue] = this.#queues.entries().next().value ?? [];
      const next = queue?.[0];
      if (client === undefined || next === undefined || next.cost > this.#free) return;
      this.#leave(client, next);
      if (this.#queues.has(client)) {
        this.#queues.delete(client);
        this.#queues.set(client, queue!);
      }
      this.#free -= next.cost;
      next.enter();
    }
  }
}
