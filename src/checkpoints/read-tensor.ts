/**
 * Values of a tensor, for those who need them in JavaScript: reading, widening to float32, and looking for NaN.
 *
 * The weights that a model runs with do not come this way; they are mapped from the file.
 */
import { throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";
import { readRange } from "./byte-source.ts";
import { ELEMENT_BYTES, entryElements, type TensorDataType, type TensorEntry } from "./checkpoint.ts";
import { widenBfloat16, widenFloat16 } from "./half.ts";

/**
 * A view repeated along an axis of stride 0 may have far more elements than bytes in the file; beyond this many bytes it
 * must be no larger than what lies in the file.
 */
const MAX_EXPANDED_BYTES: number = 2 ** 28;

/** Half precision comes as its bits in a Uint16Array, 8-bit floats and booleans as bytes, complex numbers as pairs. */
export type TensorValues =
  | Float32Array
  | Float64Array
  | Uint16Array
  | Uint32Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint8Array
  | BigInt64Array
  | BigUint64Array;

/** The elements in row-major order, also of a view that is not contiguous. A new array each time. */
export async function readTensor(entry: TensorEntry, signal?: AbortSignal): Promise<TensorValues> {
  const { source, offset, byteLength, name } = entry;
  const bytes = await readRange(source, offset, byteLength, JSON.stringify(name), signal);
  return viewBytes(entry.dtype, (entry.contiguous ? bytes : gather(entry, bytes)).buffer);
}

/**
 * The elements as float32, in row-major order. Exact for float32, float16, bfloat16, bool and whole numbers up to 2^24 in
 * size; float64 and larger whole numbers are rounded.
 *
 * @throws BiogptError `checkpoints/unknown-dtype` for complex numbers and 8-bit floats
 */
export async function readFloat32(entry: TensorEntry, signal?: AbortSignal): Promise<Float32Array> {
  const values = await readTensor(entry, signal);
  switch (entry.dtype) {
    case "float32":
      return values as Float32Array;
    case "float16":
      return widenFloat16(values as Uint16Array);
    case "bfloat16":
      return widenBfloat16(values as Uint16Array);
    case "float64":
    case "int32":
    case "int16":
    case "int8":
    case "uint8":
    case "uint16":
    case "uint32":
    case "bool":
      return Float32Array.from(values as Float64Array);
    case "int64":
    case "uint64":
      return Float32Array.from(values as BigInt64Array, Number);
    default:
      throw new BiogptError("checkpoints/unknown-dtype", {
        what: `${entry.file}: ${JSON.stringify(entry.name)} is ${entry.dtype}, which is not turned into float32.`,
        fix: "Convert the checkpoint to float32, float16 or bfloat16.",
      });
  }
}

export interface NonFinite {
  /** One number per axis. */
  readonly index: readonly number[];
  readonly value: "NaN" | "infinite";
}

/** A number is NaN or infinite when all bits of its exponent are set. Of the types that can be, these are what models use. */
const EXPONENT: Partial<Record<TensorDataType, { readonly mask: number; readonly fraction: number }>> = {
  float32: { mask: 0x7f800000, fraction: 0x7fffff },
  float16: { mask: 0x7c00, fraction: 0x3ff },
  bfloat16: { mask: 0x7f80, fraction: 0x7f },
};
const CHUNK_BYTES: number = 4 * 2 ** 20;

/** The first NaN or infinity of a tensor, or undefined. Reads it in pieces; types without NaN are not read. */
export async function findNonFinite(
  entry: TensorEntry,
  { signal }: { signal?: AbortSignal } = {},
): Promise<NonFinite | undefined> {
  const exponent = EXPONENT[entry.dtype];
  if (exponent === undefined || entry.byteLength === 0) return undefined;
  const width = ELEMENT_BYTES[entry.dtype] as 2 | 4;
  const search = (bytes: Uint8Array, elementsBefore: number): NonFinite | undefined => {
    const at = firstNonFinite(bytes, width, exponent.mask);
    if (at < 0) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const bits = width === 4 ? view.getUint32(4 * at, true) : view.getUint16(2 * at, true);
    const value = (bits & exponent.fraction) === 0 ? "infinite" : "NaN";
    return { index: unravel(elementsBefore + at, entry.shape), value };
  };
  if (!entry.contiguous) {
    const values = await readTensor(entry, signal);
    return search(new Uint8Array(values.buffer), 0);
  }
  for (let done = 0; done < entry.byteLength; done += CHUNK_BYTES) {
    throwIfAborted(signal);
    const length = Math.min(CHUNK_BYTES, entry.byteLength - done);
    const chunk = await readRange(entry.source, entry.offset + done, length, JSON.stringify(entry.name), signal);
    const found = search(chunk, done / width);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @throws BiogptError `checkpoints/not-finite` that names the first NaN or infinity */
export async function checkFinite(entry: TensorEntry, options: { signal?: AbortSignal } = {}): Promise<void> {
  const found = await findNonFinite(entry, options);
  if (found === undefined) return;
  throw new BiogptError("checkpoints/not-finite", {
    what: `${entry.file}: ${JSON.stringify(entry.name)}[${found.index.join(", ")}] is ${found.value}.`,
    why: "One such weight makes every output NaN; training diverged, or the file is damaged.",
    fix: "Take an earlier checkpoint, or fetch the file again.",
  });
}

/**
 * @param bytes begin at a multiple of four in their buffer
 * @returns index of the first element whose exponent is all ones, or -1
 */
function firstNonFinite(bytes: Uint8Array, width: 2 | 4, mask: number): number {
  // Two halves at once, since gigabytes go through here.
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  const high = width === 4 ? mask : mask << 16;
  let word = 0;
  while (word < words.length && (words[word]! & high) !== high && (words[word]! & mask) !== mask) word++;
  if (width === 4) return word < words.length ? word : -1;
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
  for (let at = 2 * word; at < halves.length; at++) if ((halves[at]! & mask) === mask) return at;
  return -1;
}

function unravel(position: number, shape: readonly number[]): number[] {
  const index = new Array<number>(shape.length);
  let rest = position;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}

/** Copies a strided view into row-major order. */
function gather(entry: TensorEntry, source: Uint8Array): Uint8Array {
  const { shape, strides, dtype } = entry;
  const width = ELEMENT_BYTES[dtype];
  const count = entryElements(entry);
  if (count * width > Math.max(MAX_EXPANDED_BYTES, source.length)) {
    throw new BiogptError("checkpoints/expanded-view", {
      what: `${entry.file}: ${JSON.stringify(entry.name)} repeats ${source.length} bytes to a shape of [${shape.join(", ")}].`,
      why: "It would take far more memory than the file has bytes.",
      fix: "Save it with .contiguous(), or without the repeated axis.",
    });
  }
  const result = new Uint8Array(count * width);
  const index = new Array<number>(shape.length).fill(0);
  let from = 0; // in elements
  for (let to = 0; to < count; to++) {
    for (let byte = 0; byte < width; byte++) result[to * width + byte] = source[from * width + byte]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

function viewBytes(dtype: TensorDataType, buffer: ArrayBufferLike): TensorValues {
  switch (dtype) {
    case "float32":
    case "complex64":
      return new Float32Array(buffer);
    case "float64":
    case "complex128":
      return new Float64Array(buffer);
    case "float16":
    case "bfloat16":
    case "uint16":
      return new Uint16Array(buffer);
    case "int16":
      return new Int16Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "uint32":
      return new Uint32Array(buffer);
    case "int64":
      return new BigInt64Array(buffer);
    case "uint64":
      return new BigUint64Array(buffer);
    case "int8":
      return new Int8Array(buffer);
    case "uint8":
    case "bool":
    case "float8_e4m3fn":
    case "float8_e5m2":
    case "float8_e4m3fnuz":
    case "float8_e5m2fnuz":
    case "float8_e8m0fnu":
      return new Uint8Array(buffer);
    default:
      return dtype satisfies never;
  }
}
