/**
 * Pretraining sequences: documents in random order, laid end to end and cut into blocks of one length.
 *
 *     epoch 0: </s> d7 </s> d2 </s> d5 …   epoch 1: </s> d5 </s> d7 …        one endless stream
 *              └── block 0 ──┘
 *                         └── block 1 ──┘                                   neighbours share one token
 *
 * A block is tokens [jL, jL + L]: L inputs and, one further on, L labels, so every token is predicted exactly once. The k-th block given out is
 * not the k-th of the stream: within windows of some thousand blocks their order is random too, else a batch would be one
 * long article. It is a pure function of (seed, k): going on after an interruption, or sharing the work among processes, needs no more than k. Follows
 * fairseq's `tokens_per_sample` with break mode "none"; leaves out padding and masks, as no block is short.
 */
import { BiogptError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { repeatSpans } from "./copy-spans.ts";

/** Documents as ids. Each begins with the end-of-document token. */
export interface TokenDocuments {
  readonly lengths: Uint32Array;
  /** Sum of `lengths`. */
  readonly tokenCount: number;
  /** Fills `into` with tokens [from, from + into.length) of a document. */
  read(document: number, from: number, into: Int32Array): void;
}

/** Documents held in memory: for tests and small data. */
export function tokenDocuments(documents: readonly ArrayLike<number>[]): TokenDocuments {
  const lengths = Uint32Array.from(documents, (document) => document.length);
  return {
    lengths,
    tokenCount: lengths.reduce((sum, length) => sum + length, 0),
    read: (document, from, into) => {
      for (let i = 0; i < into.length; i++) into[i] = documents[document]![from + i]!;
    },
  };
}

export interface PackedStreamOptions {
  /** Tokens of a sequence, L. */
  readonly length: number;
  /** Low 32 bits count. */
  readonly seed: number;
  /** Share of sequences into which repeated spans are written (see copy-spans.ts), 0 to 1. Default 0. */
  readonly copyShare?: number;
  /** Documents and blocks in their order on disk instead of a random one: for evaluation. Default false. */
  readonly inOrder?: boolean;
}

/** Blocks whose order is mixed: at 256 tokens two million, the text of some hundred articles. Never more than an epoch. */
const WINDOW_BLOCKS = 8192;

interface Epoch {
  readonly order: Uint32Array;
  /** Where each document of `order` begins in the epoch, and the epoch's end. */
  readonly starts: Float64Array;
}

export class PackedStream {
  readonly length: number;
  /** Blocks that begin in one pass over the documents; rarely whole. */
  readonly blocksPerEpoch: number;
  readonly #documents: TokenDocuments;
  readonly #seed: number;
  readonly #copyShare: number;
  readonly #inOrder: boolean;
  readonly #epochs: Map<number, Epoch> = new Map();
  readonly #windowSize: number;
  readonly #windows: Map<number, Uint32Array> = new Map();

  /** @throws BiogptError `training/empty-corpus` */
  constructor(documents: TokenDocuments, { length, seed, copyShare = 0, inOrder = false }: PackedStreamOptions) {
    if (documents.tokenCount === 0) {
      throw new BiogptError("training/empty-corpus", {
        what: "There is no token to train on.",
        fix: "Check the data.",
      });
    }
    this.#documents = documents;
    this.length = length;
    this.blocksPerEpoch = documents.tokenCount / length;
    this.#seed = seed;
    this.#copyShare = copyShare;
    this.#inOrder = inOrder;
    this.#windowSize = inOrder ? 1 : Math.max(1, Math.min(WINDOW_BLOCKS, Math.floor(this.blocksPerEpoch)));
  }

  /** Where block k begins: the pass over the documents, and tokens from that pass's start. */
  place(block: number): { readonly epoch: number; readonly position: number } {
    const window = Math.floor(block / this.#windowSize);
    const start = (window * this.#windowSize + this.#window(window)[block % this.#windowSize]!) * this.length;
    const epoch = Math.floor(start / this.#documents.tokenCount);
    return { epoch, position: start - epoch * this.#documents.tokenCount };
  }

  /** Numbers of the documents that block k takes from: named when a batch fails. */
  documentsOf(block: number): number[] {
    const found: number[] = [];
    this.#walk(block, (document) => found.push(document));
    return found;
  }

  /** @returns L + 1 tokens: inputs are the first L, labels the last L */
  block(block: number): Int32Array {
    const tokens = new Int32Array(this.length + 1);
    this.#walk(block, (document, from, at, count) => {
      this.#documents.read(document, from, tokens.subarray(at, at + count));
    });
    if (this.#copyShare > 0) {
      const random = new Random(mix(this.#seed, 0x636f7079, block));
      if (random.next() < this.#copyShare) repeatSpans(tokens, random);
    }
    return tokens;
  }

  #walk(block: number, visit: (document: number, from: number, at: number, count: number) => void): void {
    let { epoch, position } = this.place(block);
    for (let at = 0; at < this.length + 1; epoch++, position = 0) {
      const { order, starts } = this.#epoch(epoch);
      for (let i = lastAtOrBelow(starts, position); i < order.length && at < this.length + 1; i++) {
        const from = position - starts[i]!;
        const count = Math.min(starts[i + 1]! - position, this.length + 1 - at);
        visit(order[i]!, from, at, count);
        at += count;
        position += count;
      }
    }
  }

  #window(window: number): Uint32Array {
    if (this.#windowSize === 1) return FIRST;
    return remembered(this.#windows, window, 2, () => {
      const order = Uint32Array.from({ length: this.#windowSize }, (_, i) => i);
      new Random(mix(this.#seed, 0x77696e64, window)).shuffle(order);
      return order;
    });
  }

  #epoch(epoch: number): Epoch {
    return remembered(this.#epochs, epoch, 3, () => {
      const { lengths } = this.#documents;
      const order = Uint32Array.from(lengths, (_, i) => i);
      if (!this.#inOrder) new Random(mix(this.#seed, 0x6f726465, epoch)).shuffle(order);
      const starts = new Float64Array(order.length + 1);
      for (let i = 0; i < order.length; i++) starts[i + 1] = starts[i]! + lengths[order[i]!]!;
      return { order, starts };
    });
  }
}

const FIRST = Uint32Array.of(0);

/** A value of a cache that keeps those of the `most` highest numbers: a run goes forward. */
function remembered<Value>(cache: Map<number, Value>, key: number, most: number, make: () => Value): Value {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const value = make();
  cache.set(key, value);
  if (cache.size > most) cache.delete(Math.min(...cache.keys()));
  return value;
}

/** Index of the last element that is ≤ value, in an ascending array whose first is. */
function lastAtOrBelow(ascending: Float64Array, value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (ascending[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** One 32-bit seed of several numbers (the finalizer of MurmurHash3 after each). */
export function mix(...numbers: readonly number[]): number {
  let hash = 0x9747b28c;
  for (const number of numbers) {
    for (const half of [number >>> 0, Math.floor(number / 2 ** 32) >>> 0]) {
      hash = Math.imul(hash ^ half, 0x85ebca6b);
      hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
      hash ^= hash >>> 16;
    }
  }
  return hash >>> 0;
}
