/**
 * Masks of dropout: one byte, 0 or 1, for each value, drawn in JavaScript so that they depend on (seed, micro-batch, part of it, place) alone
 * and a resumed run draws the same ones. The graph turns them into factors.
 *
 * Probabilities are rounded to 1/256, one random byte a value; the kept values are scaled by what was really kept.
 */
import { Random } from "../../base/random.ts";
import type { DeviceTensor } from "../../runtime/device.ts";

const HIGH_BITS = 0x80808080;
const EACH_BYTE = 0x01010101;

/** Bytes of 256 that are dropped. */
function threshold(probability: number): number {
  return Math.round(256 * probability);
}

/** Share of values that stay: what the graph divides by. */
export function keptShare(probability: number): number {
  return 1 - threshold(probability) / 256;
}

/** Fills a mask from seeds: the run's, the micro-batch's number, its part's, the place in the model. */
export async function fillMask(
  mask: DeviceTensor<"uint8">,
  probability: number,
  seeds: readonly number[],
): Promise<void> {
  const random = new Random(seeds.reduce(mixed, 0));
  const words = new Uint32Array(Math.ceil(mask.byteLength / 4));
  fillWords(words, threshold(probability), random);
  await mask.write(new Uint8Array(words.buffer, 0, mask.byteLength) as Uint8Array<ArrayBuffer>);
}

/** Each byte 1 where a random byte is at least the threshold; four bytes at a time, without borrows between them. */
function fillWords(words: Uint32Array, least: number, random: Random): void {
  if (least > 128) {
    const bytes = new Uint8Array(words.buffer);
    for (let i = 0; i < bytes.length; i++) bytes[i] = random.nextUint32() >>> 24 >= least ? 1 : 0;
    return;
  }
  const thresholds = Math.imul(least, EACH_BYTE);
  for (let i = 0; i < words.length; i++) {
    const word = random.nextUint32();
    words[i] = (((((word | HIGH_BITS) >>> 0) - thresholds) | word) & HIGH_BITS) >>> 7;
  }
}

/** A 32-bit hash of two numbers (the finisher of MurmurHash3). */
function mixed(a: number, b: number): number {
  let h = Math.imul(a ^ Math.imul(b + 1, 0xcc9e2d51), 0x1b873593);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
