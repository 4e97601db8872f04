/**
 * What the names in PyTorch's and fairseq's pickles mean: the closed list of calls, and plain data out of what is left.
 *
 * Follows torch/_utils.py (how tensors are rebuilt), torch/serialization.py (how storages are named) and the pickle
 * support of argparse, collections, enum, pathlib, numpy and omegaconf. What is not listed becomes a record, never run.
 */
import { BiogptError } from "../base/errors.ts";
import type { TensorDataType } from "./checkpoint.ts";
import { badPickle, type Charge, type PickleMeaning } from "./pickle.ts";
import {
  PickleDict,
  PickleLeaf,
  PickleName,
  PickleRecord,
  PickleSet,
  PickleTuple,
  type PickleValue,
} from "./pickle-values.ts";
import { MAX_AXES } from "./safetensors.ts";

/** One block of bytes in the archive, which several tensors may share. */
export class TorchStorage extends PickleLeaf {
  /** The entry's name below `data/`. */
  readonly key: string;
  /** Absent for an untyped storage, whose tensors bring their own type. */
  readonly dtype: TensorDataType | undefined;
  /** Elements, or bytes where untyped. */
  readonly length: number;
  constructor(key: string, dtype: TensorDataType | undefined, length: number) {
    super();
    this.key = key;
    this.dtype = dtype;
    this.length = length;
  }
}

/** A view of a storage; offset and strides in elements. Not yet checked against the storage. */
export class TorchTensor extends PickleLeaf {
  readonly storage: TorchStorage;
  readonly dtype: TensorDataType;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  constructor(
    storage: TorchStorage,
    dtype: TensorDataType,
    offset: number,
    shape: readonly number[],
    strides: readonly number[],
  ) {
    super();
    this.storage = storage;
    this.dtype = dtype;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

const STORAGE_TYPES: Readonly<Record<string, TensorDataType>> = {
  "torch.FloatStorage": "float32",
  "torch.HalfStorage": "float16",
  "torch.BFloat16Storage": "bfloat16",
  "torch.DoubleStorage": "float64",
  "torch.LongStorage": "int64",
  "torch.IntStorage": "int32",
  "torch.ShortStorage": "int16",
  "torch.CharStorage": "int8",
  "torch.ByteStorage": "uint8",
  "torch.BoolStorage": "bool",
  "torch.ComplexFloatStorage": "complex64",
  "torch.ComplexDoubleStorage": "complex128",
};
const UNTYPED_STORAGES = ["torch.storage.UntypedStorage", "torch.storage._UntypedStorage", "torch.UntypedStorage"];

/** Types without a storage class of their own, which `_rebuild_tensor_v3` names. */
const TORCH_TYPES: Readonly<Record<string, TensorDataType>> = {
  "torch.float32": "float32",
  "torch.float16": "float16",
  "torch.bfloat16": "bfloat16",
  "torch.float64": "float64",
  "torch.int64": "int64",
  "torch.int32": "int32",
  "torch.int16": "int16",
  "torch.int8": "int8",
  "torch.uint8": "uint8",
  "torch.uint16": "uint16",
  "torch.uint32": "uint32",
  "torch.uint64": "uint64",
  "torch.bool": "bool",
  "torch.float8_e4m3fn": "float8_e4m3fn",
  "torch.float8_e5m2": "float8_e5m2",
  "torch.float8_e4m3fnuz": "float8_e4m3fnuz",
  "torch.float8_e5m2fnuz": "float8_e5m2fnuz",
  "torch.float8_e8m0fnu": "float8_e8m0fnu",
};

/** Python 2's name of the module appears in protocol 2 pickles, which is what torch.save writes. */
const BUILTINS = /^(?:builtins|__builtin__)\./;

/** `_codecs.encode(text, "latin1")` is how protocol 2 writes bytes; numpy scalars need 16 at most. */
const MAX_ENCODED_LENGTH = 65_536;

/** @param path names the file in errors */
export function torchMeaning(path: string): PickleMeaning & { readonly foreignNames: Set<string> } {
  const foreignNames = new Set<string>();
  const call = (name: string, args: readonly PickleValue[], charge: Charge): PickleValue | undefined => {
    const meaning = Object.hasOwn(CALLS, name) ? CALLS[name] : undefined;
    if (meaning !== undefined) return meaning(args, { path, charge, call });
    if (BUILTINS.test(name)) {
      const builtin = callBuiltin(name.replace(BUILTINS, ""), args, charge);
      if (builtin !== undefined) return builtin;
    }
    if (!isHarmlessClass(name)) foreignNames.add(name);
    return undefined;
  };
  return { call, persistent: (id) => readStorage(path, id), foreignNames };
}

interface CallContext {
  readonly path: string;
  readonly charge: Charge;
  readonly call: (name: string, args: readonly PickleValue[], charge: Charge) => PickleValue | undefined;
}
type Call = (args: readonly PickleValue[], context: CallContext) => PickleValue | undefined;

const rebuildTensor: Call = ([storage, offset, shape, strides], { path }) => {
  if (!(storage instanceof TorchStorage) || storage.dtype === undefined)
    throw badPickle(path, "a tensor has no typed storage");
  return makeTensor(path, storage, storage.dtype, offset, shape, strides);
};

const rebuildTypedTensor: Call = ([storage, offset, shape, strides, , , dtype], { path }) => {
  const name = dtype instanceof PickleName ? dtype.path : "";
  const known = Object.hasOwn(TORCH_TYPES, name) ? TORCH_TYPES[name] : undefined;
  if (!(storage instanceof TorchStorage)) throw badPickle(path, "a tensor has no storage");
  return known === undefined ? undefined : makeTensor(path, storage, known, offset, shape, strides);
};

const asDict: Call = ([pairs], { charge }) => dictFrom(pairs, charge);

const CALLS: Readonly<Record<string, Call>> = {
  "torch._utils._rebuild_tensor": rebuildTensor,
  "torch._utils._rebuild_tensor_v2": rebuildTensor,
  "torch._utils._rebuild_tensor_v3": rebuildTypedTensor,
  "torch._utils._rebuild_parameter": ([tensor]) => (tensor instanceof TorchTensor ? tensor : undefined),
  "torch._utils._rebuild_parameter_with_state": ([tensor]) => (tensor instanceof TorchTensor ? tensor : undefined),
  // A tensor with attributes of its own: (function, type, arguments, state). Only the tensor is of interest.
  "torch._tensor._rebuild_from_type_v2": ([rebuild, , args], { call, charge }) =>
    rebuild instanceof PickleName && args instanceof PickleTuple && rebuild.path.startsWith("torch._utils.")
      ? call(rebuild.path, args.items, charge)
      : undefined,
  "torch.Size": ([sizes]) => (sizes instanceof PickleTuple ? sizes : undefined),
  "torch.device": ([name]) => (typeof name === "string" ? name : undefined),
  "collections.OrderedDict": asDict,
  "collections.defaultdict": ([, pairs], { charge }) => dictFrom(pairs, charge), // the factory is dropped
  "collections.Counter": asDict,
  "_codecs.encode": ([text, encoding]) =>
    typeof text === "string" && text.length <= MAX_ENCODED_LENGTH && (encoding === "latin1" || encoding === "latin-1")
      ? Uint8Array.from(text, (char) => char.charCodeAt(0))
      : undefined,
  "copyreg._reconstructor": ([type]) => (type instanceof PickleName ? new PickleRecord(type.path, []) : undefined),
  "numpy.core.multiarray.scalar": readNumpyScalar,
  "numpy._core.multiarray.scalar": readNumpyScalar,
};

/** Classes that we understand well enough in `toPlainData`. */
function isHarmlessClass(name: string): boolean {
  return /^(?:argparse\.Namespace|numpy\.dtype|pathlib\.\w*Path|omegaconf\.[\w.]+)$/.test(name);
}

function callBuiltin(name: string, [argument]: readonly PickleValue[], charge: Charge): PickleValue | undefined {
  const items = Array.isArray(argument) ? argument : argument instanceof PickleTuple ? argument.items : [];
  switch (name) {
    case "dict":
      return dictFrom(argument, charge);
    case "set":
    case "frozenset": {
      charge(items.length);
      const set = new PickleSet();
      for (const item of items) set.items.add(item);
      return set;
    }
    case "list":
      charge(items.length);
      return [...items];
    case "int":
    case "float":
    case "bool":
    case "str":
    case "bytes":
    case "bytearray":
      return argument instanceof Uint8Array || ["string", "number", "boolean", "bigint"].includes(typeof argument)
        ? argument
        : undefined;
    default:
      return undefined;
  }
}

function dictFrom(pairs: PickleValue | undefined, charge: Charge): PickleDict | undefined {
  const dict = new PickleDict();
  if (pairs === undefined) return dict;
  if (pairs instanceof PickleDict) {
    charge(pairs.entries.size);
    for (const [key, value] of pairs.entries) dict.entries.set(key, value);
    return dict;
  }
  if (!Array.isArray(pairs)) return undefined;
  charge(pairs.length);
  for (const pair of pairs) {
    const items = pair instanceof PickleTuple ? pair.items : Array.isArray(pair) ? pair : [];
    if (items.length !== 2) return undefined;
    dict.entries.set(items[0]!, items[1]!);
  }
  return dict;
}

function readStorage(path: string, id: PickleValue): TorchStorage {
  const [kind, type, key, , length] = id instanceof PickleTuple ? id.items : [];
  if (kind !== "storage" || !(type instanceof PickleName) || typeof key !== "string" || !isCount(length)) {
    throw badPickle(path, "a storage is not described as torch.save describes it");
  }
  const dtype = Object.hasOwn(STORAGE_TYPES, type.path) ? STORAGE_TYPES[type.path] : undefined;
  if (dtype === undefined && !UNTYPED_STORAGES.includes(type.path)) {
    throw new BiogptError("checkpoints/unknown-dtype", {
      what: `${path} has a storage of the type ${type.path}, which we do not know.`,
      why: `Known are ${Object.keys(STORAGE_TYPES).join(", ")}.`,
      fix: "Save the weights in one of these types; quantised PyTorch tensors must be dequantised first.",
    });
  }
  return new TorchStorage(key, dtype, length);
}

function makeTensor(
  path: string,
  storage: TorchStorage,
  dtype: TensorDataType,
  offset: PickleValue | undefined,
  shape: PickleValue | undefined,
  strides: PickleValue | undefined,
): TorchTensor {
  const isCounts = (value: PickleValue | undefined): value is PickleTuple =>
    value instanceof PickleTuple && value.items.length <= MAX_AXES && value.items.every(isCount);
  if (!isCount(offset) || !isCounts(shape) || !isCounts(strides) || shape.items.length !== strides.items.length) {
    throw badPickle(path, "a tensor's offset, shape or strides are not whole numbers from 0");
  }
  return new TorchTensor(storage, dtype, offset, shape.items as number[], strides.items as number[]);
}

function isCount(value: PickleValue | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** `scalar(dtype, bytes)`: numbers of the types that numpy's own functions return. */
function readNumpyScalar([type, bytes]: readonly PickleValue[]): PickleValue | undefined {
  if (!(type instanceof PickleRecord) || type.className !== "numpy.dtype" || !(bytes instanceof Uint8Array))
    return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [name] = type.args;
  const order = type.state instanceof PickleTuple ? type.state.items[1] : "<";
  const reader = typeof name === "string" && Object.hasOwn(NUMPY_SCALARS, name) ? NUMPY_SCALARS[name] : undefined;
  if (reader === undefined || reader.bytes !== bytes.length || order === ">") return undefined;
  return reader.read(view);
}

const NUMPY_SCALARS: Readonly<Record<string, { bytes: number; read: (view: DataView) => PickleValue }>> = {
  f8: { bytes: 8, read: (view) => view.getFloat64(0, true) },
  f4: { bytes: 4, read: (view) => view.getFloat32(0, true) },
  i8: { bytes: 8, read: (view) => narrow(view.getBigInt64(0, true)) },
  u8: { bytes: 8, read: (view) => narrow(view.getBigUint64(0, true)) },
  i4: { bytes: 4, read: (view) => view.getInt32(0, true) },
  u4: { bytes: 4, read: (view) => view.getUint32(0, true) },
  i2: { bytes: 2, read: (view) => view.getInt16(0, true) },
  u2: { bytes: 2, read: (view) => view.getUint16(0, true) },
  i1: { bytes: 1, read: (view) => view.getInt8(0) },
  u1: { bytes: 1, read: (view) => view.getUint8(0) },
  b1: { bytes: 1, read: (view) => view.getUint8(0) !== 0 },
};

function narrow(value: bigint): number | bigint {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

/** fairseq's configurations have about 500 values in three levels; shared parts count each time they appear. */
const MAX_PLAIN_VALUES = 200_000;
const MAX_PLAIN_DEPTH = 64;

/**
 * Plain JSON-like data out of a pickle: dicts, namespaces and omegaconf nodes become objects, tuples and sets arrays, enum
 * members and paths what they stand for, tensors and unknown objects `{ $class, … }` records.
 *
 * @throws BiogptError `checkpoints/pickle-too-large` where the data are deeper, more or cyclic
 */
export function toPlainData(root: PickleValue, path: string): unknown {
  let count = 0;
  const object = (entries: Iterable<readonly [PickleValue, PickleValue]>, depth: number): Record<string, unknown> =>
    Object.fromEntries(Array.from(entries, ([key, value]) => [keyText(key), plain(value, depth + 1)]));
  const plain = (value: PickleValue, depth: number): unknown => {
    if (++count > MAX_PLAIN_VALUES || depth > MAX_PLAIN_DEPTH) {
      throw new BiogptError("checkpoints/pickle-too-large", {
        what: `${path}: the configuration has more than ${MAX_PLAIN_VALUES} values or is more than ${MAX_PLAIN_DEPTH} deep.`,
        fix: "Save the weights alone: torch.save(state['model'], file).",
      });
    }
    if (typeof value === "bigint") return value.toString();
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
    if (value instanceof Uint8Array) return { $class: "bytes", length: value.length };
    if (value instanceof PickleTuple) return value.items.map((item) => plain(item, depth + 1));
    if (value instanceof PickleSet) return Array.from(value.items, (item) => plain(item, depth + 1));
    if (value instanceof PickleDict) return object(value.entries, depth);
    if (value instanceof PickleName) return { $class: value.path };
    if (value instanceof TorchTensor) return { $class: "torch.Tensor", dtype: value.dtype, shape: value.shape };
    if (value instanceof PickleRecord) return plainRecord(value, depth);
    return { $class: "torch.Storage" };
  };
  const plainRecord = (record: PickleRecord, depth: number): unknown => {
    const { className, args, state, entries, elements } = record;
    if (className === "argparse.Namespace" && state instanceof PickleDict) return object(state.entries, depth);
    if (/^pathlib\.\w*Path$/.test(className) && args.every((part) => typeof part === "string")) {
      return args.join("/").replace(/^\/+/, "/");
    }
    if (className.startsWith("omegaconf.") && state instanceof PickleDict) {
      for (const field of ["_content", "_val"]) {
        if (state.entries.has(field)) return plain(state.entries.get(field)!, depth + 1);
      }
    }
    return {
      $class: className,
      ...(args.length > 0 ? { args: args.map((item) => plain(item, depth + 1)) } : {}),
      ...(state !== null ? { state: plain(state, depth + 1) } : {}),
      ...(entries.size > 0 ? { entries: object(entries, depth) } : {}),
      ...(elements.length > 0 ? { elements: elements.map((item) => plain(item, depth + 1)) } : {}),
    };
  };
  return plain(root, 0);
}

function keyText(key: PickleValue): string {
  return typeof key === "object" ? `(${key === null ? "None" : key.constructor.name})` : String(key);
}
