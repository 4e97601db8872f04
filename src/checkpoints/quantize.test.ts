import fc from "fast-check";
import { expect, test } from "vitest";
import { quantizeBlocks, quantizeChannels } from "./quantize.ts";

const values = fc.float({ min: -4, max: 4, noNaN: true });

test("4- and 8-bit blocks come back within half a step, and zero stays zero", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(4 as const, 8 as const),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 70 }),
      fc.array(values, { minLength: 210, maxLength: 210 }),
      (bits, M, K, pool) => {
        const weights = Float32Array.from(pool.slice(0, M * K));
        const { blocks, scales } = quantizeBlocks(weights, [M, K], bits, 32);
        const perRow = Math.ceil(K / 32);
        expect(blocks.length).toBe((M * perRow * 32 * bits) / 8);
        for (let i = 0; i < weights.length; i++) {
          const row = Math.floor(i / K);
          const column = i % K;
          const index = row * perRow + (column >> 5);
          const offset = column & 31;
          const code =
            bits === 8
              ? blocks[index * 32 + offset]!
              : (blocks[index * 16 + (offset >> 1)]! >> (4 * (offset & 1))) & 15;
          const back = (code - (bits === 4 ? 8 : 128)) * scales[index]!;
          if (weights[i] === 0) expect(back).toBeCloseTo(0, 12);
          // Clipping by the smallest candidate (0.78) and the missing +middle code may cost up to 2.3 steps of 4 bits, one of 8.
          expect(Math.abs(back - weights[i]!)).toBeLessThanOrEqual(
            Math.abs(scales[index]!) * (bits === 4 ? 2.3 : 1) + 1e-6,
          );
        }
      },
    ),
  );
});

test("the searched scale is never worse than the one that just covers the largest value", () => {
  fc.assert(
    fc.property(fc.array(values, { minLength: 32, maxLength: 32 }), (pool) => {
      const weights = Float32Array.from(pool);
      const { blocks, scales } = quantizeBlocks(weights, [1, 32], 4, 32);
      const squaredError = (scale: number, code: (i: number) => number): number =>
        weights.reduce((sum, value, i) => sum + (value - code(i) * scale) ** 2, 0);
      const extreme = weights.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
      if (extreme === 0) return;
      const plain = Math.fround(extreme / -8);
      const searched = squaredError(scales[0]!, (i) => ((blocks[i >> 1]! >> (4 * (i & 1))) & 15) - 8);
      expect(searched).toBeLessThanOrEqual(
        squaredError(plain, (i) => Math.max(-8, Math.min(7, Math.round(weights[i]! / plain)))) + 1e-9,
      );
    }),
  );
});

test("channels are transposed, within half a step", () => {
  const M = 67;
  const K = 130;
  const weights = Float32Array.from({ length: M * K }, (_, i) => Math.sin(i) * (1 + (i % 7)));
  const { weight, scales } = quantizeChannels(weights, [M, K]);
  for (let row = 0; row < M; row++) {
    for (let column = 0; column < K; column++) {
      const back = (weight[column * M + row]! - 128) * scales[row]!;
      expect(Math.abs(back - weights[row * K + column]!)).toBeLessThanOrEqual(scales[row]! * 0.5 + 1e-6);
    }
  }
});
