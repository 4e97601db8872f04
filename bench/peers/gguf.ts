/**
 * Writes GGUF version 3, as far as a benchmark needs it (random-gguf.ts says what is in it).
 *
 * Follows ggml's docs/gguf.md. Not written: arrays of other than strings and int32, splits, tensors of more than two dimensions.
 */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

export type GgufValue = number | string | { readonly float32: number } | readonly string[] | Int32Array;
export type GgmlType = "F32" | "F16" | "Q4_0" | "Q8_0";

/** ggml's number of a type, and how many values share how many bytes. */
export const GGML: Readonly<Record<GgmlType, { id: number; values: number; bytes: number }>> = {
  F32: { id: 0, values: 1, bytes: 4 },
  F16: { id: 1, values: 1, bytes: 2 },
  Q4_0: { id: 2, values: 32, bytes: 18 }, // a float16 scale, then 32 values of 4 bits less 8
  Q8_0: { id: 8, values: 32, bytes: 34 }, // a float16 scale, then 32 values of int8
};
const ALIGNMENT = 32;
const VALUE = { uint32: 4, int32: 5, float32: 6, string: 8, array: 9 };

export interface GgufTensor {
  readonly name: string;
  /** ggml's order: the size along which values are contiguous comes first. */
  readonly sizes: readonly number[];
  readonly type: GgmlType;
  /** The tensor's bytes, in pieces of any size. */
  readonly bytes: () => Iterable<Uint8Array>;
}

export function tensorBytes({ sizes, type }: Pick<GgufTensor, "sizes" | "type">): number {
  const { values, bytes } = GGML[type];
  if (sizes[0]! % values !== 0)
    throw new Error(`rows of ${sizes[0]} values do not divide into ${type}'s blocks of ${values}`);
  return (sizes.reduce((product, size) => product * size, 1) / values) * bytes;
}

/** Magic to the padding before the first tensor's bytes. */
export function ggufHeader(metadata: Readonly<Record<string, GgufValue>>, tensors: readonly GgufTensor[]): Buffer {
  const parts: Buffer[] = [];
  const uint32 = (value: number): void => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    parts.push(bytes);
  };
  const uint64 = (value: number): void => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    parts.push(bytes);
  };
  const text = (value: string): void => {
    const bytes = Buffer.from(value);
    uint64(bytes.length);
    parts.push(bytes);
  };
  const float32 = (value: number): void => {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(value);
    parts.push(bytes);
  };

  parts.push(Buffer.from("GGUF"));
  uint32(3);
  uint64(tensors.length);
  uint64(Object.keys(metadata).length);
  for (const [key, value] of Object.entries(metadata)) {
    text(key);
    if (typeof value === "number") {
      uint32(VALUE.uint32);
      uint32(value);
    } else if (typeof value === "string") {
      uint32(VALUE.string);
      text(value);
    } else if (value instanceof Int32Array) {
      uint32(VALUE.array);
      uint32(VALUE.int32);
      uint64(value.length);
      parts.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
    } else if ("float32" in value) {
      uint32(VALUE.float32);
      float32(value.float32);
    } else {
      uint32(VALUE.array);
      uint32(VALUE.string);
      uint64(value.length);
      for (const item of value) text(item);
    }
  }
  let offset = 0;
  for (const tensor of tensors) {
    text(tensor.name);
    uint32(tensor.sizes.length);
    for (const size of tensor.sizes) uint64(size);
    uint32(GGML[tensor.type].id);
    uint64(offset);
    offset += aligned(tensorBytes(tensor));
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  parts.push(Buffer.alloc(aligned(length) - length));
  return Buffer.concat(parts);
}

/** Writes the file and renames it into place, so that a broken-off run leaves none. */
export async function writeGguf(
  path: string,
  metadata: Readonly<Record<string, GgufValue>>,
  tensors: readonly GgufTensor[],
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}.tmp`;
  try {
    const file = createWriteStream(unfinished);
    await once(file, "open"); // else the file could appear after it was removed
    const write = async (bytes: Uint8Array): Promise<void> => {
      if (!file.write(bytes)) await once(file, "drain");
    };
    await write(ggufHeader(metadata, tensors));
    for (const tensor of tensors) {
      let length = 0;
      for (const piece of tensor.bytes()) {
        await write(piece);
        length += piece.length;
      }
      if (length !== tensorBytes(tensor))
        throw new Error(`${tensor.name} gave ${length} bytes, not ${tensorBytes(tensor)}`);
      await write(new Uint8Array(aligned(length) - length));
    }
    file.end();
    await once(file, "close");
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** Bits of the nearest float16, ties to even; no infinities in, none out. */
export function toFloat16(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size < 2 ** -14) return sign | roundToEven(size * 2 ** 24); // subnormal; may round up into the first normal
  let exponent = Math.floor(Math.log2(size));
  if (2 ** exponent > size) exponent--;
  const bits = ((exponent + 14) << 10) + roundToEven((size / 2 ** exponent) * 1024); // the leading 1 adds one to the exponent
  if (bits > 0x7bff) throw new Error(`${value} is beyond float16`);
  return sign | bits;
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}
