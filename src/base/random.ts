/**
 * Seeded random numbers: the same seed gives the same stream on every machine.
 *
 * xoshiro128** (Blackman and Vigna, 2018), seeded by SplitMix32; state is four 32-bit words, so it can be saved and restored.
 */

/** Where a stream of random numbers stands; `new Random(state)` goes on from there. */
export interface RandomState {
  readonly words: readonly [number, number, number, number];
}

/** A stream of random numbers. */
export class Random {
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;

  /** @param seed any integer; only its low 32 bits count */
  constructor(seed: number | RandomState) {
    if (typeof seed === "number") {
      let state = seed >>> 0;
      const next = (): number => {
        state = (state + 0x9e3779b9) >>> 0;
        let z = state;
        z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
        z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
        return (z ^ (z >>> 16)) >>> 0;
      };
      [this.#a, this.#b, this.#c, this.#d] = [next(), next(), next(), next()];
    } else {
      [this.#a, this.#b, this.#c, this.#d] = seed.words;
    }
  }

  get state(): RandomState {
    return { words: [this.#a, this.#b, this.#c, this.#d] };
  }

  /** A whole number in [0, 2^32). */
  nextUint32(): number {
    const scaled = Math.imul(this.#b, 5);
    const result = Math.imul((scaled << 7) | (scaled >>> 25), 9) >>> 0;
    const t = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= t;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** A number in [0, 1) with 53 random bits. */
  next(): number {
    const high = this.nextUint32() >>> 5;
    const low = this.nextUint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** A whole number in [0, bound), without modulo bias worth noticing (53 bits are scaled). */
  integer(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  /** A standard normal number (Box and Muller, 1958; the second one is thrown away to keep the state small). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return radius * Math.cos(2 * Math.PI * this.next());
  }

  /** Shuffles in place (Fisher and Yates). */
  shuffle<T>(items: T[] | Int32Array | Uint32Array): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = items[i]!;
      items[i] = items[j]!;
      items[j] = kept;
    }
  }
}

/** FNV-1a, 32 bits: a seed from a name. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}
