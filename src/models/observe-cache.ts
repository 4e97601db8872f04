/**
 * The steps of a model's 8-bit cache, from what its keys and values are on a text: the largest magnitude of each channel, with room above it.
 *
 * Shapes   T tokens · G key-value heads · D' head width in the cache
 */
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

/**
 * @param ids     begin token included
 * @param isText  whether they are words that the model knows, rather than ids drawn for want of a tokenizer
 */
export async function observeCache(
  model: ObservedModel,
  ids: ArrayLike<number>,
  isText: boolean,
): Promise<CacheSteps[]> {
  const { device, program, cache, width, positionOffset, rotary } = model;
  const { layers, keyValueHeads: G, headWidth } = cache;
  const padded = cachedHeadWidth(headWidth);
  const time = ids.length;
  const room = isText && time >= ENOUGH ? ROOM_ABOVE.text : ROOM_ABOVE.little;
  const inputs: Record<string, DeviceTensor> = {
    ids: device.allocate("int64", [1, time]),
    positionRows: device.allocate("int64", [1, time]),
    logitRows: device.allocate("int64", [1]),
    isGiven: device.allocate("bool", [1, 1]),
    given: device.allocate("float32", [1, width]),
    lastPositions: device.allocate("int32", [1]),
    longest: device.allocate("int32", []),
  };
  for (let layer = 0; layer < layers; layer++) {
    const { pastKeys, pastValues } = cacheNames(layer);
    for (const name of [pastKeys, pastValues]) inputs[name] = device.allocate("float32", [1, G, time, padded]);
  }
  let outputs: Record<string, DeviceTensor> = {};
  try {
    await inputs["ids"]!.write(BigInt64Array.from(ids, BigInt));
    await inputs["positionRows"]!.write(BigInt64Array.from(ids, (_, i) => BigInt(i + positionOffset)));
    await inputs["lastPositions"]!.write([time - 1]);
    await inputs["longest"]!.write([time]);
    outputs = await program.run(inputs);
    const steps: CacheSteps[] = [];
    for (let layer = 0; layer < layers; layer++) {
      const names = largestNames(layer);
      const largest = async (name: string): Promise<Float32Array> => (await outputs[name]!.read()) as Float32Array;
      const keys = await largest(names.keys);
      if (rotary) shareAcrossHalves(keys, G, headWidth, padded);
      steps.push({ keys: stepsOf(keys, room), values: stepsOf(await largest(names.values), room) });
    }
    return steps;
  } finally {
    for (const tensor of [...Object.values(inputs), ...Object.values(outputs)]) tensor[Symbol.dispose]();
  }
}

/** A channel that is always 0 has any step. */
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
