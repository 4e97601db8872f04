/**
 * Writes a safetensors file, one tensor in memory at a time; the file appears when it is whole.
 *
 * As the upstream library does, tensors are ordered by the size of their elements, largest first, then by name, and the
 * header is padded with spaces, so that every tensor is aligned to its elements without gaps, which the format forbids.
 */
import { throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";
import type { ReportProgress } from "../base/progress.ts";
import { type AtomicFile, createAtomicFile } from "../files/atomic-file.ts";
import { ELEMENT_BYTES, type TensorDataType } from "./checkpoint.ts";
import { narrowToBfloat16, narrowToFloat16 } from "./half.ts";
import { checkedBytes, MAX_HEADER_BYTES, SAFETENSORS_TYPES, wrongByteCount } from "./safetensors.ts";
import { duplicateName } from "./strict-json.ts";

export interface TensorToWrite {
  readonly name: string;
  /** The type in the file. */
  readonly dtype: TensorDataType;
  readonly shape: readonly number[];
  /**
   * The elements in row-major order: bytes of `dtype`, or a Float32Array, which is rounded when `dtype` is float16 or
   * bfloat16. A function is called when it is the tensor's turn, so that not all of them are in memory at once.
   */
  readonly data: ArrayBufferView | (() => ArrayBufferView | Promise<ArrayBufferView>);
}

export interface WriteOptions {
  /** Strings for the header. Default `{ format: "pt" }`, without which transformers refuses the file. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly progress?: ReportProgress;
}

/** Data begin at a multiple of this many bytes: a cache line, and what vector loads want. */
const DATA_ALIGNMENT = 64;
const TYPE_NAMES = new Map(Object.entries(SAFETENSORS_TYPES).map(([name, dtype]) => [dtype, name]));

/**
 * @returns bytes written
 * @throws BiogptError `checkpoints/duplicate-name`, `checkpoints/bad-name`, `checkpoints/bad-shape`, `checkpoints/wrong-byte-count`,
 *   `checkpoints/unknown-dtype`; nothing is left behind then
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<TensorToWrite>,
  { metadata = { format: "pt" }, signal, progress }: WriteOptions = {},
): Promise<number> {
  const { header, dataBytes, ordered } = layOut(path, [...tensors], metadata);
  throwIfAborted(signal);
  const file = await createAtomicFile(path);
  try {
    const total = header.length + dataBytes;
    let done = await writeAll(file, header);
    for (const tensor of ordered) {
      throwIfAborted(signal);
      done += await writeAll(file, await tensorBytes(path, tensor));
      progress?.({ activity: `writing ${path}`, done, total, unit: "bytes" });
    }
    await file.finish();
    return total;
  } catch (error) {
    await file.discard();
    throw error;
  }
}

type Laid = Pick<TensorToWrite, "name" | "dtype" | "shape">;

/** Where everything of a file lies, before anything of it is written. */
export interface FileLayout<Tensor extends Laid = Laid> {
  readonly header: Uint8Array;
  readonly dataBytes: number;
  /** In the order of the file. */
  readonly ordered: readonly Tensor[];
  /** From the start of the file. */
  readonly places: ReadonlyMap<string, { readonly offset: number; readonly bytes: number }>;
}

export function layOut<Tensor extends Laid>(
  path: string,
  tensors: readonly Tensor[],
  metadata: Readonly<Record<string, string>> = { format: "pt" },
): FileLayout<Tensor> {
  const ordered = [...tensors].sort(byWidthThenName);
  const { header, dataBytes, starts } = makeHeader(path, ordered, metadata);
  const places = new Map(
    [...starts].map(([name, { offset, bytes }]) => [name, { offset: header.length + offset, bytes }]),
  );
  return { header, dataBytes, ordered, places };
}

function byWidthThenName(a: Laid, b: Laid): number {
  return ELEMENT_BYTES[b.dtype] - ELEMENT_BYTES[a.dtype] || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

function makeHeader(
  path: string,
  tensors: readonly Laid[],
  metadata: Readonly<Record<string, string>>,
): { header: Uint8Array; dataBytes: number; starts: Map<string, { offset: number; bytes: number }> } {
  const starts = new Map<string, { offset: number; bytes: number }>();
  const header: Record<string, unknown> = Object.keys(metadata).length === 0 ? {} : { __metadata__: metadata };
  const entries = new Map<string, unknown>(Object.entries(header));
  let offset = 0;
  for (const { name, dtype, shape } of tensors) {
    if (name === "__metadata__" || name === "") {
      throw new BiogptError("checkpoints/bad-name", {
        what: `A tensor cannot be named ${JSON.stringify(name)} in ${path}.`,
        why: "The safetensors header keeps that name for itself.",
        fix: "Give it another name.",
      });
    }
    if (entries.has(name)) throw duplicateName(path, name);
    const typeName = TYPE_NAMES.get(dtype);
    if (typeName === undefined) {
      throw new BiogptError("checkpoints/unknown-dtype", {
        what: `${path}: the safetensors format has no type for ${dtype} (${JSON.stringify(name)}).`,
        fix: "Convert the tensor first.",
        kind: "usage",
      });
    }
    const bytes = checkedBytes(path, JSON.stringify(name), dtype, shape);
    entries.set(name, { dtype: typeName, shape, data_offsets: [offset, offset + bytes] });
    starts.set(name, { offset, bytes });
    offset += bytes;
  }
  // Not one stringify of a plain object: that would move names that look like numbers to the front.
  const json = Buffer.from(
    `{${[...entries].map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(",")}}`,
  );
  const padded = Math.ceil((8 + json.length) / DATA_ALIGNMENT) * DATA_ALIGNMENT - 8;
  if (padded > MAX_HEADER_BYTES) {
    throw new BiogptError("checkpoints/header-too-large", {
      what: `The header of ${path} would have ${padded} bytes; at most ${MAX_HEADER_BYTES} can be read again.`,
      fix: "Write fewer tensors into one file.",
    });
  }
  const bytes = Buffer.alloc(8 + padded, " ");
  bytes.writeBigUInt64LE(BigInt(padded));
  json.copy(bytes, 8);
  return { header: bytes, dataBytes: offset, starts };
}

async function tensorBytes(path: string, { name, dtype, shape, data }: TensorToWrite): Promise<Uint8Array> {
  const values = typeof data === "function" ? await data() : data;
  const narrowed =
    values instanceof Float32Array && dtype === "float16"
      ? narrowToFloat16(values)
      : values instanceof Float32Array && dtype === "bfloat16"
        ? narrowToBfloat16(values)
        : values;
  const bytes = new Uint8Array(narrowed.buffer, narrowed.byteOffset, narrowed.byteLength);
  const wanted = checkedBytes(path, JSON.stringify(name), dtype, shape);
  if (bytes.length !== wanted) throw wrongByteCount(path, JSON.stringify(name), dtype, shape, wanted, bytes.length);
  return bytes;
}

async function writeAll({ handle }: AtomicFile, bytes: Uint8Array): Promise<number> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, Math.min(bytes.length - done, 1 << 30))).bytesWritten;
  }
  return bytes.length;
}
