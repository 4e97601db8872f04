/**
 * Fingerprints of n-grams of words, and tables of them in bounded memory: what duplicates and overlaps are found by.
 *
 * A word is a run of letters and digits, lower-cased; an n-gram's fingerprint is 64 bits of a rolling polynomial hash.
 * Sampling by value (`fingerprint mod rate = 0`, after Broder 1997) makes samples of different texts comparable: a
 * text's share of known samples estimates how much of it was seen, also when it is only a part of the other text.
 *
 * When a table is full it doubles the rate and forgets every second fingerprint. So memory is constant for any input
 * and no text is favoured by its place; only the resolution falls.
 */

/** Grams of one text: two 32-bit halves each, `count` of them; reused by the next call. */
export interface Grams {
  count: number;
  words: number;
  high: Uint32Array;
  low: Uint32Array;
}

/** Words of a gram. Thirteen is what GPT-3's and the project's leak checks use. */
export const GRAM_WORDS = 13;
const MULTIPLIER_HIGH = 0x9e3779b1;
const MULTIPLIER_LOW = 0x85ebca77;

export class GramReader {
  readonly #n: number;
  readonly #topHigh: number;
  readonly #topLow: number;
  #wordsHigh = new Uint32Array(1024);
  #wordsLow = new Uint32Array(1024);
  readonly #grams: Grams = { count: 0, words: 0, high: new Uint32Array(1024), low: new Uint32Array(1024) };

  /** @param n words of a gram, at least 1; a shorter text counts as one gram of all its words */
  constructor(n: number = GRAM_WORDS) {
    this.#n = n;
    let [high, low] = [1, 1];
    for (let i = 1; i < n; i++) {
      high = Math.imul(high, MULTIPLIER_HIGH);
      low = Math.imul(low, MULTIPLIER_LOW);
    }
    [this.#topHigh, this.#topLow] = [high, low];
  }

  read(text: string): Grams {
    const words = this.#hashWords(text);
    const grams = this.#grams;
    const n = Math.min(this.#n, words);
    const count = words === 0 ? 0 : words - n + 1;
    if (grams.high.length < count) {
      grams.high = new Uint32Array(count * 2);
      grams.low = new Uint32Array(count * 2);
    }
    let high = 0;
    let low = 0;
    for (let i = 0; i < words; i++) {
      if (i >= n) {
        high = (high - Math.imul(this.#wordsHigh[i - n]!, this.#topHigh)) | 0;
        low = (low - Math.imul(this.#wordsLow[i - n]!, this.#topLow)) | 0;
      }
      high = (Math.imul(high, MULTIPLIER_HIGH) + this.#wordsHigh[i]!) | 0;
      low = (Math.imul(low, MULTIPLIER_LOW) + this.#wordsLow[i]!) | 0;
      if (i >= n - 1) {
        grams.high[i - n + 1] = mix(high);
        grams.low[i - n + 1] = mix(low);
      }
    }
    grams.count = count;
    grams.words = words;
    return grams;
  }

  #hashWords(text: string): number {
    const lower = text.toLowerCase();
    let count = 0;
    let high = 0x811c9dc5;
    let low = 0x2f0b4c47;
    let inside = false;
    for (let i = 0; i <= lower.length; i++) {
      const code = i < lower.length ? lower.charCodeAt(i) : 32;
      if (isWordCode(code)) {
        high = Math.imul(high ^ code, 0x01000193);
        low = Math.imul(low ^ code, 0x5bd1e995);
        low ^= low >>> 15;
        inside = true;
      } else if (inside) {
        if (count === this.#wordsHigh.length) {
          this.#wordsHigh = doubled(this.#wordsHigh);
          this.#wordsLow = doubled(this.#wordsLow);
        }
        this.#wordsHigh[count] = mix(high);
        this.#wordsLow[count] = mix(low);
        count++;
        high = 0x811c9dc5;
        low = 0x2f0b4c47;
        inside = false;
      }
    }
    return count;
  }
}

/** Letters and digits; of the rest of Unicode everything but Latin-1 signs, general punctuation, symbols and CJK marks. */
function isWordCode(code: number): boolean {
  if (code < 128) return (code >= 97 && code <= 122) || (code >= 48 && code <= 57);
  return (
    code >= 0xc0 &&
    code !== 0xd7 &&
    code !== 0xf7 &&
    !(code >= 0x2000 && code < 0x2c00) &&
    !(code >= 0x3000 && code < 0x3040) &&
    code < 0xfe00
  );
}

function doubled(words: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(words.length * 2);
  larger.set(words);
  return larger;
}

/** The last step of MurmurHash3: every input bit reaches every output bit. */
function mix(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const FIRST_SLOTS = 1 << 16;
/** Linear probing stays short below this load. */
const FULLEST = 0.7;
const SLOT_BYTES = 8;

/** A set of fingerprints: open addressing over two arrays of 32-bit halves. */
export class FingerprintTable {
  readonly #maxSlots: number;
  #high = new Uint32Array(FIRST_SLOTS);
  #low = new Uint32Array(FIRST_SLOTS);
  #size = 0;
  #rate: number;

  /**
   * @param rate     keeps one fingerprint of `rate`, a power of two, from the start
   * @param maxBytes memory it may take; when full, the rate doubles
   */
  constructor({ rate, maxBytes }: { rate: number; maxBytes: number }) {
    this.#rate = rate;
    this.#maxSlots = Math.max(FIRST_SLOTS, 2 ** Math.floor(Math.log2(maxBytes / SLOT_BYTES)));
  }

  /** One fingerprint of how many is kept now. */
  get rate(): number {
    return this.#rate;
  }

  get size(): number {
    return this.#size;
  }

  samples(low: number): boolean {
    return (low & (this.#rate - 1)) === 0;
  }

  has(high: number, low: number): boolean {
    return this.#high[this.#slot(high, low)] === (high || 1);
  }

  add(high: number, low: number): void {
    if (!this.samples(low)) return;
    const slot = this.#slot(high, low);
    if (this.#high[slot] !== 0) return;
    this.#high[slot] = high || 1; // 0 marks a free slot
    this.#low[slot] = low;
    if (++this.#size > this.#high.length * FULLEST) this.#makeRoom();
  }

  #slot(high: number, low: number): number {
    const mask = this.#high.length - 1;
    const wanted = high || 1;
    for (let slot = wanted & mask; ; slot = (slot + 1) & mask) {
      const held = this.#high[slot]!;
      if (held === 0 || (held === wanted && this.#low[slot] === low)) return slot;
    }
  }

  #makeRoom(): void {
    const [high, low] = [this.#high, this.#low];
    const larger = high.length < this.#maxSlots;
    if (!larger) this.#rate *= 2;
    this.#high = new Uint32Array(larger ? high.length * 2 : high.length);
    this.#low = new Uint32Array(this.#high.length);
    this.#size = 0;
    for (let i = 0; i < high.length; i++) {
      if (high[i] !== 0) this.add(high[i]!, low[i]!);
    }
  }
}
