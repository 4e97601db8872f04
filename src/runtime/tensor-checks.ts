/** What every device asks of its tensors: shapes, places of views, elements that fit, and the typed arrays that view them. */
import { BiogptError } from "../base/errors.ts";
import { byteLength, DATA_TYPES, type DataType, elementCount } from "../graph/data-type.ts";
import type { DeviceTensor, ElementArrays } from "./device-interface.ts";

/** Most elements of one tensor: indices stay exact in a JavaScript number. */
const MOST_ELEMENTS = 2 ** 50;

const ARRAYS = {
  float32: Float32Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  float64: Float64Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int4: Uint8Array,
  uint4: Uint8Array,
  bool: Uint8Array,
} as const satisfies Record<DataType, unknown>;

/** Bytes per element of a typed array; 1 for two 4-bit values. */
export function elementBytes(dtype: DataType): number {
  return Math.max(1, DATA_TYPES[dtype].bits / 8);
}

/** The typed array of a type's elements over a buffer, or over a part of it. */
export function arrayOver<Type extends DataType>(
  dtype: Type,
  buffer: ArrayBuffer,
  part: { readonly byteOffset: number; readonly byteLength: number } = { byteOffset: 0, byteLength: buffer.byteLength },
): ElementArrays[Type] {
  const Elements = ARRAYS[dtype] as unknown as new (
    buffer: ArrayBuffer,
    byteOffset: number,
    length: number,
  ) => ElementArrays[Type];
  return new Elements(buffer, part.byteOffset, part.byteLength / elementBytes(dtype));
}

export function disposedError(subject: string): BiogptError {
  return new BiogptError("runtime/disposed", {
    what: `${subject} is used after it was disposed.`,
    fix: "Keep it until its last use is over; `using` disposes at the end of the block.",
  });
}

/** @throws BiogptError `runtime/shape` */
export function checkShape(shape: readonly number[]): void {
  const wrong = shape.find((size) => !Number.isSafeInteger(size) || size < 0);
  if (wrong !== undefined || elementCount(shape) > MOST_ELEMENTS) {
    throw shapeError(`(${shape.join(", ")}) is not the shape of a tensor: sizes are whole numbers from 0 on`);
  }
}

/** @throws BiogptError `runtime/shape` when a view does not lie inside of its tensor */
export function checkView(
  tensor: Pick<DeviceTensor, "byteLength">,
  byteOffset: number,
  dtype: DataType,
  shape: readonly number[],
): void {
  checkShape(shape);
  const wanted = byteLength(dtype, shape);
  if (!Number.isSafeInteger(byteOffset) || byteOffset < 0 || byteOffset + wanted > tensor.byteLength) {
    throw shapeError(
      `a view of ${wanted} bytes at ${byteOffset} does not lie inside of a tensor of ${tensor.byteLength} bytes`,
    );
  }
}

/** @throws BiogptError `runtime/shape` when the elements do not fit */
export function copyElements(
  target: ElementArrays[DataType],
  data: ArrayLike<number> | ArrayLike<bigint>,
  elementOffset: number,
): void {
  if (!Number.isSafeInteger(elementOffset) || elementOffset < 0 || elementOffset + data.length > target.length) {
    throw shapeError(`${data.length} elements at ${elementOffset} do not fit into ${target.length}`);
  }
  if (target instanceof BigInt64Array && typeof data[0] === "number") {
    for (let i = 0; i < data.length; i++) target[elementOffset + i] = BigInt(data[i]!);
  } else {
    (target as Float32Array).set(data as ArrayLike<number>, elementOffset);
  }
}

function shapeError(what: string): BiogptError {
  return new BiogptError("runtime/shape", { what: `internal: ${what}.` });
}
