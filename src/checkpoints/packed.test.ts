/** Packed weights come back within half a step of their block, from any range, and files whose parts do not fit are refused. */
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { temporaryFolder } from "../files/scratch.fixture.ts";
import { readRange } from "./byte-source.ts";
import { openCheckpoint, readFloat32, writeSafetensors } from "./index.ts";
import { PACKED_BLOCK, PACKED_FORMAT, packed, scalesName } from "./packed.ts";

async function written(values: Float32Array, shape: readonly number[], scales = packed(values).scales) {
  const path = join(temporaryFolder(), "model.safetensors");
  await writeSafetensors(
    path,
    [
      { name: "w", dtype: "int8", shape, data: packed(values).codes },
      { name: scalesName("w"), dtype: "float16", shape: [scales.length], data: scales },
      { name: "bias", dtype: "float32", shape: [2], data: Float32Array.of(1, 2) },
    ],
    { metadata: { format: "pt", biogpt: PACKED_FORMAT } },
  );
  return openCheckpoint(path);
}

test("a packed tensor is a float32 one; its scales are none", async () => {
  const values = Float32Array.from({ length: 6 * 7 }, (_, i) => Math.sin(i) / 8);
  const { tensors } = await written(values, [6, 7]);
  expect([...tensors.keys()].sort()).toEqual(["bias", "w"]);
  const entry = tensors.get("w")!;
  expect([entry.dtype, entry.shape, entry.byteLength]).toEqual(["float32", [6, 7], 4 * 42]);
  const read = await readFloat32(entry);
  for (const [i, value] of values.entries()) expect(Math.abs(read[i]! - value)).toBeLessThan(0.125 / 127 / 2 + 1e-4);
  expect(await readFloat32(tensors.get("bias")!)).toEqual(Float32Array.of(1, 2));
});

test("half a step of the largest of 32 is the most that is lost", () => {
  const finite = fc.float({ min: -100, max: 100, noNaN: true });
  fc.assert(
    fc.property(fc.array(finite, { minLength: 1, maxLength: 100 }), (numbers) => {
      const values = Float32Array.from(numbers);
      const { codes, scales } = packed(values);
      expect(codes.length).toBe(values.length);
      expect(scales.length).toBe(Math.ceil(values.length / PACKED_BLOCK));
      for (let block = 0; block < scales.length; block++) {
        const of = values.slice(PACKED_BLOCK * block, PACKED_BLOCK * (block + 1));
        const most = Math.max(...of.map(Math.abs));
        const [scale] = halves(scales.subarray(block, block + 1));
        for (const [i, value] of of.entries()) {
          const back = codes[PACKED_BLOCK * block + i]! * scale!;
          // A scale in half precision is off by 2^-11 of itself, and by 2^-25 where it is near nothing.
          expect(Math.abs(back - value)).toBeLessThanOrEqual((0.5 / 127 + 2 ** -10) * most + 127 * 2 ** -24);
        }
      }
    }),
  );
});

function halves(bits: Uint16Array): number[] {
  return Array.from(bits, (half) => {
    const [exponent, fraction] = [(half >> 10) & 31, half & 1023];
    return exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  });
}

test("any range of bytes is that part of the whole", async () => {
  const values = Float32Array.from({ length: 150 }, (_, i) => (i % 17) - 8);
  const { source, byteLength } = (await written(values, [150])).tensors.get("w")!;
  const whole = await readRange(source, 0, byteLength, "w");
  await fc.assert(
    fc.asyncProperty(fc.nat(byteLength - 1), fc.nat(byteLength), async (offset, length) => {
      const most = Math.min(length, byteLength - offset);
      expect(await readRange(source, offset, most, "w")).toEqual(whole.slice(offset, offset + most));
    }),
  );
});

test("scales that do not fit are refused", async () => {
  const values = new Float32Array(64).fill(0.5);
  await expect(written(values, [64], new Uint16Array(3))).rejects.toMatchObject({ code: "checkpoints/packed" });
});
