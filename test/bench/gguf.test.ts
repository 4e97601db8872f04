import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ggufHeader, tensorBytes, toFloat16, writeGguf } from "../../bench/peers/gguf.ts";
import { ensureRandomGguf, randomModel } from "../../bench/peers/random-gguf.ts";
import { Random } from "../../src/base/random.ts";
import { parameterCount } from "../../src/models/family.ts";
import { familyOf, presetConfig } from "../../src/models/registry.ts";

const SHAPE = {
  architecture: "gpt2" as const,
  layers: 2,
  width: 64,
  heads: 2,
  mlpWidth: 128,
  vocabularySize: 96,
  maxPositions: 32,
};

test("the header, byte by byte", () => {
  const header = ggufHeader({ a: 7, b: "xy", c: { float32: 0.5 }, d: ["z"], e: Int32Array.of(-1) }, [
    { name: "t", sizes: [32, 2], type: "Q8_0", bytes: () => [] },
    { name: "u", sizes: [3], type: "F32", bytes: () => [] },
  ]);
  const wanted = [
    "47475546 03000000 0200000000000000 0500000000000000", // GGUF, version 3, 2 tensors, 5 pairs
    "0100000000000000 61 04000000 07000000",
    "0100000000000000 62 08000000 0200000000000000 7879",
    "0100000000000000 63 06000000 0000003f",
    "0100000000000000 64 09000000 08000000 0100000000000000 0100000000000000 7a",
    "0100000000000000 65 09000000 05000000 0100000000000000 ffffffff",
    "0100000000000000 74 02000000 2000000000000000 0200000000000000 08000000 0000000000000000",
    "0100000000000000 75 01000000 0300000000000000 00000000 6000000000000000", // 2 x 34 bytes, padded to 96
  ].join("");
  const bytes = wanted.replaceAll(" ", "");
  expect(header.toString("hex").slice(0, bytes.length)).toBe(bytes);
  expect(header.length % 32).toBe(0);
  expect(header.length - bytes.length / 2).toBeLessThan(32);
  expect(header.subarray(bytes.length / 2).every((byte) => byte === 0)).toBe(true);
});

test.each(
  (["gpt2", "llama"] as const).flatMap((architecture) =>
    (["F16", "Q8_0", "Q4_0"] as const).map((type) => [architecture, type] as const),
  ),
)("a %s in %s is as long as its parts, and written whole", async (architecture, type) => {
  const shape = { ...SHAPE, architecture };
  const folder = mkdtempSync(join(tmpdir(), "biogpt-gguf-"));
  try {
    const path = join(folder, "random.gguf");
    await ensureRandomGguf(path, shape, type, new Random(1));
    const { metadata, tensors } = randomModel(shape, type, new Random(1));
    const file = readFileSync(path);
    const wanted = tensors.reduce((sum, each) => sum + Math.ceil(tensorBytes(each) / 32) * 32, 0);
    expect(file.length).toBe(ggufHeader(metadata, tensors).length + wanted);
    expect(readdirSync(folder)).toEqual(["random.gguf"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("Llama-2-7B has as many weights in GGUF as in the family's own table", () => {
  const config = presetConfig("biomedgpt-lm-7b")!;
  const { tensors } = randomModel({ ...config, architecture: "llama" }, "Q4_0", new Random(1));
  const weights = tensors.reduce((sum, { sizes }) => sum + sizes.reduce((product, size) => product * size, 1), 0);
  expect(weights).toBe(parameterCount(familyOf(config).tensors(config)));
});

test("a tensor that gives too few bytes leaves no file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "biogpt-gguf-"));
  try {
    const short = { name: "t", sizes: [2], type: "F32" as const, bytes: () => [new Uint8Array(4)] };
    await expect(writeGguf(join(folder, "short.gguf"), {}, [short])).rejects.toThrow("t gave 4 bytes, not 8");
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("rows that do not divide into blocks are refused", () => {
  expect(() => tensorBytes({ sizes: [48, 2], type: "Q4_0" })).toThrow("48");
});

test.each([
  [0, 0x0000],
  [1, 0x3c00],
  [-2, 0xc000],
  [65504, 0x7bff],
  [2 ** -14, 0x0400],
  [2 ** -24, 0x0001],
  [1 + 2 ** -11, 0x3c00], // halfway: to the even one below
  [1 + 3 * 2 ** -11, 0x3c02], // halfway: to the even one above
  [2 - 2 ** -12, 0x4000], // rounds up into the next power of two
])("float16 of %d", (value, bits) => {
  expect(toFloat16(value)).toBe(bits);
});

test("float16 of any value is the nearest", () => {
  fc.assert(
    fc.property(fc.double({ min: -65504, max: 65504, noNaN: true }), (value) => {
      const bits = toFloat16(value);
      const error = Math.abs(fromFloat16(bits) - value);
      for (const neighbour of [bits - 1, bits + 1]) {
        if ((neighbour & 0x7fff) > 0x7bff || (neighbour ^ bits) & 0x8000) continue;
        expect(error).toBeLessThanOrEqual(Math.abs(fromFloat16(neighbour) - value));
      }
    }),
  );
});

function fromFloat16(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits & 0x8000 ? -size : size;
}
