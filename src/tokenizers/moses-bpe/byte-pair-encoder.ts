/**
 * Words to pieces by ranked merges.
 *
 * Follows   fastBPE's applybpe, which BioGptTokenizer's loop equals: a word is its code points, the last with `</w>`; the
 *           neighbouring pair of lowest rank is merged wherever it stands, left to right, until no pair has a rank.
 * Cost      short words by a scan for the best pair, long ones (a base sequence without spaces) by a heap; equal by test
 * Left out  a limit to frequent pieces (`applybpe` with a vocabulary), which BioGPT never used
 */
import { Heap } from "./heap.ts";
import { escapeCharacter } from "./moses.ts";
import { type Merges, SPECIAL_TOKENS, type Vocabulary, WORD_END } from "./vocabulary.ts";

/** The pieces of a word. */
export interface WordPieces {
  readonly ids: Int32Array;
  /** For each piece, how many UTF-16 units of the unescaped word it and those before it stand for. */
  readonly ends: Int32Array;
}

/** Up to this length, scanning for the best pair beats the heap. */
const LONGEST_SCANNED = 96;
const NO_RANK = 0x7fffffff;

export class BytePairEncoder {
  readonly #unknownId: number;
  readonly #vocabularySize: number;
  /** Numbers of spellings: a piece's id, or beyond the vocabulary for what only merges know. */
  readonly #symbols = new Map<string, number>();
  readonly #inner = new Map<string, number>();
  readonly #final = new Map<string, number>();

  // Merges as a hash table with linear probing.
  readonly #mask: number;
  readonly #lefts: Int32Array;
  readonly #rights: Int32Array;
  readonly #ranks: Int32Array;
  readonly #products: Int32Array;

  // The word in hand.
  #parts: Int32Array = new Int32Array(LONGEST_SCANNED);
  #lengths: Int32Array = new Int32Array(LONGEST_SCANNED);
  readonly #pairRanks = new Int32Array(LONGEST_SCANNED);

  constructor(vocabulary: Vocabulary, merges: Merges, unknownId: number) {
    this.#unknownId = unknownId;
    this.#vocabularySize = vocabulary.length;
    const specials: readonly string[] = SPECIAL_TOKENS;
    for (const [id, piece] of vocabulary.entries()) if (!specials.includes(piece)) this.#symbols.set(piece, id);
    let next = vocabulary.length;
    const symbolOf = (spelling: string): number => {
      let symbol = this.#symbols.get(spelling);
      if (symbol === undefined) {
        symbol = next++;
        this.#symbols.set(spelling, symbol);
      }
      return symbol;
    };
    let slots = 1024;
    while (slots < 3 * merges.length) slots *= 2;
    this.#mask = slots - 1;
    this.#lefts = new Int32Array(slots).fill(-1);
    this.#rights = new Int32Array(slots);
    this.#ranks = new Int32Array(slots);
    this.#products = new Int32Array(slots);
    for (const [rank, [left, right]] of merges.entries()) {
      const leftSymbol = symbolOf(left);
      const rightSymbol = symbolOf(right);
      let slot = this.#slotOf(leftSymbol, rightSymbol);
      while (this.#lefts[slot] !== -1) slot = (slot + 1) & this.#mask;
      this.#lefts[slot] = leftSymbol;
      this.#rights[slot] = rightSymbol;
      this.#ranks[slot] = rank;
      this.#products[slot] = symbolOf(left + right);
    }
  }

  /** @param word a Moses token before escaping: a run of characters of the text, or `@-@` for one dash */
  encode(word: string): WordPieces {
    const count = this.#split(word);
    const left = count <= LONGEST_SCANNED ? this.#mergeScanning(count) : this.#mergeByHeap(count);
    const ids = new Int32Array(left);
    const ends = new Int32Array(left);
    let end = 0;
    for (let i = 0; i < left; i++) {
      const symbol = this.#parts[i]!;
      ids[i] = symbol >= 0 && symbol < this.#vocabularySize ? symbol : this.#unknownId;
      end += this.#lengths[i]!;
      ends[i] = end;
    }
    return { ids, ends };
  }

  /** Code points of the escaped word into `#parts`, with the units each stands for: of an escape, all by its first. */
  #split(word: string): number {
    const capacity = 6 * word.length; //                                       the longest escapes have six characters
    if (capacity > this.#parts.length) {
      this.#parts = new Int32Array(2 * capacity);
      this.#lengths = new Int32Array(2 * capacity);
    }
    let count = 0;
    const put = (character: string, units: number, final: boolean): void => {
      this.#parts[count] = this.#characterSymbol(character, final);
      this.#lengths[count++] = units;
    };
    if (word === "@-@") {
      put("@", 1, false);
      put("-", 0, false);
      put("@", 0, true);
      return count;
    }
    for (let at = 0; at < word.length; ) {
      const character = String.fromCodePoint(word.codePointAt(at)!);
      at += character.length;
      const escaped = escapeCharacter(character);
      if (escaped === character) put(character, character.length, at === word.length);
      else {
        for (let i = 0; i < escaped.length; i++) {
          put(escaped[i]!, i === 0 ? 1 : 0, at === word.length && i === escaped.length - 1);
        }
      }
    }
    return count;
  }

  /** -1 for a character that neither the vocabulary nor the merges know. */
  #characterSymbol(character: string, final: boolean): number {
    const known = final ? this.#final : this.#inner;
    let symbol = known.get(character);
    if (symbol === undefined) {
      symbol = this.#symbols.get(final ? character + WORD_END : character) ?? -1;
      if (symbol >= 0) known.set(character, symbol);
    }
    return symbol;
  }

  #mergeScanning(count: number): number {
    const parts = this.#parts;
    const lengths = this.#lengths;
    const ranks = this.#pairRanks; //                                          of each part with the next
    for (let i = 0; i + 1 < count; i++) ranks[i] = this.#rankOf(parts[i]!, parts[i + 1]!);
    while (count > 1) {
      let best = NO_RANK;
      for (let i = 0; i + 1 < count; i++) if (ranks[i]! < best) best = ranks[i]!;
      if (best === NO_RANK) break;
      let to = 0; // ranks still speak of the old places, as they must until the pass is done
      for (let from = 0; from < count; from++, to++) {
        if (from + 1 < count && ranks[from] === best) {
          parts[to] = this.#productOf(parts[from]!, parts[from + 1]!);
          lengths[to] = lengths[from]! + lengths[from + 1]!;
          from++;
        } else {
          parts[to] = parts[from]!;
          lengths[to] = lengths[from]!;
        }
      }
      count = to;
      for (let i = 0; i + 1 < count; i++) ranks[i] = this.#rankOf(parts[i]!, parts[i + 1]!);
    }
    return count;
  }

  /** A chain of parts; the heap holds pairs by rank, then place, and those that have changed since are skipped. */
  #mergeByHeap(count: number): number {
    const parts = this.#parts;
    const lengths = this.#lengths;
    const next = Int32Array.from({ length: count }, (_, i) => (i + 1 < count ? i + 1 : -1));
    const previous = Int32Array.from({ length: count }, (_, i) => i - 1);
    const heap = new Heap<{ rank: number; at: number }>(
      (a, b) => a.rank < b.rank || (a.rank === b.rank && a.at < b.at),
    );
    const place = (at: number): void => {
      const rank = at >= 0 && next[at]! >= 0 ? this.#rankOf(parts[at]!, parts[next[at]!]!) : NO_RANK;
      if (rank !== NO_RANK) heap.push({ rank, at });
    };
    for (let at = 0; at < count; at++) place(at);
    const gone = new Uint8Array(count);
    for (let first = heap.pop(); first !== undefined; first = heap.pop()) {
      const { rank } = first;
      const round = [first.at];
      while (heap.first?.rank === rank) round.push(heap.pop()!.at);
      const changed: number[] = [];
      for (const at of round) {
        const other = next[at]!;
        if (gone[at] === 1 || other < 0 || this.#rankOf(parts[at]!, parts[other]!) !== rank) continue;
        parts[at] = this.#productOf(parts[at]!, parts[other]!);
        lengths[at]! += lengths[other]!;
        gone[other] = 1;
        next[at] = next[other]!;
        if (next[at]! >= 0) previous[next[at]!] = at;
        changed.push(at);
      }
      for (const at of changed) {
        place(previous[at]!);
        place(at);
      }
    }
    let to = 0;
    for (let at = 0; at >= 0; at = next[at]!) {
      parts[to] = parts[at]!;
      lengths[to++] = lengths[at]!;
    }
    return to;
  }

  #slotOf(left: number, right: number): number {
    const hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca77);
    return (hash ^ (hash >>> 15)) & this.#mask;
  }

  #find(left: number, right: number): number {
    if (left < 0 || right < 0) return -1;
    for (let slot = this.#slotOf(left, right); this.#lefts[slot] !== -1; slot = (slot + 1) & this.#mask) {
      if (this.#lefts[slot] === left && this.#rights[slot] === right) return slot;
    }
    return -1;
  }

  #rankOf(left: number, right: number): number {
    const slot = this.#find(left, right);
    return slot < 0 ? NO_RANK : this.#ranks[slot]!;
  }

  #productOf(left: number, right: number): number {
    return this.#products[this.#find(left, right)]!;
  }
}
