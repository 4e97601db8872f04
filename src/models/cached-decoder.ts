/**
 * Runs a compiled generator graph over slots: rows of a key-value cache that are fed, copied and overwritten.
 *
 * It is what `generation/` calls a `CachedModel`. Rows with one new token each run as one batch over a range of slots; a
 * row with several (a prompt) runs alone, in chunks. The caches are bound as past and present at once, so nothing of them
 * is copied. A slot between two fed ones that is not fed itself computes a dummy token, which is written behind its last.
 *
 * Shapes   S room in a slot · G key-value heads · D head width · V vocabulary
 */
import { abortedError, throwIfAborted } from "../base/cancellation.ts";
import { internalError } from "../base/errors.ts";
import { type CacheShape, cachedHeadWidth, cacheNames } from "../layers/cached-attention.ts";
import type { BoundRun, Device, DeviceTensor, Program } from "../runtime/device.ts";

export interface DecoderOptions {
  readonly device: Device;
  readonly program: Program;
  readonly cache: CacheShape;
  readonly vocabularySize: number;
  /** Most tokens of a sequence. */
  readonly maxLength: number;
  readonly slotCount: number;
  /** Row of the position table for the first token. */
  readonly positionOffset: number;
}

export interface DecoderRow {
  readonly slot: number;
  readonly start: number;
  readonly tokens: ArrayLike<number>;
  readonly wanted: number;
}

/** Tokens of a prompt that are run at once: enough to fill the processor, few enough to stop within a second. */
const CHUNK = 512;

/** Inputs, output and binding of one batch of single tokens over the slots [first, first + count). */
interface Batch {
  readonly ids: BigInt64Array;
  readonly positionRows: BigInt64Array;
  readonly lastPositions: Int32Array;
  readonly longest: Int32Array;
  readonly logits: DeviceTensor<"float32">;
  readonly bound: BoundRun;
  readonly tensors: readonly DeviceTensor[];
}

export class CachedDecoder implements Disposable {
  readonly vocabularySize: number;
  readonly maxLength: number;
  readonly slotCount: number;

  readonly #device: Device;
  readonly #program: Program;
  readonly #cache: CacheShape;
  readonly #positionOffset: number;
  readonly #room: number;
  /** Keys and values of each layer in turn, (slots, G, S, D). */
  readonly #caches: readonly DeviceTensor<"float32">[];
  readonly #lengths: Int32Array;
  readonly #batches = new Map<string, Batch>();
  readonly #slotViews = new Map<string, readonly DeviceTensor[]>();
  #running = false;

  constructor({ device, program, cache, vocabularySize, maxLength, slotCount, positionOffset }: DecoderOptions) {
    this.#device = device;
    this.#program = program;
    this.#cache = { ...cache, headWidth: cachedHeadWidth(cache.headWidth) };
    this.#positionOffset = positionOffset;
    this.vocabularySize = vocabularySize;
    this.maxLength = maxLength;
    this.slotCount = slotCount;
    this.#room = maxLength + 1; // one more for the dummy token behind a full slot
    this.#lengths = new Int32Array(slotCount);
    const shape = [slotCount, cache.keyValueHeads, this.#room, this.#cache.headWidth];
    this.#caches = Array.from({ length: 2 * cache.layers }, () => device.allocate("float32", shape));
  }

  async forward(rows: readonly DecoderRow[], signal?: AbortSignal): Promise<readonly Float32Array[]> {
    if (this.#running) throw internalError("two forward passes over the same cache at once");
    this.#running = true;
    try {
      const results = new Array<Float32Array>(rows.length);
      const single: number[] = [];
      for (const [index, row] of rows.entries()) {
        this.#check(row);
        if (row.tokens.length === 1) single.push(index);
        else results[index] = await this.#prompt(row, signal);
      }
      for (const range of ranges(single, rows)) await this.#batchOf(range, rows, results, signal);
      return results;
    } finally {
      this.#running = false;
    }
  }

  /** Copies cached positions [start, end) from one slot to another. */
  copy(from: number, to: number, start: number, end: number): void {
    const { keyValueHeads: G, headWidth: D } = this.#cache;
    const head = this.#room * D;
    for (const cache of this.#caches) {
      const { data } = cache;
      for (let g = 0; g < G; g++) {
        const source = (from * G + g) * head;
        data.copyWithin((to * G + g) * head + start * D, source + start * D, source + end * D);
      }
    }
    this.#lengths[to] = end;
  }

  [Symbol.dispose](): void {
    for (const { bound, tensors } of this.#batches.values()) {
      bound[Symbol.dispose]();
      for (const tensor of tensors) tensor[Symbol.dispose]();
    }
    for (const views of this.#slotViews.values()) for (const view of views) view[Symbol.dispose]();
    for (const cache of this.#caches) cache[Symbol.dispose]();
  }

  #check({ slot, start, tokens }: DecoderRow): void {
    if (!(slot >= 0 && slot < this.slotCount)) throw internalError(`slot ${slot} of ${this.slotCount}`);
    if (tokens.length === 0) throw internalError(`slot ${slot} is fed no tokens`);
    if (start > this.#lengths[slot]!)
      throw internalError(`slot ${slot} holds ${this.#lengths[slot]} tokens, not ${start}`);
    if (start + tokens.length > this.maxLength) {
      throw internalError(`slot ${slot} would hold ${start + tokens.length} tokens, more than ${this.maxLength}`);
    }
  }

  /** Views of all caches over the slots [first, first + count). */
  #viewsOf(first: number, count: number): readonly DeviceTensor[] {
    const key = `${first}+${count}`;
    const known = this.#slotViews.get(key);
    if (known !== undefined) return known;
    const { keyValueHeads: G, headWidth: D } = this.#cache;
    const slotBytes = G * this.#room * D * 4;
    const shape = [count, G, this.#room, D];
    const views = this.#caches.map((cache) => this.#device.view(cache, first * slotBytes, "float32", shape));
    this.#slotViews.set(key, views);
    return views;
  }

  #cacheBindings(views: readonly DeviceTensor[]): {
    past: Record<string, DeviceTensor>;
    present: Record<string, DeviceTensor>;
  } {
    const past: Record<string, DeviceTensor> = {};
    const present: Record<string, DeviceTensor> = {};
    for (let layer = 0; layer < this.#cache.layers; layer++) {
      const names = cacheNames(layer);
      past[names.pastKeys] = present[names.presentKeys] = views[2 * layer]!;
      past[names.pastValues] = present[names.presentValues] = views[2 * layer + 1]!;
    }
    return { past, present };
  }

  #batch(first: number, count: number): Batch {
    const key = `${first}+${count}`;
    const known = this.#batches.get(key);
    if (known !== undefined) return known;
    const device = this.#device;
    const ids = device.allocate("int64", [count, 1]);
    const positionRows = device.allocate("int64", [count, 1]);
    const lastPositions = device.allocate("int32", [count]);
    const longest = device.allocate("int32", []);
    const logitRows = device.allocate("int64", [count]);
    logitRows.data.set(Array.from({ length: count }, (_, row) => BigInt(row)));
    const logits = device.allocate("float32", [count, this.vocabularySize]);
    const { past, present } = this.#cacheBindings(this.#viewsOf(first, count));
    const bound = this.#program.bind(
      { ids, positionRows, lastPositions, longest, logitRows, ...past },
      { logits, ...present },
    );
    const batch: Batch = {
      ids: ids.data,
      positionRows: positionRows.data,
      lastPositions: lastPositions.data,
      longest: longest.data,
      logits,
      bound,
      tensors: [ids, positionRows, lastPositions, longest, logitRows, logits],
    };
    this.#batches.set(key, batch);
    return batch;
  }

  async #batchOf(
    members: readonly number[],
    rows: readonly DecoderRow[],
    results: Float32Array[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const first = rows[members[0]!]!.slot;
    const count = rows[members.at(-1)!]!.slot - first + 1;
    const batch = this.#batch(first, count);
    for (let row = 0; row < count; row++) this.#place(batch, row, 0, this.#lengths[first + row]!);
    for (const member of members) {
      const { slot, start, tokens } = rows[member]!;
      this.#place(batch, slot - first, tokens[0]!, start);
    }
    batch.longest[0] = batch.lastPositions.reduce((longest, last) => Math.max(longest, last), 0) + 1;
    await batch.bound.run(signal);
    if (signal?.aborted) throw abortedError(signal);
    for (const member of members) {
      const { slot, start, wanted } = rows[member]!;
      this.#lengths[slot] = start + 1;
      const V = this.vocabularySize;
      const row = slot - first;
      results[member] = wanted === 0 ? new Float32Array(0) : batch.logits.data.subarray(row * V, (row + 1) * V);
    }
  }

  #place(batch: Batch, row: number, token: number, position: number): void {
    batch.ids[row] = BigInt(token);
    batch.positionRows[row] = BigInt(Math.min(position, this.maxLength - 1) + this.#positionOffset);
    batch.lastPositions[row] = position;
  }

  /** Several new tokens of one slot, chunk by chunk. */
  async #prompt({ slot, start, tokens, wanted }: DecoderRow, signal: AbortSignal | undefined): Promise<Float32Array> {
    const V = this.vocabularySize;
    const logits = new Float32Array(wanted * V);
    const { past, present } = this.#cacheBindings(this.#viewsOf(slot, 1));
    const firstWanted = tokens.length - wanted;
    for (let at = 0; at < tokens.length; at += CHUNK) {
      throwIfAborted(signal);
      const end = Math.min(tokens.length, at + CHUNK);
      const from = Math.max(at, firstWanted);
      const rowsWanted = Math.max(0, end - from);
      // A graph without wanted rows would have an empty output; the last row costs little and is thrown away.
      const logitRows = rowsWanted === 0 ? [end - at - 1] : Array.from({ length: rowsWanted }, (_, i) => from - at + i);
      const inputs = {
        ids: this.#int64([1, end - at], (i) => tokens[at + i]!),
        positionRows: this.#int64([1, end - at], (i) => start + at + i + this.#positionOffset),
        logitRows: this.#int64([logitRows.length], (i) => logitRows[i]!),
        lastPositions: this.#int32([1], start + end - 1),
        longest: this.#int32([], start + end),
      };
      const output = this.#device.allocate("float32", [logitRows.length, V]);
      try {
        await this.#program.run({ ...inputs, ...past }, { logits: output, ...present }, signal);
        if (rowsWanted > 0) logits.set(output.data, (from - firstWanted) * V);
      } finally {
        for (const tensor of Object.values(inputs)) tensor[Symbol.dispose]();
        output[Symbol.dispose]();
      }
      this.#lengths[slot] = start + end;
    }
    return logits;
  }

  #int64(shape: readonly number[], value: (index: number) => number): DeviceTensor {
    const tensor = this.#device.allocate("int64", shape);
    for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = BigInt(value(i));
    return tensor;
  }

  #int32(shape: readonly number[], value: number): DeviceTensor {
    const tensor = this.#device.allocate("int32", shape);
    tensor.data[0] = value;
    return tensor;
  }
}

/**
 * Cuts the fed slots into ranges that run as one batch each: a gap is bridged while at least half of the slots are fed,
 * since a batch of two costs far less than two batches.
 */
function ranges(members: readonly number[], rows: readonly DecoderRow[]): number[][] {
  const sorted = [...members].sort((a, b) => rows[a]!.slot - rows[b]!.slot);
  const result: number[][] = [];
  for (const member of sorted) {
    const range = result.at(-1);
    const span = range === undefined ? 0 : rows[member]!.slot - rows[range[0]!]!.slot + 1;
    if (range !== undefined && span <= 2 * (range.length + 1)) range.push(member);
    else result.push([member]);
  }
  return result;
}
