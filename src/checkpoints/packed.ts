/**
 * Weights kept in eight bits for storage alone: half the bytes of float16 on a disk or a wire, float32 to whoever reads them.
 *
 *     __metadata__      biogpt "packed/1"
 *     <name>            int8, the tensor's shape: codes in [-127, 127]
 *     <name>.scales     float16 (⌈elements / 32⌉): one for 32 elements in row-major order; an element is its code times its scale
 *
 * Unlike a quantised folder (pretrained/load/quantized-checkpoint.ts) nothing is computed in codes: the model runs in every precision, on every
 * device, and can be trained on. Tensors without scales are as they are in any safetensors file.
 */
import { BiogptError } from "../base/errors.ts";
import { type ByteSource, readRange } from "./byte-source.ts";
import { contiguousStrides, entryElements, type TensorEntry } from "./checkpoint.ts";
import { narrowToFloat16, widenFloat16 } from "./half.ts";

export const PACKED_FORMAT = "packed/1";
/** Elements that share a scale. */
export const PACKED_BLOCK = 32;
const SCALES = ".scales";
const LARGEST_CODE = 127;

export function scalesName(name: string): string {
  return `${name}${SCALES}`;
}

export interface Packed {
  readonly codes: Int8Array;
  /** Bits of half precision. */
  readonly scales: Uint16Array;
}

/** @param values a whole tensor, or a part that begins with a block */
export function packed(values: Float32Array): Packed {
  const blocks = Math.ceil(values.length / PACKED_BLOCK);
  const exact = new Float32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    let most = 0;
    for (const value of values.subarray(block * PACKED_BLOCK, (block + 1) * PACKED_BLOCK))
      most = Math.max(most, Math.abs(value));
    exact[block] = most / LARGEST_CODE;
  }
  const scales = narrowToFloat16(exact);
  const rounded = widenFloat16(scales);
  const codes = Int8Array.from(values, (value, i) => {
    const scale = rounded[Math.floor(i / PACKED_BLOCK)]!;
    if (scale === 0) return 0;
    return Math.max(-LARGEST_CODE, Math.min(LARGEST_CODE, Math.round(value / scale)));
  });
  return { codes, scales };
}

/**
 * The tensors of a packed file as float32 ones that are unpacked when they are read.
 *
 * @throws BiogptError `checkpoints/packed` for scales that do not fit their codes
 */
export function unpackedEntries(tensors: ReadonlyMap<string, TensorEntry>): Map<string, TensorEntry> {
  const unpacked = new Map<string, TensorEntry>();
  for (const [name, entry] of tensors) {
    if (name.endsWith(SCALES) && tensors.has(name.slice(0, -SCALES.length))) continue;
    const scales = tensors.get(scalesName(name));
    unpacked.set(name, scales === undefined ? entry : unpackedEntry(entry, scales));
  }
  return unpacked;
}

function unpackedEntry(codes: TensorEntry, scales: TensorEntry): TensorEntry {
  const elements = entryElements(codes);
  const blocks = Math.ceil(elements / PACKED_BLOCK);
  if (codes.dtype !== "int8" || scales.dtype !== "float16" || scales.shape.join() !== String(blocks)) {
    throw new BiogptError("checkpoints/packed", {
      what: `${codes.file}: ${JSON.stringify(codes.name)} is ${codes.dtype} (${codes.shape.join(", ")}) with ${scales.dtype} scales (${scales.shape.join(", ")}).`,
      why: `Packed weights are int8 with one float16 scale for ${PACKED_BLOCK} of them.`,
      fix: "The file is damaged; fetch it again, or convert the original again.",
    });
  }
  return {
    ...{ name: codes.name, file: codes.file, dtype: "float32", shape: codes.shape },
    ...{ strides: contiguousStrides(codes.shape), contiguous: true, offset: 0, byteLength: 4 * elements },
    source: unpackingSource(codes, scales, elements),
  };
}

/** Of one tensor's float32 values. */
function unpackingSource(codes: TensorEntry, scales: TensorEntry, elements: number): ByteSource {
  return {
    name: codes.file,
    size: 4 * elements,
    async read(offset, length, signal) {
      const [first, end] = [Math.floor(offset / 4), Math.ceil((offset + length) / 4)];
      const [from, to] = [Math.floor(first / PACKED_BLOCK), Math.ceil(end / PACKED_BLOCK)];
      const of = (entry: TensorEntry, start: number, bytes: number): Promise<Uint8Array> =>
        readRange(entry.source, entry.offset + start, bytes, JSON.stringify(entry.name), signal);
      const bits = await of(scales, 2 * from, 2 * (to - from));
      const byBlock = widenFloat16(new Uint16Array(bits.buffer, bits.byteOffset, to - from));
      const integers = new Int8Array((await of(codes, first, end - first)).buffer);
      const values = new Float32Array(end - first);
      for (let i = 0; i < values.length; i++)
        values[i] = integers[i]! * byBlock[Math.floor((first + i) / PACKED_BLOCK) - from]!;
      return new Uint8Array(values.buffer).slice(offset - 4 * first, offset - 4 * first + length);
    },
  };
}
