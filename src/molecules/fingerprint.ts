/** Sets of features as bits, and how alike two of them are. */

/** Bits that are set, of 32: sums of ever larger groups. */
function bitsOf(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

export class Fingerprint {
  readonly bytes: Uint8Array;
  /** How many bits are set. */
  readonly count: number;
  /** The bytes, four at once. */
  readonly #words: Int32Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#words = new Int32Array(Math.ceil(bytes.length / 4));
    new Uint8Array(this.#words.buffer).set(bytes);
    this.count = this.#words.reduce((count, word) => count + bitsOf(word), 0);
  }

  /**
   * Shared bits over bits of either (Tanimoto, Jaccard): 0 to 1; 1 for two that are empty.
   *
   * @throws RangeError for fingerprints of different lengths
   */
  similarity(other: Fingerprint): number {
    if (this.bytes.length !== other.bytes.length) {
      throw new RangeError(`similarity: fingerprints of ${8 * this.bytes.length} and ${8 * other.bytes.length} bits`);
    }
    let shared = 0;
    const [ours, theirs] = [this.#words, other.#words];
    for (let i = 0; i < ours.length; i++) shared += bitsOf(ours[i]! & theirs[i]!);
    const either = this.count + other.count - shared;
    return either === 0 ? 1 : shared / either;
  }
}

/** Most similar to all others: the place of the first of the most similar candidates, and how similar it is. */
export interface Neighbour {
  readonly at: number;
  /** 0 to 1. */
  readonly similarity: number;
}

/** @returns undefined where there is no candidate */
export function nearest(query: Fingerprint, candidates: readonly Fingerprint[]): Neighbour | undefined {
  let best: Neighbour | undefined;
  for (const [at, candidate] of candidates.entries()) {
    // No more bits are shared than the smaller one has, and no fewer are of either than the larger one has.
    const most = Math.min(query.count, candidate.count) / Math.max(query.count, candidate.count, 1);
    if (best !== undefined && candidate.count > 0 && most <= best.similarity) continue;
    const similarity = query.similarity(candidate);
    if (best === undefined || similarity > best.similarity) best = { at, similarity };
  }
  return best;
}

/**
 * A chain of residues by the words of `length` letters in it, hashed to bits (FNV-1a): shared words find related proteins without aligning them.
 *
 * @param options.length of a word, in residues. Default 5.
 * @param options.bits a multiple of 8. Default 16,384: a chain of 500 residues sets some 500 of them
 */
export function residueFingerprint(
  sequence: string,
  { length = 5, bits = 16_384 }: { readonly length?: number; readonly bits?: number } = {},
): Fingerprint {
  const bytes = new Uint8Array(bits / 8);
  for (let at = 0; at + length <= sequence.length; at++) {
    let hash = 0x811c9dc5;
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ sequence.charCodeAt(at + i), 0x01000193);
    const bit = (hash >>> 0) % bits;
    bytes[bit >> 3] = bytes[bit >> 3]! | (1 << (bit & 7));
  }
  return new Fingerprint(bytes);
}
