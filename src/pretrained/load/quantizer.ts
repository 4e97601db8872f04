/**
 * Quantises tiles of matrices, where there is much to do on threads: one takes some 140 MB of float32 a second to 4 bits, and a disk gives several
 * times that. The bits are the same on any number of threads.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { QuantizedBlocks } from "../../checkpoints/quantize.ts";
import { defaultThreads } from "../../runtime/native/threads.ts";
import { type QuantizerTile, quantizeTile } from "./quantize-tile.ts";

export interface Quantizer extends Disposable {
  /** Tiles that are worth having under way at once. */
  readonly atOnce: number;
  /** Whether what all tiles of a matrix write into must be memory that threads share. */
  readonly shares: boolean;
  /** @param tile its values are the quantizer's from now on */
  quantize(tile: QuantizerTile): Promise<QuantizedBlocks | undefined>;
}

/** Bytes of weights from which on starting threads is worth its tenth of a second. */
const WORTH_THREADS = 256e6;
/** More than this, and the disk is what is waited for. */
const MOST_THREADS = 8;
/** Absent where the package runs from its sources, in its own tests. */
const THREAD = new URL("./quantizer-thread.js", import.meta.url);

export interface QuantizerOptions {
  /** Of all weights that will be quantised. */
  readonly bytes: number;
  /** Default: the cores, at most 8 and `OMP_NUM_THREADS`; one for small models. */
  readonly threads?: number;
}

export function openQuantizer({
  bytes,
  threads = bytes < WORTH_THREADS ? 1 : Math.min(defaultThreads(), MOST_THREADS),
}: QuantizerOptions): Quantizer {
  return threads > 1 && existsSync(fileURLToPath(THREAD)) ? new ThreadedQuantizer(threads) : IN_PLACE;
}

const IN_PLACE: Quantizer = {
  atOnce: 1,
  shares: false,
  quantize: async (tile) => quantizeTile(tile),
  [Symbol.dispose]: () => {},
};

class ThreadedQuantizer implements Quantizer {
  readonly atOnce: number;
  readonly shares = true;
  readonly #count: number;
  /** Started with the first tile, which other conversions never have. */
  #threads: readonly QuantizerThread[] = [];

  constructor(count: number) {
    this.#count = count;
    this.atOnce = count + 1; // one is on its way while all others are worked on
  }

  quantize(tile: QuantizerTile): Promise<QuantizedBlocks | undefined> {
    if (this.#threads.length === 0) this.#threads = Array.from({ length: this.#count }, () => new QuantizerThread());
    return this.#threads.reduce((a, b) => (b.waiting < a.waiting ? b : a)).quantize(tile);
  }

  [Symbol.dispose](): void {
    for (const thread of this.#threads) thread[Symbol.dispose]();
  }
}

class QuantizerThread implements Disposable {
  readonly #worker = new Worker(THREAD);
  /** In the order in which they were asked for, which is that of the answers. */
  readonly #waiting: {
    readonly resolve: (result: QuantizedBlocks | undefined) => void;
    readonly reject: (error: unknown) => void;
  }[] = [];
  #failure: unknown;

  constructor() {
    this.#worker.on("message", (result: QuantizedBlocks | undefined) => this.#waiting.shift()!.resolve(result));
    this.#worker.on("error", (error) => this.#fail(error));
    this.#worker.on("exit", (code) => this.#fail(new Error(`a thread that quantises ended with ${code}`)));
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  quantize(tile: QuantizerTile): Promise<QuantizedBlocks | undefined> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(tile, [tile.values.buffer as ArrayBuffer]);
    });
  }

  [Symbol.dispose](): void {
    void this.#worker.terminate();
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}
