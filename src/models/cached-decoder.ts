/**
 * Runs a compiled generator graph over slots: rows of a key-value cache that are fed, copied and overwritten.
 *
 * It is what `generation/` calls a `CachedModel`. Rows with one new token each run as one batch over a range of slots; a
 * row with several (a prompt) runs alone, in chunks. The caches are bound as past and present at once, so nothing of them
 * is copied. A slot between two fed ones that is not fed itself computes a dummy token, which is written behind its last.
 *
 * A negative token stands for an embedding row that was given in its place (embedding-rows.ts).
 *
 * Shapes   S room in a slot · G key-value heads · D head width · V vocabulary
 */
import { abortedError, throwIfAborted } from "../base/cancellation.ts";
import { BiogptError, internalError } from "../base/errors.ts";
import { elementCount } from "../graph/data-type.ts";
import { type CacheShape, cachedHeadWidth, cacheNames, stepNames, WHOLE } from "../layers/cached-attention.ts";
import type { BoundRun, Device, DeviceTensor, Program } from "../runtime/device.ts";
import { EmbeddingRows, type GivenRows } from "./embedding-rows.ts";
import { type KeyValueCache, openKeyValueCache } from "./key-value-cache.ts";

export interface DecoderOptions {
  readonly device: Device;
  readonly program: Program;
  readonly cache: CacheShape;
  /** Of a graph with an int8 cache: the steps of each layer's channels, (G * D') each. Absent: the cache is float32. */
  readonly steps?: readonly CacheSteps[] | undefined;
  readonly vocabularySize: number;
  /** Width C of the rows that may be given in place of ids. */
  readonly width: number;
  /** Most tokens of a sequence. */
  readonly maxLength: number;
  readonly slotCount: number;
  /** Row of the position table for the first token. */
  readonly positionOffset: number;
  /** Bytes that keys and values may take, at least those of one whole context. Default: no limit. */
  readonly cacheMemory?: number | undefined;
  /** Of the model, for errors. */
  readonly name?: string | undefined;
}

/** What one of a byte is worth, of a layer's key and value channels. */
export interface CacheSteps {
  readonly keys: Float32Array;
  readonly values: Float32Array;
}

export interface DecoderRow {
  readonly slot: number;
  readonly start: number;
  readonly tokens: ArrayLike<number>;
  readonly wanted: number;
}

/** From so many tokens on, those of one row are attended to by plain products where the cache is int8: fewer are stepped through. */
const WHOLE_FROM = 16;

/** Tokens of a prompt that are run at once: enough to fill the processor, few enough to stop within a second. */
const CHUNK = 512;

/** Inputs, output and binding of one batch of single tokens over the slots [first, first + count). */
interface Batch {
  readonly ids: DeviceTensor<"int64">;
  readonly positionRows: DeviceTensor<"int64">;
  readonly lastPositions: DeviceTensor<"int32">;
  readonly longest: DeviceTensor<"int32">;
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
  readonly #layers: number;
  readonly #positionOffset: number;
  readonly #caches: KeyValueCache;
  readonly #lengths: Int32Array;
  readonly #batches = new Map<string, Batch>();
  #logits: DeviceTensor<"float32"> | undefined;
  #running = false;
  #disposed = false;
  readonly #name: string;
  readonly #rows: EmbeddingRows;
  readonly #width: number;
  /** Inputs of every step on an int8 cache; `whole` is false in `stepwise` and true in `together`. */
  readonly #steps: Readonly<Record<string, DeviceTensor>>;
  readonly #stepwise: Readonly<Record<string, DeviceTensor>>;
  readonly #together: Readonly<Record<string, DeviceTensor>>;
  /** `isGiven` and `given` of a step without given rows. */
  readonly #noneGiven: { readonly isGiven: DeviceTensor<"bool">; readonly given: DeviceTensor<"float32"> };

  constructor(options: DecoderOptions) {
    const {
      device,
      program,
      cache,
      vocabularySize,
      maxLength,
      slotCount,
      positionOffset,
      cacheMemory: budget,
    } = options;
    this.#name = options.name ?? "unnamed";
    this.#device = device;
    this.#program = program;
    this.#layers = cache.layers;
    this.#positionOffset = positionOffset;
    this.vocabularySize = vocabularySize;
    this.maxLength = maxLength;
    this.slotCount = slotCount;
    this.#lengths = new Int32Array(slotCount);
    this.#width = options.width;
    this.#rows = new EmbeddingRows(options.width);
    this.#noneGiven = {
      isGiven: device.allocate("bool", [1, 1]),
      given: device.allocate("float32", [1, options.width]),
    };
    const padded = { ...cache, headWidth: cachedHeadWidth(cache.headWidth) };
    const { steps } = options;
    this.#steps = steps === undefined ? {} : stepTensors(device, padded, steps);
    const flag = (value: number): Record<string, DeviceTensor> =>
      steps === undefined ? {} : { [WHOLE]: filled(device, "bool", [], [value]) };
    [this.#stepwise, this.#together] = [flag(0), flag(1)];
    const type = steps === undefined ? "float32" : "int8";
    const room = maxLength + 1; // one more for the dummy token behind a full slot
    this.#caches = openKeyValueCache({ device, cache: padded, type, slotCount, room, budget });
  }

  /**
   * Rows that stand in prompts in place of ids: an encoder's output, for example.
   *
   * @param rows (count, C), positions not added
   * @returns their ids, until they are disposed
   * @throws BiogptError `models/embedding-rows`
   */
  giveRows(rows: Float32Array): GivenRows {
    return this.#rows.give(rows);
  }

  /** Whether a negative id is one of rows that were given. */
  holdsRow(id: number): boolean {
    return this.#rows.holds(id);
  }

  /** Whether the first `slots` slots can hold `length` tokens each, within the memory that the cache may take. */
  fits(slots: number, length: number): boolean {
    return this.#caches.fits(slots, length);
  }

  /**
   * Makes room for that.
   *
   * @returns how many of the first slots keep what they held
   * @throws BiogptError `runtime/out-of-memory`; everything is then as before
   */
  reserve(slots: number, length: number): number {
    this.#expectAlive();
    const { kept, moved } = this.#caches.reserve(slots, length);
    if (moved) this.#disposeBatches();
    this.#lengths.fill(0, kept);
    return kept;
  }

  async forward(rows: readonly DecoderRow[], signal?: AbortSignal): Promise<readonly Float32Array[]> {
    this.#expectAlive();
    if (this.#running) throw internalError("two forward passes over the same cache at once");
    this.#running = true;
    try {
      const results = new Array<Float32Array>(rows.length);
      const single: number[] = [];
      for (const [index, row] of rows.entries()) {
        this.#check(row);
        if (row.tokens.length === 1 && row.tokens[0]! >= 0) single.push(index);
        else results[index] = await this.#prompt(row, signal);
      }
      for (const range of ranges(single, rows, this.#caches.mostTogether))
        await this.#batchOf(range, rows, results, signal);
      return results;
    } finally {
      this.#running = false;
    }
  }

  /** Copies cached positions [start, end) from one slot to another. */
  async copy(from: number, to: number, start: number, end: number): Promise<void> {
    this.#expectAlive();
    await this.#caches.copy(from, to, start, end);
    this.#lengths[to] = end;
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#disposeBatches();
    const kept = [this.#noneGiven, this.#steps, this.#stepwise, this.#together];
    for (const tensor of kept.flatMap((tensors) => Object.values(tensors))) tensor[Symbol.dispose]();
    this.#logits?.[Symbol.dispose]();
    this.#caches[Symbol.dispose]();
  }

  #disposeBatches(): void {
    for (const { bound, tensors } of this.#batches.values()) {
      bound[Symbol.dispose]();
      for (const tensor of tensors) tensor[Symbol.dispose]();
    }
    this.#batches.clear();
  }

  #expectAlive(): void {
    if (!this.#disposed) return;
    throw new BiogptError("runtime/disposed", {
      what: `The model ${this.#name} is used after it was disposed.`,
      fix: "Keep it until its last use is over; `using` disposes at the end of the block.",
    });
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

  #cacheBindings(
    first: number,
    count: number,
  ): { past: Record<string, DeviceTensor>; present: Record<string, DeviceTensor> } {
    const views = this.#caches.views(first, count);
    const past: Record<string, DeviceTensor> = {};
    const present: Record<string, DeviceTensor> = {};
    for (let layer = 0; layer < this.#layers; layer++) {
      const names = cacheNames(layer);
      past[names.pastKeys] = present[names.presentKeys] = views[2 * layer]!;
      past[names.pastValues] = present[names.presentValues] = views[2 * layer + 1]!;
    }
    return { past, present };
  }

  async #batch(first: number, count: number): Promise<Batch> {
    const key = `${first}+${count}`;
    const known = this.#batches.get(key);
    if (known !== undefined) return known;
    const device = this.#device;
    const ids = device.allocate("int64", [count, 1]);
    const positionRows = device.allocate("int64", [count, 1]);
    const lastPositions = device.allocate("int32", [count]);
    const longest = device.allocate("int32", []);
    const logitRows = device.allocate("int64", [count]);
    await logitRows.write(BigInt64Array.from({ length: count }, (_, row) => BigInt(row)));
    const logits = this.#logitsOf(first, count);
    const { past, present } = this.#cacheBindings(first, count);
    const inputs = { ids, positionRows, lastPositions, longest };
    const fixed = { ...this.#noneGiven, ...this.#steps, ...this.#stepwise };
    const bound = this.#program.bind({ ...inputs, ...fixed, logitRows, ...past }, { logits, ...present });
    const batch: Batch = { ...inputs, logits, bound, tensors: [...Object.values(inputs), logitRows, logits] };
    this.#batches.set(key, batch);
    return batch;
  }

  /**
   * Rows for the logits of the slots [first, first + count). All batches share one array where it can be viewed from its middle: there are nearly as
   * many batches as pairs of slots, and those of one call are of other slots each.
   */
  #logitsOf(first: number, count: number): DeviceTensor<"float32"> {
    const V = this.vocabularySize;
    if (!this.#device.capabilities.viewable) return this.#device.allocate("float32", [count, V]);
    this.#logits ??= this.#device.allocate("float32", [this.slotCount, V]);
    return this.#device.view(this.#logits, 4 * first * V, "float32", [count, V]);
  }

  async #batchOf(
    members: readonly number[],
    rows: readonly DecoderRow[],
    results: Float32Array[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const first = rows[members[0]!]!.slot;
    const count = rows[members.at(-1)!]!.slot - first + 1;
    const batch = await this.#batch(first, count);
    const ids = new BigInt64Array(count);
    const positions = this.#lengths.slice(first, first + count);
    for (const member of members) {
      const { slot, start, tokens } = rows[member]!;
      ids[slot - first] = BigInt(tokens[0]!);
      positions[slot - first] = start;
    }
    await batch.ids.write(ids);
    await batch.positionRows.write(BigInt64Array.from(positions, (position) => this.#positionRow(position)));
    await batch.lastPositions.write(positions);
    await batch.longest.write(Int32Array.of(Math.max(...positions) + 1));
    await batch.bound.run(signal);
    if (signal?.aborted) throw abortedError(signal);
    const V = this.vocabularySize;
    const logits = await this.#elements(batch.logits);
    for (const member of members) {
      const { slot, start, wanted } = rows[member]!;
      this.#lengths[slot] = start + 1;
      const row = slot - first;
      results[member] = wanted === 0 ? new Float32Array(0) : logits.subarray(row * V, (row + 1) * V);
    }
  }

  /** The elements themselves where they can be seen, else a copy. */
  async #elements(tensor: DeviceTensor<"float32">): Promise<Float32Array> {
    return this.#device.capabilities.viewable ? tensor.data : tensor.read();
  }

  /** Row of the position table; the dummy token behind a full slot takes the last. */
  #positionRow(position: number): bigint {
    return BigInt(Math.min(position, this.maxLength - 1) + this.#positionOffset);
  }

  /** Several new tokens of one slot, chunk by chunk. */
  async #prompt({ slot, start, tokens, wanted }: DecoderRow, signal: AbortSignal | undefined): Promise<Float32Array> {
    const V = this.vocabularySize;
    const logits = new Float32Array(wanted * V);
    const { past, present } = this.#cacheBindings(slot, 1);
    const firstWanted = tokens.length - wanted;
    for (let at = 0; at < tokens.length; at += CHUNK) {
      throwIfAborted(signal);
      const end = Math.min(tokens.length, at + CHUNK);
      const from = Math.max(at, firstWanted);
      const rowsWanted = Math.max(0, end - from);
      // A graph without wanted rows would have an empty output; the last row costs little and is thrown away.
      const logitRows = rowsWanted === 0 ? [end - at - 1] : Array.from({ length: rowsWanted }, (_, i) => from - at + i);
      const inputs = {
        ids: await this.#int64([1, end - at], (i) => Math.max(0, tokens[at + i]!)),
        positionRows: await this.#int64([1, end - at], (i) => start + at + i + this.#positionOffset),
        logitRows: await this.#int64([logitRows.length], (i) => logitRows[i]!),
        lastPositions: await this.#int32([1], start + end - 1),
        longest: await this.#int32([], start + end),
      };
      const given = await this.#givenAmong(tokens, at, end);
      const way = end - at < WHOLE_FROM ? this.#stepwise : this.#together;
      const output = this.#device.allocate("float32", [logitRows.length, V]);
      try {
        await this.#program.run(
          { ...inputs, ...(given ?? this.#noneGiven), ...this.#steps, ...way, ...past },
          { logits: output, ...present },
          signal,
        );
        if (rowsWanted > 0) logits.set(await this.#elements(output), (from - firstWanted) * V);
      } finally {
        for (const tensor of Object.values({ ...inputs, ...given })) tensor[Symbol.dispose]();
        output[Symbol.dispose]();
      }
      this.#lengths[slot] = start + end;
    }
    return logits;
  }

  /** `isGiven` and `given` of the tokens [from, end), where any of them is a given row. */
  async #givenAmong(
    tokens: ArrayLike<number>,
    from: number,
    end: number,
  ): Promise<{ readonly isGiven: DeviceTensor; readonly given: DeviceTensor } | undefined> {
    const count = end - from;
    const isGiven = Uint8Array.from({ length: count }, (_, i) => (tokens[from + i]! < 0 ? 1 : 0));
    if (!isGiven.includes(1)) return undefined;
    const rows = new Float32Array(count * this.#width);
    for (const [i, given] of isGiven.entries()) if (given) rows.set(this.#rows.row(tokens[from + i]!), i * this.#width);
    const tensors = {
      isGiven: this.#device.allocate("bool", [count, 1]),
      given: this.#device.allocate("float32", [count, this.#width]),
    };
    await tensors.isGiven.write(isGiven);
    await tensors.given.write(rows);
    return tensors;
  }

  async #int64(shape: readonly number[], value: (index: number) => number): Promise<DeviceTensor> {
    const tensor = this.#device.allocate("int64", shape);
    await tensor.write(BigInt64Array.from({ length: elementCount(shape) }, (_, i) => BigInt(value(i))));
    return tensor;
  }

  async #int32(shape: readonly number[], value: number): Promise<DeviceTensor> {
    const tensor = this.#device.allocate("int32", shape);
    await tensor.write(Int32Array.of(value));
    return tensor;
  }
}

/**
 * Cuts the fed slots into ranges that run as one batch each: a gap is bridged while at least half of the slots are fed,
 * since a batch of two costs far less than two batches.
 */
function ranges(members: readonly number[], rows: readonly DecoderRow[], most: number): number[][] {
  const sorted = [...members].sort((a, b) => rows[a]!.slot - rows[b]!.slot);
  const result: number[][] = [];
  for (const member of sorted) {
    const range = result.at(-1);
    const span = range === undefined ? 0 : rows[member]!.slot - rows[range[0]!]!.slot + 1;
    if (range !== undefined && span <= Math.min(most, 2 * (range.length + 1))) range.push(member);
    else result.push([member]);
  }
  return result;
}

function stepTensors(
  device: Device,
  { layers, keyValueHeads: G, headWidth: D }: CacheShape,
  steps: readonly CacheSteps[],
): Record<string, DeviceTensor> {
  const tensors: Record<string, DeviceTensor> = {};
  for (let layer = 0; layer < layers; layer++) {
    const names = stepNames(layer);
    tensors[names.keys] = filled(device, "float32", [1, G, 1, D], steps[layer]!.keys);
    tensors[names.values] = filled(device, "float32", [1, G, 1, D], steps[layer]!.values);
  }
  return tensors;
}

/** A tensor on a device whose memory is viewable. */
function filled(
  device: Device,
  dtype: "bool" | "float32",
  shape: readonly number[],
  values: ArrayLike<number>,
): DeviceTensor {
  const tensor = device.allocate(dtype, shape);
  tensor.data.set(values);
  return tensor;
}
