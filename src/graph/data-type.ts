/** Element types of tensors, as ONNX names them (onnx.proto3, TensorProto.DataType). */
export type DataType =
  | "float32"
  | "float16"
  | "bfloat16"
  | "float64"
  | "int64"
  | "int32"
  | "int8"
  | "uint8"
  | "int4"
  | "uint4"
  | "bool";

/** ONNX's number of each type and the bits of one element (4-bit types pack two in a byte). */
export const DATA_TYPES: Readonly<Record<DataType, { readonly onnx: number; readonly bits: number }>> = {
  float32: { onnx: 1, bits: 32 },
  uint8: { onnx: 2, bits: 8 },
  int8: { onnx: 3, bits: 8 },
  int32: { onnx: 6, bits: 32 },
  int64: { onnx: 7, bits: 64 },
  bool: { onnx: 9, bits: 8 },
  float16: { onnx: 10, bits: 16 },
  float64: { onnx: 11, bits: 64 },
  bfloat16: { onnx: 16, bits: 16 },
  uint4: { onnx: 21, bits: 4 },
  int4: { onnx: 22, bits: 4 },
};

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Bytes of a dense tensor, whole bytes. */
export function byteLength(dtype: DataType, shape: readonly number[]): number {
  return Math.ceil((elementCount(shape) * DATA_TYPES[dtype].bits) / 8);
}
