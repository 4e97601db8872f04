/**
 * Python's `random` for a small integer seed: needed once, to reproduce PubMedQA's public split.
 *
 * Follows  MT19937 (Matsumoto and Nishimura, 1998) with CPython's seeding by array, `getrandbits`, `_randbelow` (rejection)
 *          and `shuffle`. Everything of ours that needs random numbers uses base/random.ts instead.
 */
const N = 624;
const M = 397;

export class PythonRandom {
  readonly #state = new Uint32Array(N);
  #at = N;

  /** @param seed a whole number in [0, 2^32), as `random.seed(seed)` */
  constructor(seed: number) {
    const state = this.#state;
    state[0] = 19650218;
    for (let i = 1; i < N; i++) state[i] = Math.imul(1812433253, state[i - 1]! ^ (state[i - 1]! >>> 30)) + i;
    let i = 1;
    for (let k = 0; k < N; k++) {
      state[i] = (state[i]! ^ Math.imul(state[i - 1]! ^ (state[i - 1]! >>> 30), 1664525)) + seed; // a key of one word
      if (++i === N) [state[0], i] = [state[N - 1]!, 1];
    }
    for (let k = 0; k < N - 1; k++) {
      state[i] = (state[i]! ^ Math.imul(state[i - 1]! ^ (state[i - 1]! >>> 30), 1566083941)) - i;
      if (++i === N) [state[0], i] = [state[N - 1]!, 1];
    }
    state[0] = 0x80000000;
  }

  /** `getrandbits(bits)`, 1 to 32. */
  bits(bits: number): number {
    return this.#next() >>> (32 - bits);
  }

  /** `_randbelow(bound)`: a whole number in [0, bound). */
  below(bound: number): number {
    const bits = 32 - Math.clz32(bound);
    for (;;) {
      const value = this.bits(bits);
      if (value < bound) return value;
    }
  }

  /** `random.shuffle`, in place. */
  shuffle<T>(items: T[]): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
  }

  /** `random.choice`. */
  choice<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  #next(): number {
    const state = this.#state;
    if (this.#at === N) {
      for (let i = 0; i < N; i++) {
        const joined = (state[i]! & 0x80000000) | (state[(i + 1) % N]! & 0x7fffffff);
        state[i] = state[(i + M) % N]! ^ (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0);
      }
      this.#at = 0;
    }
    let y = state[this.#at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }
}
