/** Counts the Moses words of texts, escaped as BPE sees them: chunks are counted first and taken apart once each. */

import { widened } from "../widened.ts";
import type { MosesMode } from "./characters.ts";
import { ChunkTable, LONGEST_CHUNK } from "./chunk-table.ts";
import { escapeMoses, mosesTokens } from "./moses.ts";
import { MosesScanner, type NextChunk } from "./moses-scan.ts";

/** Different chunks held before they are taken apart; about 100 bytes each. */
const CHUNKS_HELD = 1 << 21;

export class WordCounter {
  readonly #mode: MosesMode;
  readonly #scanner: MosesScanner;
  readonly #table = new ChunkTable(CHUNKS_HELD);
  #counts: Float64Array = new Float64Array(1024);
  #nexts: Uint8Array = new Uint8Array(1024);
  #visited: Int32Array = new Int32Array(1024);
  readonly #words = new Map<string, number>();
  /** Words of all texts so far, repetitions included; exact after `words()`. */
  total = 0;

  constructor(mode: MosesMode) {
    this.#mode = mode;
    this.#scanner = new MosesScanner(mode);
  }

  add(text: string): void {
    if (this.#table.capacity - this.#table.size < text.length) this.#takeApart();
    let visited = 0;
    const long: [start: number, end: number, next: NextChunk][] = [];
    const whole = this.#scanner.walkChunks(text, (start, end, hash, next) => {
      if (end - start > LONGEST_CHUNK) {
        long.push([start, end, next]);
        return;
      }
      let entry = this.#table.find(text, start, end, hash);
      if (entry < 0) {
        entry = this.#table.add(text, start, end, hash);
        if (entry >= this.#counts.length) {
          this.#counts = widened(this.#counts, new Float64Array(2 * entry));
          this.#nexts = widened(this.#nexts, new Uint8Array(2 * entry));
        }
        this.#counts[entry] = 0;
        this.#nexts[entry] = next;
      }
      if (visited === this.#visited.length) this.#visited = widened(this.#visited, new Int32Array(2 * visited));
      this.#visited[visited++] = entry;
    });
    if (whole) {
      for (let i = 0; i < visited; i++) this.#counts[this.#visited[i]!]!++;
      for (const [start, end, next] of long) this.#countChunk(text, start, end, next, 1);
    } else for (const token of mosesTokens(text, this.#mode)) this.#count(token, 1);
  }

  /** Every word with how often it came. */
  words(): ReadonlyMap<string, number> {
    this.#takeApart();
    return this.#words;
  }

  #takeApart(): void {
    for (let entry = 0; entry < this.#table.size; entry++) {
      const count = this.#counts[entry]!;
      if (count === 0) continue; //                                           only in texts that were given back
      const chunk = this.#table.key(entry);
      this.#countChunk(chunk, 0, chunk.length, this.#nexts[entry] as NextChunk, count);
    }
    this.#table.clear();
  }

  #countChunk(text: string, start: number, end: number, next: NextChunk, count: number): void {
    const scanner = this.#scanner;
    scanner.scan(text, start, end, next);
    for (let i = 0; i < scanner.count; i++) {
      this.#count(scanner.dashes[i] === 1 ? "@-@" : text.slice(scanner.starts[i], scanner.ends[i]), count);
    }
  }

  #count(token: string, count: number): void {
    const word = escapeMoses(token);
    this.#words.set(word, (this.#words.get(word) ?? 0) + count);
    this.total += count;
  }
}
