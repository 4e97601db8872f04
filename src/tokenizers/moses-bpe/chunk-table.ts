/**
 * A hash table whose keys are stretches of a string, looked up without cutting them out: text is read where it lies.
 *
 * Open addressing with linear probing over typed arrays; an entry is a small number, and callers keep what belongs to it in
 * arrays of their own. Nothing is ever removed singly: a full table is emptied.
 */
import { widened } from "../widened.ts";

/** Longer stretches are rare and rarely come back, so callers treat them without the table. */
export const LONGEST_CHUNK = 64;

export class ChunkTable {
  /** Most entries; `add` refuses beyond. */
  readonly capacity: number;
  #size = 0;
  #mask = 0;
  #slots: Int32Array = new Int32Array(0); //   entry + 1, or 0
  #hashes: Int32Array = new Int32Array(0);
  #keyStarts: Int32Array = new Int32Array(1); // and the end of the last key
  #keys: Uint16Array = new Uint16Array(0);

  constructor(capacity: number) {
    this.capacity = capacity;
    this.clear();
  }

  get size(): number {
    return this.#size;
  }

  clear(): void {
    this.#size = 0;
    this.#mask = 1023;
    this.#slots = new Int32Array(1024);
    this.#hashes = new Int32Array(512);
    this.#keyStarts = new Int32Array(513);
    this.#keys = new Uint16Array(4096);
  }

  /** @returns the entry of text[start, end), or -1. `hash` is `hashChunk` of it, mixed with whatever else tells keys apart. */
  find(text: string, start: number, end: number, hash: number): number {
    const mask = this.#mask;
    const slots = this.#slots;
    const keys = this.#keys;
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot]! - 1;
      if (entry < 0) return -1;
      if (this.#hashes[entry] !== hash) continue;
      let key = this.#keyStarts[entry]!;
      if (this.#keyStarts[entry + 1]! - key !== end - start) continue;
      let at = start;
      while (at < end && text.charCodeAt(at) === keys[key]) {
        at++;
        key++;
      }
      if (at === end) return entry;
    }
  }

  /** Adds a stretch that `find` did not find. @returns its entry, counted from 0, or -1 when the table is full */
  add(text: string, start: number, end: number, hash: number): number {
    if (this.#size === this.capacity) return -1;
    if (this.#size * 2 > this.#mask) this.#grow();
    const entry = this.#size++;
    const key = this.#keyStarts[entry]!;
    const keyEnd = key + end - start;
    if (keyEnd > this.#keys.length) this.#keys = widened(this.#keys, new Uint16Array(2 * keyEnd));
    for (let at = start; at < end; at++) this.#keys[key + at - start] = text.charCodeAt(at);
    this.#keyStarts[entry + 1] = keyEnd;
    this.#hashes[entry] = hash;
    this.#place(entry, hash);
    return entry;
  }

  /** The stretch of an entry. */
  key(entry: number): string {
    return String.fromCharCode(...this.#keys.subarray(this.#keyStarts[entry]!, this.#keyStarts[entry + 1]!));
  }

  #place(entry: number, hash: number): void {
    let slot = (hash ^ (hash >>> 15)) & this.#mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = entry + 1;
  }

  #grow(): void {
    this.#mask = this.#mask * 2 + 1;
    this.#slots = new Int32Array(this.#mask + 1);
    const entries = (this.#mask + 1) / 2;
    this.#hashes = widened(this.#hashes, new Int32Array(entries + 1));
    this.#keyStarts = widened(this.#keyStarts, new Int32Array(entries + 2));
    for (let entry = 0; entry < this.#size; entry++) this.#place(entry, this.#hashes[entry]!);
  }
}

/** FNV-1a over UTF-16 units, begun at `HASH_START`. */
export function hashUnit(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x01000193);
}

export const HASH_START: number = 0x811c9dc5 | 0;
