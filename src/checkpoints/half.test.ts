import { expect, test } from "vitest";
import { narrowToBfloat16, narrowToFloat16, widenBfloat16, widenFloat16 } from "./half.ts";

const everyBits = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
const isNaNBits = (bits: number, infinity: number): boolean => (bits & 0x7fff) > infinity;

test("every float16 and bfloat16 survives widening and narrowing", () => {
  for (const [widen, narrow, infinity] of [
    [widenFloat16, narrowToFloat16, 0x7c00],
    [widenBfloat16, narrowToBfloat16, 0x7f80],
  ] as const) {
    const values = widen(everyBits);
    const back = narrow(values);
    for (let bits = 0; bits < 65_536; bits++) {
      if (isNaNBits(bits, infinity)) expect([bits, Number.isNaN(values[bits])]).toEqual([bits, true]);
      else if (back[bits] !== bits) expect.fail(`${bits} became ${back[bits]} by way of ${values[bits]}`);
    }
    expect(isNaNBits(back[infinity + 1]!, infinity)).toBe(true);
  }
});

test("known values", () => {
  expect([...widenFloat16(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x03ff, 0x7bff, 0x7c00, 0x8000))]).toEqual([
    1,
    -2,
    2 ** -24,
    1023 * 2 ** -24,
    65504,
    Number.POSITIVE_INFINITY,
    -0,
  ]);
  expect([...widenBfloat16(Uint16Array.of(0x3f80, 0xc000, 0x0001))]).toEqual([1, -2, 2 ** -133]);
  expect([...narrowToFloat16(Float32Array.of(65519.996, 65520, -1e9, 2 ** -25, 2 ** -25 * 1.0001, 1e-40))]).toEqual([
    0x7bff, 0x7c00, 0xfc00, 0, 1, 0,
  ]);
  expect([...narrowToBfloat16(Float32Array.of(3.4e38, Number.NaN, 1 + 2 ** -8, 1 + 3 * 2 ** -8))]).toEqual([
    0x7f80, 0x7fc0, 0x3f80, 0x3f82,
  ]);
});

test("narrowing takes the nearest of the neighbours, the even one in the middle", () => {
  for (const [widen, narrow, top] of [
    [widenFloat16, narrowToFloat16, 0x7bfe],
    [widenBfloat16, narrowToBfloat16, 0x7f7e],
  ] as const) {
    const values = widen(everyBits);
    for (let low = 0; low < top; low += 7) {
      const [below, above] = [values[low]!, values[low + 1]!];
      const middle = Math.fround((below + above) / 2);
      const nudge = Math.abs(above - below) / 16;
      const got = narrow(Float32Array.of(middle - nudge, middle, middle + nudge));
      const inexact = middle - nudge === middle; // bfloat16's smallest steps, next to the smallest float32
      if (!inexact) expect([low, ...got]).toEqual([low, low, low % 2 === 0 ? low : low + 1, low + 1]);
    }
  }
});
