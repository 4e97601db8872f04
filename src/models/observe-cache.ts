/**
 * The steps of a model's 8-bit cache, from what its keys and values are on a text: the largest magnitude of each channel, with room above it.
 *
 * Shapes   T tokens · G key-value heads · D' head width in the cache
 */
import { throwIfAborted } from "../base/cancellation.ts";
import type { ReportProgress } from "../base/progress.ts";
import { type CacheShape, cachedHeadWidth, cacheNames, largestNames } from "../layers/cached-attention.ts";
import type { Device, DeviceTensor, Program } from "../runtime/device.ts";
import type { CacheSteps } from "./cached-decoder.ts";

/** What a channel may go beyond the largest value seen before it is cut, after a text of `ENOUGH` tokens and after less or other ones. */
const ROOM_ABOVE = { text: 1.1, little: 3 };
const ENOUGH = 512;
const LARGEST_BYTE = 127;

export interface ObservedModel {
  readonly device: Device;
  /** A generator's with an `observed` cache. */
  readonly program: Program;
  readonly cache: CacheShape;
  /** Width C of the rows that may be given in place of ids. */
  readonly width: number;
  readonly positionOffset: number;
  /** Whether heads are rotated by position, so that the channels d and d + D/2 are two sides of one circle. */
  readonly rotary: boolean;
}

/** Tokens that are run at once. */
const CHUNK = 128;

export interface ObserveOptions {
  /** Whether the ids are words that the model knows, rather than drawn for want of a tokenizer. */
  readonly isText: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
}

/**
 * @param ids begin token included
 * @throws BiogptError `aborted`
 */
export async function observeCache(
  model: ObservedModel,
  ids: readonly number[],
  { isText, signal, progress }: ObserveOptions,
): Promise<CacheSteps[]> {
  const { device, cache, rotary } = model;
  const { layers, keyValueHeads: G, headWidth } = cache;
  const padded = cachedHeadWidth(headWidth);
  const room = isText && ids.length >= ENOUGH ? ROOM_ABOVE.text : ROOM_ABOVE.little;
  const caches: Record<"past" | "present", Record<string, DeviceTensor>> = { past: {}, present: {} };
  const largest = Array.from({ length: layers }, () => ({
    keys: new Float32Array(G * padded),
    values: new Float32Array(G * padded),
  }));
  try {
    for (let layer = 0; layer < layers; layer++) {
      const { pastKeys, pastValues, presentKeys, presentValues } = cacheNames(layer);
      for (const [past, present] of [
        [pastKeys, presentKeys],
        [pastValues, presentValues],
      ] as const) {
        caches.past[past] = caches.present[present] = device.allocate("float32", [1, G, ids.length, padded]);
      }
    }
    for (let start = 0; start < ids.length; start += CHUNK) {
      throwIfAborted(signal);
      const end = Math.min(ids.length, start + CHUNK);
      progress?.({
        activity: "measuring the range of keys and values",
        done: start,
        total: ids.length,
        unit: "tokens",
      });
      await observeChunk(model, ids.slice(start, end), start, caches, largest, signal);
    }
  } finally {
    for (const tensor of Object.values(caches.past)) tensor[Symbol.dispose]();
  }
  return largest.map(({ keys, values }) => {
    if (rotary) shareAcrossHalves(keys, G, headWidth, padded);
    return { keys: stepsOf(keys, room), values: stepsOf(values, room) };
  });
}

/** Runs tokens behind `start` earlier ones, and raises `largest` to what was seen. */
async function observeChunk(
  { device, program, width, positionOffset }: ObservedModel,
  ids: readonly number[],
  start: number,
  { past, present }: Record<"past" | "present", Record<string, DeviceTensor>>,
  largest: readonly CacheSteps[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const inputs = {
    ids: device.allocate("int64", [1, ids.length]),
    positionRows: device.allocate("int64", [1, ids.length]),
    logitRows: device.allocate("int64", [1]),
    isGiven: device.allocate("bool", [1, 1]),
    given: device.allocate("float32", [1, width]),
    lastPositions: device.allocate("int32", [1]),
    longest: device.allocate("int32", []),
  };
  const own: DeviceTensor[] = Object.values(inputs);
  try {
    await inputs.ids.write(BigInt64Array.from(ids, BigInt));
    await inputs.positionRows.write(BigInt64Array.from(ids, (_, i) => BigInt(start + i + positionOffset)));
    await inputs.lastPositions.write([start + ids.length - 1]);
    await inputs.longest.write([start + ids.length]);
    const outputs = await program.run({ ...inputs, ...past }, present, signal);
    own.push(...Object.entries(outputs).flatMap(([name, tensor]) => (name in present ? [] : [tensor])));
    for (const [layer, before] of largest.entries()) {
      const names = largestNames(layer);
      raise(before.keys, (await outputs[names.keys]!.read()) as Float32Array);
      raise(before.values, (await outputs[names.values]!.read()) as Float32Array);
    }
  } finally {
    for (const tensor of own) tensor[Symbol.dispose]();
  }
}

function raise(largest: Float32Array, seen: Float32Array): void {
  for (const [i, value] of seen.entries()) if (value > largest[i]!) largest[i] = value;
}

/** The step of a channel that was 0 throughout is 1: what is never there needs none, and nothing is divided by 0. */
function stepsOf(largest: Float32Array, room: number): Float32Array {
  return largest.map((value) => (value > 0 ? (room * value) / LARGEST_BYTE : 1));
}

/** At another position either channel of a circle may be as large as both together were. */
function shareAcrossHalves(largest: Float32Array, heads: number, headWidth: number, padded: number): void {
  const half = headWidth / 2;
  for (let head = 0; head < heads; head++) {
    for (let d = 0; d < half; d++) {
      const [left, right] = [head * padded + d, head * padded + d + half];
      largest[left] = largest[right] = Math.hypot(largest[left]!, largest[right]!);
    }
  }
}
