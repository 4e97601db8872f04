/**
 * Merges as numbers: which symbol two neighbours become, and how soon.
 *
 * Symbols are numbered: a piece by its id, a character that is part of pieces but none itself by a number after the last id. The table is
 * open addressing over integers: SentencePiece's 32,000 pieces give some 60,000 pairs, and a pair is looked up for every character read.
 */
import type { Merge } from "./model.ts";

export class MergeTable {
  readonly #mask: number;
  /** left, right, merged, rank; left is -1 where nothing stands. */
  readonly #slots: Int32Array;

  constructor(merges: readonly Merge[], symbolOf: (text: string) => number) {
    let size = 16;
    while (size < 2 * merges.length) size *= 2;
    this.#mask = size - 1;
    this.#slots = new Int32Array(4 * size).fill(-1);
    for (const { left, right, rank } of merges) {
      const [first, second] = [symbolOf(left), symbolOf(right)];
      const at = this.find(first, second);
      const slot = at < 0 ? ~at : at;
      this.#slots.set([first, second, symbolOf(left + right), rank], slot);
    }
  }

  /** @returns the place of a pair for `merged` and `rank`; for a pair that does not merge the complement of where it would stand, below 0 */
  find(left: number, right: number): number {
    let slot = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & this.#mask;
    while (true) {
      const at = 4 * slot;
      const there = this.#slots[at]!;
      if (there === -1) return ~at;
      if (there === left && this.#slots[at + 1] === right) return at;
      slot = (slot + 1) & this.#mask;
    }
  }

  merged(place: number): number {
    return this.#slots[place + 2]!;
  }

  rank(place: number): number {
    return this.#slots[place + 3]!;
  }
}
