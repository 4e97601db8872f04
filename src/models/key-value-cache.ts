/**
 * The key-value caches of all slots, in the device's memory.
 *
 * - `SharedCaches`    one tensor a layer, rows beside each other: a range of slots is a view, so they run as one batch
 * - `SeparateCaches`  tensors of each slot's own, for devices whose buffers cannot be viewed from their middle (WebGPU):
 *                     every slot runs alone
 *
 * Shapes   (slots, G, S, D) or, separate, (1, G, S, D): G key-value heads · S room · D head width
 */
import { Graph } from "../graph/graph.ts";
import { toOnnx } from "../graph/onnx.ts";
import type { CacheShape } from "../layers/cached-attention.ts";
import type { Device, DeviceTensor, Program } from "../runtime/device.ts";

export interface KeyValueCache extends Disposable {
  /** Most neighbouring slots that can run as one batch. */
  readonly mostTogether: number;
  /** Keys and values of each layer in turn, over the slots [first, first + count). They stay the caches'. */
  views(first: number, count: number): readonly DeviceTensor[];
  /** Copies the positions [start, end) of one slot to another. */
  copy(from: number, to: number, start: number, end: number): void | Promise<void>;
}

export function openKeyValueCache(device: Device, cache: CacheShape, slotCount: number, room: number): KeyValueCache {
  return device.capabilities.viewable
    ? new SharedCaches(device, cache, slotCount, room)
    : new SeparateCaches(device, cache, slotCount, room);
}

class SharedCaches implements KeyValueCache {
  readonly mostTogether: number;
  readonly #device: Device;
  readonly #cache: CacheShape;
  readonly #room: number;
  readonly #tensors: readonly DeviceTensor<"float32">[];
  readonly #views = new Map<string, readonly DeviceTensor[]>();

  constructor(device: Device, cache: CacheShape, slotCount: number, room: number) {
    this.mostTogether = slotCount;
    this.#device = device;
    this.#cache = cache;
    this.#room = room;
    const shape = [slotCount, cache.keyValueHeads, room, cache.headWidth];
    this.#tensors = Array.from({ length: 2 * cache.layers }, () => device.allocate("float32", shape));
  }

  views(first: number, count: number): readonly DeviceTensor[] {
    const key = `${first}+${count}`;
    let views = this.#views.get(key);
    if (views === undefined) {
      const { keyValueHeads: G, headWidth: D } = this.#cache;
      const bytes = 4 * first * G * this.#room * D;
      views = this.#tensors.map((tensor) => this.#device.view(tensor, bytes, "float32", [count, G, this.#room, D]));
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
    for (const views of this.#views.values()) for (const view of views) view[Symbol.dispose]();
    for (const tensor of this.#tensors) tensor[Symbol.dispose]();
  }
}

class SeparateCaches implements KeyValueCache {
  readonly mostTogether = 1;
  readonly #device: Device;
  readonly #cache: CacheShape;
  readonly #shape: readonly number[];
  readonly #slots: (readonly DeviceTensor[] | undefined)[];
  #copyProgram: Promise<Program> | undefined;

  constructor(device: Device, cache: CacheShape, slotCount: number, room: number) {
    this.#device = device;
    this.#cache = cache;
    this.#shape = [1, cache.keyValueHeads, room, cache.headWidth];
    this.#slots = new Array<undefined>(slotCount).fill(undefined);
  }

  views(first: number): readonly DeviceTensor[] {
    this.#slots[first] ??= Array.from({ length: 2 * this.#cache.layers }, () =>
      this.#device.allocate("float32", this.#shape),
    );
    return this.#slots[first];
  }

  /** Copies whole slots on the device: positions before `start` hold the same tokens in both, those from `end` on do not count. */
  async copy(from: number, to: number): Promise<void> {
    this.#copyProgram ??= this.#device.compile(copyGraph(this.#shape));
    const program = await this.#copyProgram;
    const targets = this.views(to);
    for (const [i, source] of this.views(from).entries()) await program.run({ source }, { target: targets[i] });
  }

  [Symbol.dispose](): void {
    for (const tensors of this.#slots) for (const tensor of tensors ?? []) tensor[Symbol.dispose]();
    void this.#copyProgram?.then((program) => program[Symbol.dispose]());
  }
}

function copyGraph(shape: readonly number[]): Uint8Array {
  const graph = new Graph();
  graph.output("target", graph.input("source", "float32", shape));
  return toOnnx(graph);
}
