/** Tensors in the processor's memory: a counted block, an OrtValue over a part of it, and typed arrays that view it. */
import { BiogptError, internalError } from "../base/errors.ts";
import { byteLength, DATA_TYPES, type DataType, elementCount } from "../graph/data-type.ts";
import { Counted } from "./counted.ts";
import type { DeviceTensor, ElementArrays } from "./device.ts";
import { allocateBlock, Block, PointerTable } from "./native-memory.ts";
import { type Api, create } from "./onnxruntime-api.ts";
import { describeValue } from "./value-info.ts";

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

type ArrayClass<Type extends DataType> = new (
  buffer: ArrayBuffer | number,
  byteOffset?: number,
  length?: number,
) => ElementArrays[Type];

/** The array class that views a type's elements. */
export function arrayClass<Type extends DataType>(dtype: Type): ArrayClass<Type> {
  return ARRAYS[dtype] as unknown as ArrayClass<Type>;
}

/** Most elements of one tensor: indices stay exact in a JavaScript number. */
const MOST_ELEMENTS = 2 ** 50;

/** @throws BiogptError `runtime/shape` */
export function checkShape(shape: readonly number[]): void {
  const wrong = shape.find((size) => !Number.isSafeInteger(size) || size < 0);
  if (wrong === undefined && elementCount(shape) <= MOST_ELEMENTS) return;
  throw new BiogptError("runtime/shape", {
    what: `(${shape.join(", ")}) is not the shape of a tensor.`,
    why: "Sizes are whole numbers from 0 on.",
    kind: "internal",
  });
}

/** Native handles of tensors that nobody disposed. */
const forgotten = new FinalizationRegistry<Counted>((native) => native.release());

export class NativeTensor<Type extends DataType = DataType> implements DeviceTensor<Type> {
  readonly dtype: Type;
  readonly shape: readonly number[];
  readonly byteLength: number;
  readonly #block: Block;
  readonly #byteOffset: number;
  readonly #value: bigint;
  readonly #native: Counted;
  #data: ElementArrays[Type] | undefined;
  #disposed = false;

  /** Takes over the caller's hold on `block`. @param free gives back `value` and that hold; must not refer to the tensor */
  constructor(
    block: Block,
    byteOffset: number,
    dtype: Type,
    shape: readonly number[],
    value: bigint,
    free: () => void,
  ) {
    this.dtype = dtype;
    this.shape = Object.freeze([...shape]);
    this.byteLength = byteLength(dtype, shape);
    this.#block = block;
    this.#byteOffset = byteOffset;
    this.#value = value;
    this.#native = new Counted(free);
    forgotten.register(this, this.#native, this);
  }

  get data(): ElementArrays[Type] {
    this.#expectAlive();
    if (this.#data === undefined) {
      const elementBytes = Math.max(1, DATA_TYPES[this.dtype].bits / 8);
      if ((this.#block.address + BigInt(this.#byteOffset)) % BigInt(elementBytes) !== 0n) {
        throw new BiogptError("runtime/not-viewable", {
          what: `A ${this.dtype} tensor at an odd address cannot be viewed as a typed array.`,
          fix: "Copy it with read().",
        });
      }
      this.#data = new (arrayClass(this.dtype))(this.#block.view(this.#byteOffset, this.byteLength));
    }
    return this.#data;
  }

  async read(): Promise<ElementArrays[Type]> {
    return this.data.slice() as ElementArrays[Type];
  }

  write(data: ArrayLike<number> | ElementArrays[Type], elementOffset = 0): Promise<void> {
    copyElements(this.data, data, elementOffset);
    return Promise.resolve();
  }

  /** The native handle. @throws BiogptError `runtime/disposed` */
  get value(): bigint {
    this.#expectAlive();
    return this.#value;
  }

  get block(): Block {
    this.#expectAlive();
    return this.#block;
  }

  get byteOffset(): number {
    return this.#byteOffset;
  }

  /** Keeps the native side alive beyond `dispose`, for a run under way, until the hold is released. */
  hold(): Counted {
    this.#expectAlive();
    return this.#native.retain();
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#data = undefined;
    forgotten.unregister(this);
    this.#native.release();
  }

  #expectAlive(): void {
    if (this.#disposed) throw disposedError(`The ${this.dtype} tensor (${this.shape.join(", ")})`);
  }
}

export function disposedError(subject: string): BiogptError {
  return new BiogptError("runtime/disposed", {
    what: `${subject} is used after it was disposed.`,
    fix: "Keep it until its last use is over; `using` disposes at the end of the block.",
    kind: "internal",
  });
}

/** @throws BiogptError `runtime/shape` when the elements do not fit */
export function copyElements(
  target: ElementArrays[DataType],
  data: ArrayLike<number> | ArrayLike<bigint>,
  elementOffset: number,
): void {
  if (elementOffset < 0 || elementOffset + data.length > target.length) {
    throw new BiogptError("runtime/shape", {
      what: `${data.length} elements at ${elementOffset} do not fit into ${target.length}.`,
      kind: "internal",
    });
  }
  if (target instanceof BigInt64Array && data.length > 0 && typeof data[0] === "number") {
    for (let i = 0; i < data.length; i++) target[elementOffset + i] = BigInt(data[i]!);
  } else {
    (target as Float32Array).set(data as ArrayLike<number>, elementOffset);
  }
}

/** Makes tensors over blocks of the processor's memory. */
export class TensorFactory implements Disposable {
  readonly #api: Api;
  readonly #memoryInfo: bigint;

  constructor(api: Api) {
    this.#api = api;
    // (allocator type: device, memory type: default)
    this.#memoryInfo = create(api, ALLOCATING, (out) => api.CreateCpuMemoryInfo(0, 0, out));
  }

  allocate<Type extends DataType>(dtype: Type, shape: readonly number[]): NativeTensor<Type> {
    checkShape(shape);
    return this.over(allocateBlock(byteLength(dtype, shape)), 0, dtype, shape);
  }

  /** A tensor over a part of a block, whose hold it takes over. */
  over<Type extends DataType>(
    block: Block,
    byteOffset: number,
    dtype: Type,
    shape: readonly number[],
  ): NativeTensor<Type> {
    const api = this.#api;
    let value: bigint;
    try {
      using sizes = new PointerTable(shape.map(BigInt));
      value = create(api, ALLOCATING, (out) =>
        api.CreateTensorWithDataAsOrtValue(
          this.#memoryInfo,
          block.address + BigInt(byteOffset),
          byteLength(dtype, shape),
          sizes.address,
          shape.length,
          DATA_TYPES[dtype].onnx,
          out,
        ),
      );
    } catch (error) {
      block.release();
      throw error;
    }
    return new NativeTensor(block, byteOffset, dtype, shape, value, () => {
      api.ReleaseValue(value);
      block.release();
    });
  }

  view<Type extends DataType>(
    tensor: NativeTensor,
    byteOffset: number,
    dtype: Type,
    shape: readonly number[],
  ): NativeTensor<Type> {
    checkShape(shape);
    const wanted = byteLength(dtype, shape);
    if (!Number.isSafeInteger(byteOffset) || byteOffset < 0 || byteOffset + wanted > tensor.byteLength) {
      throw new BiogptError("runtime/shape", {
        what: `A view of ${wanted} bytes at ${byteOffset} does not lie inside of a tensor of ${tensor.byteLength} bytes.`,
        kind: "internal",
      });
    }
    return this.over(tensor.block.retain(), tensor.byteOffset + byteOffset, dtype, shape);
  }

  [Symbol.dispose](): void {
    this.#api.ReleaseMemoryInfo(this.#memoryInfo);
  }
}

const ALLOCATING = { code: "runtime/allocate", what: "Allocating a tensor" } as const;

/** A tensor that a run allocated, with the handle that owns its memory. */
export function ownedTensor(api: Api, value: bigint): NativeTensor {
  const { dtype, shape } = describeValue(api, value);
  const address = create(api, ALLOCATING, (out) => api.GetTensorMutableData(value, out));
  const block = new Block(address, byteLength(dtype, shape), () => api.ReleaseValue(value));
  return new NativeTensor(block, 0, dtype, shape, value, () => block.release());
}

/** @throws BiogptError `internal` when a tensor of another device is given */
export function nativeTensor(tensor: DeviceTensor): NativeTensor {
  if (tensor instanceof NativeTensor) return tensor;
  throw internalError("a tensor of another device was given");
}
