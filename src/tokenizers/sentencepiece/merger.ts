/**
 * Byte pair encoding proper: the characters of a chunk become symbols, by the best merge first.
 *
 * Two ways with one result: a scan over all pairs for each merge, which is quickest for the length of a word, and a heap for long chunks
 * (a protein has no spaces). The test holds them together.
 */
import { Heap } from "../moses-bpe/heap.ts";
import type { MergeTable } from "./merge-table.ts";

/** Measured on English: scanning is quicker up to here. */
const LONGEST_SCANNED = 48;
const NO_RANK = 0x7fffffff;

/** Symbols of a chunk and where each ends, in UTF-16 units of it; `ids` and `ends` are used again by the next call. */
export interface Symbols {
  count: number;
  ids: Int32Array;
  ends: Int32Array;
}

export class Merger {
  readonly #table: MergeTable;
  readonly #longestScanned: number;
  #ranks: Int32Array = new Int32Array(64);
  #merged: Int32Array = new Int32Array(64);

  constructor(table: MergeTable, { longestScanned = LONGEST_SCANNED }: { readonly longestScanned?: number } = {}) {
    this.#table = table;
    this.#longestScanned = longestScanned;
  }

  /** Merges in place. */
  merge(symbols: Symbols): void {
    if (symbols.count > this.#longestScanned) this.#mergeByHeap(symbols);
    else this.#mergeByScan(symbols);
  }

  #mergeByScan(symbols: Symbols): void {
    const { ids, ends } = symbols;
    if (this.#ranks.length < symbols.count) {
      this.#ranks = new Int32Array(2 * symbols.count);
      this.#merged = new Int32Array(2 * symbols.count);
    }
    const [ranks, merged] = [this.#ranks, this.#merged];
    const look = (at: number): void => {
      const place = this.#table.find(ids[at]!, ids[at + 1]!);
      ranks[at] = place < 0 ? NO_RANK : this.#table.rank(place);
      if (place >= 0) merged[at] = this.#table.merged(place);
    };
    let count = symbols.count;
    for (let at = 0; at + 1 < count; at++) look(at);
    while (count > 1) {
      let best = 0;
      for (let at = 1; at + 1 < count; at++) if (ranks[at]! < ranks[best]!) best = at;
      if (ranks[best] === NO_RANK) break;
      ids[best] = merged[best]!;
      ends.copyWithin(best, best + 1, count);
      ids.copyWithin(best + 1, best + 2, count);
      ranks.copyWithin(best + 1, best + 2, count);
      merged.copyWithin(best + 1, best + 2, count);
      count--;
      if (best > 0) look(best - 1);
      if (best + 1 < count) look(best);
    }
    symbols.count = count;
  }

  #mergeByHeap(symbols: Symbols): void {
    const { ids, ends, count } = symbols;
    const next = Int32Array.from({ length: count }, (_, at) => at + 1);
    const before = Int32Array.from({ length: count }, (_, at) => at - 1);
    const heap = new Heap<Pair>(
      (one, other) => one.rank < other.rank || (one.rank === other.rank && one.at < other.at),
    );
    const offer = (at: number): void => {
      const right = next[at]!;
      if (right >= count) return;
      const place = this.#table.find(ids[at]!, ids[right]!);
      if (place < 0) return;
      heap.push({
        at,
        left: ids[at]!,
        right: ids[right]!,
        rank: this.#table.rank(place),
        merged: this.#table.merged(place),
      });
    };
    for (let at = 0; at < count; at++) offer(at);
    for (let pair = heap.pop(); pair !== undefined; pair = heap.pop()) {
      const right = next[pair.at]!;
      // A pair offered before one of its sides was merged with another; symbols that are gone have the id -1.
      if (ids[pair.at] !== pair.left || right >= count || ids[right] !== pair.right) continue;
      ids[pair.at] = pair.merged;
      ids[right] = -1;
      ends[pair.at] = ends[right]!;
      const following = next[right]!;
      next[pair.at] = following;
      if (following < count) before[following] = pair.at;
      if (before[pair.at]! >= 0) offer(before[pair.at]!);
      offer(pair.at);
    }
    let kept = 0;
    for (let at = 0; at < count; at = next[at]!) {
      ids[kept] = ids[at]!;
      ends[kept] = ends[at]!;
      kept++;
    }
    symbols.count = kept;
  }
}

interface Pair {
  readonly at: number;
  readonly left: number;
  readonly right: number;
  readonly rank: number;
  readonly merged: number;
}
