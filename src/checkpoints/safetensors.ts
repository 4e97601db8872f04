/**
 * Reads the header of a safetensors file, as strictly as huggingface/safetensors (safetensors/src/tensor.rs) does.
 *
 *     ┌──────────┬───────────────────────────────┬────────────────────────────┐
 *     │ N, 8 B LE│ header: N bytes of JSON       │ data, no gaps, no overlaps │
 *     └──────────┴───────────────────────────────┴────────────────────────────┘
 *                 {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "__metadata__": {…strings}}
 *
 * Left out: types with less than a byte per element (F4, F6_*), which no model of ours uses.
 */

import { didYouMean } from "../base/did-you-mean.ts";
import { BiogptError } from "../base/errors.ts";
import type { ByteSource, CheckpointReader } from "./byte-source.ts";
import { truncated } from "./byte-source.ts";
import { contiguousStrides, ELEMENT_BYTES, type TensorDataType, type TensorEntry } from "./checkpoint.ts";
import { PACKED_FORMAT, unpackedEntries } from "./packed.ts";
import { parseStrictJson, type StrictJson } from "./strict-json.ts";

/** The limit of the upstream library, so that every file it accepts is accepted here. */
export const MAX_HEADER_BYTES = 100_000_000;
/** numpy's limit (NPY_MAXDIMS in numpy 2); real weights have at most five axes. */
export const MAX_AXES = 64;

export const SAFETENSORS_TYPES: Readonly<Record<string, TensorDataType>> = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  I64: "int64",
  I32: "int32",
  I16: "int16",
  I8: "int8",
  U64: "uint64",
  U32: "uint32",
  U16: "uint16",
  U8: "uint8",
  BOOL: "bool",
  C64: "complex64",
  F8_E4M3: "float8_e4m3fn",
  F8_E5M2: "float8_e5m2",
  F8_E4M3FNUZ: "float8_e4m3fnuz",
  F8_E5M2FNUZ: "float8_e5m2fnuz",
  F8_E8M0: "float8_e8m0fnu",
};

export interface TensorFile {
  readonly tensors: Map<string, TensorEntry>;
  readonly metadata: Record<string, string>;
}

/** @throws BiogptError `checkpoints/…`, one code for each way in which the header and the data may be wrong */
export async function readSafetensors(file: CheckpointReader): Promise<TensorFile> {
  if (file.size < 8) throw truncated(file.path, "the length of the header needs 8 bytes", file.size);
  const start = await file.read(0, 8, "the length of the header");
  const headerBytes = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (headerBytes > BigInt(MAX_HEADER_BYTES)) {
    throw new BiogptError("checkpoints/header-too-large", {
      what: `${file.path} says that its header has ${headerBytes} bytes; at most ${MAX_HEADER_BYTES} are allowed.`,
      why: "The limit is that of the safetensors library.",
      fix: "The file is damaged or not a safetensors file; fetch it again.",
    });
  }
  const dataStart = 8 + Number(headerBytes);
  const bytes = await file.read(8, Number(headerBytes), "the header");
  if (bytes[0] !== 0x7b) {
    throw badHeader(file.path, "the header does not begin with {");
  }
  const header = parseStrictJson(bytes, file.path);
  if (!(header instanceof Map)) throw badHeader(file.path, "the header is not an object");
  const entries: TensorEntry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of header) {
    if (name === "__metadata__") metadata = readMetadata(file.path, value);
    else entries.push(readEntry(file.source, name, value, dataStart));
  }
  checkCoverage(file, entries, dataStart);
  const tensors = new Map(entries.map((entry) => [entry.name, entry]));
  return { tensors: metadata["biogpt"] === PACKED_FORMAT ? unpackedEntries(tensors) : tensors, metadata };
}

function readMetadata(path: string, value: StrictJson): Record<string, string> {
  if (!(value instanceof Map)) throw badHeader(path, "__metadata__ is not an object");
  for (const [key, text] of value) {
    if (typeof text !== "string")
      throw badHeader(path, `__metadata__ holds something other than text under ${JSON.stringify(key)}`);
  }
  return Object.fromEntries(value as Map<string, string>);
}

function readEntry(source: ByteSource, name: string, value: StrictJson, dataStart: number): TensorEntry {
  const { name: path } = source;
  const quoted = JSON.stringify(name);
  if (!(value instanceof Map)) throw badHeader(path, `${quoted} is not an object`);
  for (const field of value.keys()) {
    if (!["dtype", "shape", "data_offsets"].includes(field))
      throw badHeader(path, `${quoted} has the unknown field ${JSON.stringify(field)}`);
  }
  const dtype = readDataType(path, quoted, value.get("dtype"));
  const shape = wholeNumbers(path, `the shape of ${quoted}`, value.get("shape"), "checkpoints/bad-shape");
  if (shape.length > MAX_AXES)
    throw badShape(path, `${quoted} has ${shape.length} axes; at most ${MAX_AXES} are allowed`);
  const offsets = wholeNumbers(path, `data_offsets of ${quoted}`, value.get("data_offsets"), "checkpoints/bad-offsets");
  const [start, end] = offsets;
  if (offsets.length !== 2 || start === undefined || end === undefined || start > end) {
    throw new BiogptError("checkpoints/bad-offsets", {
      what: `${path}: data_offsets of ${quoted} are [${offsets.join(", ")}], not a start and an end after it.`,
      fix: "Write the file again with the tool that made it.",
    });
  }
  const wanted = checkedBytes(path, quoted, dtype, shape);
  if (end - start !== wanted) throw wrongByteCount(path, quoted, dtype, shape, wanted, end - start);
  return {
    name,
    dtype,
    shape,
    strides: contiguousStrides(shape),
    contiguous: true,
    file: path,
    source,
    offset: dataStart + start,
    byteLength: wanted,
  };
}

function readDataType(path: string, quoted: string, value: StrictJson | undefined): TensorDataType {
  const dtype =
    typeof value === "string" && Object.hasOwn(SAFETENSORS_TYPES, value) ? SAFETENSORS_TYPES[value] : undefined;
  if (dtype !== undefined) return dtype;
  const known = Object.keys(SAFETENSORS_TYPES);
  throw new BiogptError("checkpoints/unknown-dtype", {
    what: `${path}: ${quoted} has the element type ${JSON.stringify(value) ?? "(none)"}, which we do not know.`,
    why: `Known are ${known.join(", ")}.`,
    fix: `Convert the file to one of them.${typeof value === "string" ? didYouMean(value, known) : ""}`,
  });
}

/** Bytes of a dense tensor, safe to count with. */
export function checkedBytes(path: string, quoted: string, dtype: TensorDataType, shape: readonly number[]): number {
  // A size of 0 makes the whole product 0, wherever it stands; else each step must stay a safe integer.
  if (shape.includes(0)) return 0;
  let bytes = ELEMENT_BYTES[dtype];
  for (const size of shape) {
    bytes *= size;
    if (!Number.isSafeInteger(bytes))
      throw badShape(path, `${quoted} of shape [${shape.join(", ")}] has more bytes than can be counted`);
  }
  return bytes;
}

function wholeNumbers(path: string, what: string, value: StrictJson | undefined, code: string): number[] {
  if (
    Array.isArray(value) &&
    value.every((item) => Number.isSafeInteger(item) && (item as number) >= 0 && !Object.is(item, -0))
  ) {
    return value as number[];
  }
  throw new BiogptError(code, {
    what: `${path}: ${what} is not a list of whole numbers from 0 to 2^53 - 1.`,
    fix: "Write the file again with the tool that made it.",
  });
}

/** The data must be covered exactly once, from its first byte to the end of the file. */
function checkCoverage(file: CheckpointReader, entries: readonly TensorEntry[], dataStart: number): void {
  const byOffset = [...entries].sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength);
  let covered = dataStart;
  let before = "the header";
  for (const { name, offset, byteLength } of byOffset) {
    const quoted = JSON.stringify(name);
    if (offset < covered) {
      throw new BiogptError("checkpoints/overlap", {
        what: `${file.path}: ${quoted} overlaps ${before} by ${covered - offset} bytes.`,
        fix: "Write the file again with the tool that made it.",
      });
    }
    if (offset > covered) {
      throw new BiogptError("checkpoints/hole", {
        what: `${file.path}: ${offset - covered} bytes between ${before} and ${quoted} belong to no tensor.`,
        why: "The safetensors format allows no gaps.",
        fix: "Write the file again with the tool that made it.",
      });
    }
    covered = offset + byteLength;
    before = quoted;
  }
  if (covered > file.size) throw truncated(file.path, `${before} ends at byte ${covered}`, file.size);
  if (covered < file.size) {
    throw new BiogptError("checkpoints/trailing-bytes", {
      what: `${file.path}: ${file.size - covered} bytes after ${before}, at the end of the file, belong to no tensor.`,
      why: "The safetensors format allows nothing after the last tensor.",
      fix: "Fetch the file again, or write it again with the tool that made it.",
    });
  }
}

function badHeader(path: string, what: string): BiogptError {
  return new BiogptError("checkpoints/bad-header", {
    what: `${path}: ${what}.`,
    fix: "The file is damaged or not a safetensors file; fetch it again.",
  });
}

export function badShape(path: string, what: string): BiogptError {
  return new BiogptError("checkpoints/bad-shape", {
    what: `${path}: ${what}.`,
    fix: "Write the file again with the tool that made it.",
  });
}

export function wrongByteCount(
  path: string,
  quoted: string,
  dtype: TensorDataType,
  shape: readonly number[],
  wanted: number,
  found: number,
): BiogptError {
  return new BiogptError("checkpoints/wrong-byte-count", {
    what: `${path}: ${quoted} is ${dtype} of shape [${shape.join(", ")}], ${wanted} bytes, but the file gives it ${found}.`,
    fix: "Write the file again with the tool that made it.",
  });
}
