/** What ONNX Runtime says of a session's inputs and outputs, and of a value: names, element types, sizes. */
import koffi from "koffi";
import { internalError } from "../../base/errors.ts";
import { DATA_TYPES, type DataType } from "../../graph/data-type.ts";
import type { TensorInfo } from "../device-interface.ts";
import { PointerTable } from "./native-memory.ts";
import { type Api, check, count, create } from "./onnxruntime-api.ts";

const ASKING = { code: "runtime/compile", what: "Reading the graph's inputs and outputs" } as const;
const TYPE_OF_NUMBER = new Map(Object.entries(DATA_TYPES).map(([name, { onnx }]) => [onnx, name as DataType]));

export function sessionInputs(api: Api, session: bigint): TensorInfo[] {
  const length = count(api, ASKING, (out) => api.SessionGetInputCount(session, out));
  return Array.from({ length }, (_, i) =>
    valueInfo(
      api,
      nameOf(api, (allocator, out) => api.SessionGetInputName(session, i, allocator, out)),
      create(api, ASKING, (out) => api.SessionGetInputTypeInfo(session, i, out)),
    ),
  );
}

export function sessionOutputs(api: Api, session: bigint): TensorInfo[] {
  const length = count(api, ASKING, (out) => api.SessionGetOutputCount(session, out));
  return Array.from({ length }, (_, i) =>
    valueInfo(
      api,
      nameOf(api, (allocator, out) => api.SessionGetOutputName(session, i, allocator, out)),
      create(api, ASKING, (out) => api.SessionGetOutputTypeInfo(session, i, out)),
    ),
  );
}

/** Type and sizes of a value that a run made. */
export function describeValue(api: Api, value: bigint): { readonly dtype: DataType; readonly shape: number[] } {
  const info = create(api, ASKING, (out) => api.GetTensorTypeAndShape(value, out));
  try {
    return { dtype: elementType(api, info), shape: sizes(api, info) };
  } finally {
    api.ReleaseTensorTypeAndShapeInfo(info);
  }
}

function nameOf(api: Api, call: (allocator: bigint, out: [bigint | null]) => bigint | null): string {
  const allocator = create(api, ASKING, (out) => api.GetAllocatorWithDefaultOptions(out));
  const address = create(api, ASKING, (out) => call(allocator, out));
  const name = koffi.decode.string(address);
  check(api, api.AllocatorFree(allocator, address), ASKING);
  return name;
}

/** Takes over `typeInfo`. */
function valueInfo(api: Api, name: string, typeInfo: bigint): TensorInfo {
  try {
    const info = create(api, ASKING, (out) => api.CastTypeInfoToTensorInfo(typeInfo, out)); // belongs to typeInfo
    const dtype = elementType(api, info);
    const shape = sizes(api, info);
    using names = new PointerTable(shape.map(() => 0n));
    check(api, api.GetSymbolicDimensions(info, names.address, shape.length), ASKING);
    return {
      name,
      dtype,
      shape: shape.map((size, axis) => (size >= 0 ? size : koffi.decode.string(names.get(axis)))),
    };
  } finally {
    api.ReleaseTypeInfo(typeInfo);
  }
}

function elementType(api: Api, info: bigint): DataType {
  const number = count(api, ASKING, (out) => api.GetTensorElementType(info, out));
  const dtype = TYPE_OF_NUMBER.get(number);
  if (dtype === undefined) throw internalError(`ONNX element type ${number} is not among ours`);
  return dtype;
}

/** Sizes; -1 for those that come with each run. */
function sizes(api: Api, info: bigint): number[] {
  const rank = count(api, ASKING, (out) => api.GetDimensionsCount(info, out));
  using table = new PointerTable(new Array<bigint>(rank).fill(0n));
  check(api, api.GetDimensions(info, table.address, rank), ASKING);
  return Array.from({ length: rank }, (_, axis) => Number(BigInt.asIntN(64, table.get(axis))));
}
