/**
 * One view over every checkpoint format: which tensors there are, and where their bytes lie in the user's files, or in another source (byte-source.ts).
 *
 * Nothing is read but headers. The point is that ONNX Runtime maps exactly those bytes (docs/architecture.md, D3); whoever
 * wants the values asks for them (read-tensor.ts). Names stay as the file has them: models/ maps them.
 */
import { type DataType, elementCount } from "../graph/data-type.ts";
import type { ByteSource } from "./byte-source.ts";

/** Element types that checkpoints hold; those that graphs know too have the same names. All are little-endian. */
export type TensorDataType =
  | Exclude<DataType, "int4" | "uint4">
  | "int16"
  | "uint16"
  | "uint32"
  | "uint64"
  | "complex64"
  | "complex128"
  | "float8_e4m3fn"
  | "float8_e5m2"
  | "float8_e4m3fnuz"
  | "float8_e5m2fnuz"
  | "float8_e8m0fnu";

/** Bytes of one element. */
export const ELEMENT_BYTES: Readonly<Record<TensorDataType, number>> = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
  float64: 8,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  bool: 1,
  complex64: 8,
  complex128: 16,
  float8_e4m3fn: 1,
  float8_e5m2: 1,
  float8_e4m3fnuz: 1,
  float8_e5m2fnuz: 1,
  float8_e8m0fnu: 1,
};

export type CheckpointFormat = "safetensors" | "pytorch" | "fairseq";

export interface TensorEntry {
  readonly name: string;
  readonly dtype: TensorDataType;
  readonly shape: readonly number[];
  /** Elements to skip for one step along each axis, as many as `shape` has sizes. */
  readonly strides: readonly number[];
  /**
   * Whether the elements lie in row-major order without gaps, so that the bytes can be mapped as they are. Where it is
   * false (a transposed or sliced view saved by PyTorch), `readTensor` still gives them in row-major order.
   */
  readonly contiguous: boolean;
  /** Absolute path, or the name of another source. */
  readonly file: string;
  /** Holds the bytes. Two entries with the same source and offset share them; with a `path` they can be mapped. */
  readonly source: ByteSource;
  /** Bytes from the start of the source to the first element; any number, not always a multiple of the element's size. */
  readonly offset: number;
  /** Bytes from the first to past the last element; for a contiguous tensor, the bytes of all its elements. */
  readonly byteLength: number;
}

export interface Checkpoint {
  /** The file or folder it was opened from, absolute, or the name of another source. */
  readonly path: string;
  readonly format: CheckpointFormat;
  /** The weight files, absolute, or the source's name, in the order in which they were read. */
  readonly files: readonly string[];
  /** By name, in the order of the file. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** The strings of a safetensors header (`format`, as a rule) or of a shard index; else empty. */
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * What a fairseq file says of its training, as plain data: its `cfg`, or `args` in files before 2021. Python objects of
   * classes we do not know stand in it as `{ $class: "module.Name", … }` and were never run.
   */
  readonly config?: unknown;
  /** Python names in a pickle that are not on our list; kept as records, never imported or run. */
  readonly foreignNames: readonly string[];
  /** What was chosen or passed over on the way here, one sentence each; empty as a rule. */
  readonly notes: readonly string[];
}

/** Strides of a row-major tensor without gaps. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis]!;
  }
  return strides;
}

/** Elements of a tensor; an empty shape is a scalar. */
export function entryElements(entry: Pick<TensorEntry, "shape">): number {
  return elementCount(entry.shape);
}
