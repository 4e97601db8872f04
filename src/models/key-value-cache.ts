/**
 * Where keys and values are cached: the caches of all slots, in the device's memory, within a budget.
 *
 * - `SharedCache`    one tensor a layer, rows beside each other: a range of slots is a view, so they run as one batch
 * - `SeparateCache`  tensors of each slot's own, for devices whose buffers cannot be viewed from their middle: every slot runs alone
 *
 * Where all slots with the whole context fit into the budget they are there from the beginning, since pages take memory only when they are
 * touched. Else a shared cache grows with what is asked of it: in room for each slot, in slots, and where both do not fit, in room at the
 * price of slots that nobody uses. A separate one has the whole context in each slot, so its budget limits how many there are.
 *
 * Shapes   (slots, G, S, D) or, separate, (1, G, S, D): G key-value heads · S room · D head width
 */
import { internalError } from "../base/errors.ts";
import { byteLength } from "../graph/data-type.ts";
import { Graph } from "../graph/graph.ts";
import { toOnnx } from "../graph/onnx.ts";
import type { CacheShape, CacheType } from "../layers/cached-attention.ts";
import type { Device, DeviceTensor, Program } from "../runtime/device.ts";

export interface KeyValueCache extends Disposable {
  /** Most neighbouring slots that can run as one batch. */
  readonly mostTogether: number;
  /** Keys and values of each layer in turn, over the slots [first, first + count). They stay the cache's. */
  views(first: number, count: number): readonly DeviceTensor[];
  /** Copies the positions [start, end) of one slot to another. */
  copy(from: number, to: number, start: number, end: number): void | Promise<void>;
  /** Whether the first `slots` slots can hold `length` positions each, within the budget. */
  fits(slots: number, length: number): boolean;
  /**
   * Makes that room. Views that were given before are void where the answer says so.
   *
   * @returns how many of the first slots keep what they held, and whether anything moved
   */
  reserve(slots: number, length: number): { readonly kept: number; readonly moved: boolean };
}

export interface KeyValueCacheOptions {
  readonly device: Device;
  readonly cache: CacheShape;
  readonly slotCount: number;
  /** Most positions of a slot. */
  readonly room: number;
  /** Default `float32`. */
  readonly type?: CacheType | undefined;
  /** Bytes, at least those of one slot with all of its room. Default: no limit. */
  readonly budget?: number | undefined;
}

/** Bytes of one position in all layers, keys and values. */
export function bytesPerPosition({ layers, keyValueHeads, headWidth }: CacheShape, type: CacheType): number {
  return byteLength(type, [2 * layers * keyValueHeads * headWidth]);
}

export function openKeyValueCache(options: KeyValueCacheOptions): KeyValueCache {
  return options.device.capabilities.viewable ? new SharedCache(options) : new SeparateCache(options);
}

/** Room is taken in powers of two from here on, and slots from one on, so that growing sequences are copied seldom. */
const LEAST_ROOM = 256;

/** The smallest one that is at least `value`, from 1 on. */
function powerOfTwo(value: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, value)));
}

class SharedCache implements KeyValueCache {
  readonly mostTogether: number;
  readonly #device: Device;
  readonly #cache: CacheShape;
  readonly #type: CacheType;
  readonly #mostSlots: number;
  readonly #mostRoom: number;
  /** Slots times room that the budget pays for. */
  readonly #mostPositions: number;
  #slots = 0;
  #room = 0;
  #tensors: readonly DeviceTensor<CacheType>[] = [];
  readonly #views = new Map<string, readonly DeviceTensor[]>();

  constructor(options: KeyValueCacheOptions) {
    const { device, cache, slotCount, room, budget = Number.POSITIVE_INFINITY, type = "float32" } = options;
    this.mostTogether = slotCount;
    this.#device = device;
    this.#cache = cache;
    this.#type = type;
    this.#mostSlots = slotCount;
    this.#mostRoom = room;
    this.#mostPositions = Math.max(room, Math.floor(budget / bytesPerPosition(cache, type)));
    if (slotCount * room <= this.#mostPositions) this.#resize(slotCount, room);
  }

  fits(slots: number, length: number): boolean {
    return slots <= this.#mostSlots && slots * this.#roomFor(length) <= this.#mostPositions;
  }

  reserve(slots: number, length: number): { kept: number; moved: boolean } {
    const room = this.#roomFor(length);
    if (slots <= this.#slots && room <= this.#room) return { kept: this.#slots, moved: false };
    const stepped = Math.min(this.#mostRoom, LEAST_ROOM * powerOfTwo(room / LEAST_ROOM));
    const affordable = Math.floor(this.#mostPositions / Math.max(stepped, this.#room));
    const more = Math.min(this.#mostSlots, powerOfTwo(slots), affordable);
    const choices = [
      [Math.max(slots, more, this.#slots), Math.max(stepped, this.#room)],
      [Math.max(slots, this.#slots), Math.max(stepped, this.#room)],
      [slots, Math.max(stepped, this.#room)],
      [slots, stepped],
      [slots, room],
    ] as const;
    const choice = choices.find(([count, size]) => count * size <= this.#mostPositions);
    if (choice === undefined) throw internalError(`${slots} slots of ${length} positions do not fit the cache`);
    const kept = Math.min(this.#slots, choice[0]);
    this.#resize(...choice);
    return { kept, moved: true };
  }

  views(first: number, count: number): readonly DeviceTensor[] {
    const key = `${first}+${count}`;
    let views = this.#views.get(key);
    if (views === undefined) {
      if (first + count > this.#slots)
        throw internalError(`slot ${first + count - 1} of ${this.#slots} is not reserved`);
      const { keyValueHeads: G, headWidth: D } = this.#cache;
      const type = this.#type;
      const bytes = byteLength(type, [first, G, this.#room, D]);
      views = this.#tensors.map((tensor) => this.#device.view(tensor, bytes, type, [count, G, this.#room, D]));
      this.#views.set(key, views);
    }
    return views;
  }

  copy(from: number, to: number, start: number, end: number): void {
    const { keyValueHeads: G, headWidth: D } = this.#cache;
    const head = this.#room * D;
    for (const { data } of this.#tensors) {
      for (let g = 0; g < G; g++) {
        const source = (from * G + g) * head;
        data.copyWithin((to * G + g) * head + start * D, source + start * D, source + end * D);
      }
    }
  }

  [Symbol.dispose](): void {
    this.#disposeViews();
    for (const tensor of this.#tensors) tensor[Symbol.dispose]();
  }

  /** One more for the dummy token behind a full slot. */
  #roomFor(length: number): number {
    return Math.min(length + 1, this.#mostRoom);
  }

  /** All new tensors first: where there is no memory for them, the old ones stay as they are. Then layer by layer, so that few pages are held twice. */
  #resize(slots: number, room: number): void {
    const { layers, keyValueHeads: G, headWidth: D } = this.#cache;
    const fresh: DeviceTensor<CacheType>[] = [];
    try {
      while (fresh.length < 2 * layers) fresh.push(this.#device.allocate(this.#type, [slots, G, room, D]));
    } catch (error) {
      for (const tensor of fresh) tensor[Symbol.dispose]();
      throw error;
    }
    this.#disposeViews();
    const both = Math.min(room, this.#room) * D;
    for (const [i, old] of this.#tensors.entries()) {
      for (let head = 0; head < Math.min(slots, this.#slots) * G; head++) {
        const from = head * this.#room * D;
        fresh[i]!.data.set(old.data.subarray(from, from + both), head * room * D);
      }
      old[Symbol.dispose]();
    }
    this.#tensors = fresh;
    this.#slots = slots;
    this.#room = room;
  }

  #disposeViews(): void {
    for (const views of this.#views.values()) for (const view of views) view[Symbol.dispose]();
    this.#views.clear();
  }
}

class SeparateCache implements KeyValueCache {
  readonly mostTogether = 1;
  readonly #device: Device;
  readonly #cache: CacheShape;
  readonly #type: CacheType;
  readonly #shape: readonly number[];
  readonly #mostSlots: number;
  readonly #slots: (readonly DeviceTensor[] | undefined)[];
  #copyProgram: Promise<Program> | undefined;

  constructor(options: KeyValueCacheOptions) {
    const { device, cache, slotCount, room, budget = Number.POSITIVE_INFINITY, type = "float32" } = options;
    this.#device = device;
    this.#cache = cache;
    this.#type = type;
    this.#shape = [1, cache.keyValueHeads, room, cache.headWidth];
    this.#mostSlots = Math.max(1, Math.min(slotCount, Math.floor(budget / (room * bytesPerPosition(cache, type)))));
    this.#slots = new Array<undefined>(slotCount).fill(undefined);
  }

  fits(slots: number): boolean {
    return slots <= this.#mostSlots;
  }

  reserve(): { kept: number; moved: boolean } {
    return { kept: this.#slots.length, moved: false };
  }

  views(first: number): readonly DeviceTensor[] {
    this.#slots[first] ??= Array.from({ length: 2 * this.#cache.layers }, () =>
      this.#device.allocate(this.#type, this.#shape),
    );
    return this.#slots[first];
  }

  /** Copies whole slots on the device: positions before `start` hold the same tokens in both, those from `end` on do not count. */
  async copy(from: number, to: number): Promise<void> {
    this.#copyProgram ??= this.#device.compile(copyGraph(this.#type, this.#shape));
    const program = await this.#copyProgram;
    const targets = this.views(to);
    for (const [i, source] of this.views(from).entries()) await program.run({ source }, { target: targets[i] });
  }

  [Symbol.dispose](): void {
    for (const tensors of this.#slots) for (const tensor of tensors ?? []) tensor[Symbol.dispose]();
    void this.#copyProgram?.then((program) => program[Symbol.dispose]());
  }
}

function copyGraph(type: CacheType, shape: readonly number[]): Uint8Array {
  const graph = new Graph();
  graph.output("target", graph.input("source", type, shape));
  return toOnnx(graph);
}
