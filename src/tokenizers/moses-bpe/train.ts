/**
 * Learns byte pair merges and a vocabulary from counted words.
 *
 * Follows   fastBPE's learnbpe: words of code points, `</w>` at the last one; the most frequent neighbouring pair is merged
 *           everywhere, again and again. Pairs equally frequent: the one whose left part, then right part, sorts first by UTF-16
 *           units, so that the same words always give the same merges.
 * Differs   in the vocabulary: every merge product is in it, and every character frequent enough in both its forms, so that a word
 *           of known characters never becomes `<unk>` (BioGPT's own dictionary lacks a few products). Pieces are ordered by
 *           how often the words contain them, as fairseq orders its dictionary.
 * Cost      each merge visits only the words that hold its pair; a heap of pair counts is mended lazily
 */
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError, present } from "../../base/errors.ts";
import type { ReportProgress } from "../../base/progress.ts";
import { Heap } from "./heap.ts";
import { WORD_END } from "./vocabulary.ts";

export interface TrainBpeOptions {
  /** How many merges to learn, 1 to 1,000,000; fewer when the words run out of pairs. */
  readonly merges: number;
  /** A pair seen less often is not merged. Default 2. */
  readonly minimumPairCount?: number;
  /** A character seen less often gets no piece and becomes `<unk>`. Default 5. */
  readonly minimumCharacterCount?: number;
  readonly signal?: AbortSignal;
  /** Told of the merges learned. */
  readonly progress?: ReportProgress;
}

export interface LearnedBpe {
  /** Left part, right part, and how often the pair stood in the words when it was merged; first merged first. */
  readonly merges: readonly (readonly [left: string, right: string, count: number])[];
  /** Pieces without the special tokens, most frequent first: `foo` goes on, `foo</w>` ends a word. */
  readonly pieces: readonly (readonly [piece: string, count: number])[];
}

/** So that the event loop and Ctrl-C get their turn. */
const MILLISECONDS_PER_TURN = 20;
const LARGEST_SYMBOL = 2 ** 24;

/**
 * @param words every word, escaped, with how often it came
 * @throws BiogptError `tokenizers/no-words` when there is nothing to learn from, `aborted`
 */
export async function trainBpe(
  words: ReadonlyMap<string, number>,
  { merges, minimumPairCount = 2, minimumCharacterCount = 5, signal, progress }: TrainBpeOptions,
): Promise<LearnedBpe> {
  if (words.size === 0) {
    throw new BiogptError("tokenizers/no-words", {
      what: "There are no words to learn merges from.",
      fix: "Give it texts: .txt or .jsonl files, plain or gzip.",
    });
  }
  const corpus = new SymbolCorpus(words);
  const learned: [string, string, number][] = [];
  const seen = new Set<number>();
  let turnEnds = performance.now() + MILLISECONDS_PER_TURN;
  while (learned.length < merges) {
    const best = corpus.mostFrequentPair();
    if (best === undefined || best.count < minimumPairCount) break;
    const { left, right, count } = best;
    corpus.merge(left, right);
    const key = left * LARGEST_SYMBOL + right;
    // A pair can come back when one of its parts is made again by another merge; its first rank already merges it.
    if (!seen.has(key)) learned.push([corpus.symbols[left]!, corpus.symbols[right]!, count]);
    seen.add(key);
    if (performance.now() > turnEnds) {
      progress?.({ activity: "learning merges", done: learned.length, total: merges, unit: "merges" });
      await new Promise((resolve) => setTimeout(resolve, 0));
      throwIfAborted(signal);
      turnEnds = performance.now() + MILLISECONDS_PER_TURN;
    }
  }
  progress?.({ activity: "learning merges", done: learned.length, total: learned.length, unit: "merges" });
  return { merges: learned, pieces: choosePieces(words, corpus.symbolCounts(), learned, minimumCharacterCount) };
}

function choosePieces(
  words: ReadonlyMap<string, number>,
  counts: ReadonlyMap<string, number>,
  merges: LearnedBpe["merges"],
  minimumCharacterCount: number,
): LearnedBpe["pieces"] {
  const characters = new Map<string, number>();
  for (const [word, count] of words) {
    for (const character of word) characters.set(character, (characters.get(character) ?? 0) + count);
  }
  const kept = new Set<string>();
  for (const [character, count] of characters) {
    if (count >= minimumCharacterCount) kept.add(character).add(character + WORD_END);
  }
  for (const [left, right] of merges)
    kept
      .add(left)
      .add(right)
      .add(left + right);
  return [...kept]
    .map((piece): [string, number] => [piece, counts.get(piece) ?? 0])
    .sort(([left, leftCount], [right, rightCount]) => rightCount - leftCount || (left < right ? -1 : 1));
}

interface Pair {
  readonly left: number;
  readonly right: number;
  /** How often the pair stands in the words, their counts considered. */
  count: number;
  /** The highest count it has in the heap, 0 when it is not there. */
  highestPlaced: number;
  /** Every word that holds it, and some that no longer do. */
  words: number[];
}

interface Placed {
  readonly pair: Pair;
  readonly count: number;
}

/** The words as symbols, and for each pair of neighbours its count and the words that may hold it. */
class SymbolCorpus {
  /** Spelling of each symbol. */
  readonly symbols: string[] = [];
  readonly #ids = new Map<string, number>();
  /** The symbol interned last: the product of the merge under way. */
  #newest = -1;
  /** Words one after the other in one array; a word shrinks in place. */
  readonly #text: Int32Array;
  readonly #starts: Int32Array;
  readonly #lengths: Int32Array;
  readonly #wordCounts: Float64Array;
  readonly #pairs = new Map<number, Pair>();
  readonly #heap = new Heap<Placed>(
    (a, b) => a.count > b.count || (a.count === b.count && this.#sortsFirst(a.pair, b.pair)),
  );

  constructor(words: ReadonlyMap<string, number>) {
    let length = 0;
    for (const word of words.keys()) length += word.length;
    this.#text = new Int32Array(length);
    this.#starts = new Int32Array(words.size);
    this.#lengths = new Int32Array(words.size);
    this.#wordCounts = new Float64Array(words.size);
    let at = 0;
    let index = 0;
    for (const [word, count] of words) {
      this.#starts[index] = at;
      const characters = [...word];
      for (const [i, character] of characters.entries()) {
        this.#text[at++] = this.#intern(i === characters.length - 1 ? character + WORD_END : character);
      }
      this.#lengths[index] = characters.length;
      this.#wordCounts[index] = count;
      this.#addPairs(index, count, undefined);
      index++;
    }
    for (const pair of this.#pairs.values()) this.#place(pair);
  }

  /** Counts in the heap may be too high, never too low: a rise is placed at once, a fall when it surfaces. */
  mostFrequentPair(): Pair | undefined {
    while (true) {
      const placed = this.#heap.pop();
      if (placed === undefined) return undefined;
      const { pair, count } = placed;
      if (pair.count === count) {
        pair.highestPlaced = 0;
        return pair;
      }
      if (pair.count > 0 && pair.count < count) this.#place(pair);
    }
  }

  merge(left: number, right: number): void {
    const pair = present(this.#pairs.get(left * LARGEST_SYMBOL + right), "internal: the pair to merge");
    const merged = this.#intern(this.symbols[left]! + this.symbols[right]!);
    const touched = new Set<Pair>();
    const words = pair.words;
    pair.words = [];
    for (const word of words) {
      const start = this.#starts[word]!;
      const end = start + this.#lengths[word]!;
      let found = start;
      while (found + 1 < end && !(this.#text[found] === left && this.#text[found + 1] === right)) found++;
      if (found + 1 >= end) continue; //                                      an earlier merge took it away
      const count = this.#wordCounts[word]!;
      this.#addPairs(word, -count, undefined);
      let to = found;
      for (let from = found; from < end; from++) {
        if (from + 1 < end && this.#text[from] === left && this.#text[from + 1] === right) {
          this.#text[to++] = merged;
          from++;
        } else this.#text[to++] = this.#text[from]!;
      }
      this.#lengths[word] = to - start;
      this.#addPairs(word, count, touched);
    }
    for (const other of touched) if (other.count > other.highestPlaced) this.#place(other);
  }

  /** How often each symbol stands in the words now. */
  symbolCounts(): ReadonlyMap<string, number> {
    const counts = new Float64Array(this.symbols.length);
    for (let word = 0; word < this.#starts.length; word++) {
      const start = this.#starts[word]!;
      for (let at = start; at < start + this.#lengths[word]!; at++) counts[this.#text[at]!]! += this.#wordCounts[word]!;
    }
    return new Map(this.symbols.map((symbol, i) => [symbol, counts[i]!]));
  }

  #addPairs(word: number, count: number, touched: Set<Pair> | undefined): void {
    const start = this.#starts[word]!;
    const end = start + this.#lengths[word]!;
    for (let at = start; at + 1 < end; at++) {
      const left = this.#text[at]!;
      const right = this.#text[at + 1]!;
      const key = left * LARGEST_SYMBOL + right;
      let pair = this.#pairs.get(key);
      if (pair === undefined) {
        pair = { left, right, count: 0, highestPlaced: 0, words: [] };
        this.#pairs.set(key, pair);
      }
      pair.count += count;
      if (count > 0 && pair.words.at(-1) !== word) {
        // A word is listed again only where a merge brings the pair about, as its old places are listed already.
        if (touched === undefined || left === this.#newest || right === this.#newest) pair.words.push(word);
      }
      touched?.add(pair);
    }
  }

  #place(pair: Pair): void {
    pair.highestPlaced = pair.count;
    this.#heap.push({ pair, count: pair.count });
  }

  #sortsFirst(a: Pair, b: Pair): boolean {
    const [left, otherLeft] = [this.symbols[a.left]!, this.symbols[b.left]!];
    return left === otherLeft ? this.symbols[a.right]! < this.symbols[b.right]! : left < otherLeft;
  }

  #intern(spelling: string): number {
    let id = this.#ids.get(spelling);
    if (id === undefined) {
      id = this.symbols.length;
      this.symbols.push(spelling);
      this.#ids.set(spelling, id);
    }
    this.#newest = id;
    return id;
  }
}
