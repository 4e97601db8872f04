/** Tensors in the processor's memory: a counted block, an OrtValue over a part of it, and a typed array that views it. */
import { BiogptError, internalError } from "../../base/errors.ts";
import { byteLength, DATA_TYPES, type DataType } from "../../graph/data-type.ts";
import { Counted } from "../counted.ts";
import type { ElementArrays } from "../device-interface.ts";
import { arrayOver, checkShape, checkView, copyElements, elementBytes } from "../tensor-checks.ts";
import { allocateBlock, Block, PointerTable } from "./native-memory.ts";
import { NativeTensor } from "./native-tensor.ts";
import { type Api, create } from "./onnxruntime-api.ts";
import { describeValue } from "./value-info.ts";

const ALLOCATING = { code: "runtime/allocate", what: "Allocating a tensor" } as const;

export class HostTensor<Type extends DataType = DataType> extends NativeTensor<Type> {
  readonly #block: Block;
  readonly #byteOffset: number;
  #data: ElementArrays[Type] | undefined;

  /** @param free gives back `value` and the caller's hold on `block` */
  constructor(
    block: Block,
    byteOffset: number,
    dtype: Type,
    shape: readonly number[],
    value: bigint,
    free: () => void,
  ) {
    super(dtype, shape, value, free);
    this.#block = block;
    this.#byteOffset = byteOffset;
  }

  override get data(): ElementArrays[Type] {
    this.expectAlive();
    if (this.#data === undefined) {
      const width = elementBytes(this.dtype);
      if ((this.#block.address + BigInt(this.#byteOffset)) % BigInt(width) !== 0n) {
        throw new BiogptError("runtime/not-viewable", {
          what: `A ${this.dtype} tensor at an address that is not a multiple of ${width} cannot be viewed as a typed array.`,
          fix: "Copy it with read().",
        });
      }
      this.#data = arrayOver(this.dtype, this.#block.view(this.#byteOffset, this.byteLength));
    }
    return this.#data;
  }

  override async read(): Promise<ElementArrays[Type]> {
    this.expectAlive();
    return arrayOver(this.dtype, this.#block.copy(this.#byteOffset, this.byteLength));
  }

  override write(data: ArrayLike<number> | ElementArrays[Type], elementOffset = 0): Promise<void> {
    copyElements(this.data, data, elementOffset);
    return Promise.resolve();
  }

  get block(): Block {
    this.expectAlive();
    return this.#block;
  }

  get byteOffset(): number {
    return this.#byteOffset;
  }
}

/** Makes tensors over blocks of the processor's memory. */
export class HostMemory extends Counted {
  readonly #api: Api;
  readonly #memoryInfo: bigint;

  constructor(api: Api) {
    const memoryInfo = create(api, ALLOCATING, (out) => api.CreateCpuMemoryInfo(0, 0, out));
    super(() => api.ReleaseMemoryInfo(memoryInfo));
    this.#api = api;
    this.#memoryInfo = memoryInfo;
  }

  allocate<Type extends DataType>(dtype: Type, shape: readonly number[]): HostTensor<Type> {
    checkShape(shape);
    return this.over(allocateBlock(byteLength(dtype, shape)), 0, dtype, shape);
  }

  /** A tensor over a part of a block, whose hold it takes over. */
  over<Type extends DataType>(
    block: Block,
    byteOffset: number,
    dtype: Type,
    shape: readonly number[],
  ): HostTensor<Type> {
    const api = this.#api;
    let value: bigint;
    try {
      value = valueOver(api, this.#memoryInfo, block.address + BigInt(byteOffset), dtype, shape);
    } catch (error) {
      block.release();
      throw error;
    }
    return new HostTensor(block, byteOffset, dtype, shape, value, () => {
      api.ReleaseValue(value);
      block.release();
    });
  }

  view<Type extends DataType>(
    tensor: NativeTensor,
    byteOffset: number,
    dtype: Type,
    shape: readonly number[],
  ): HostTensor<Type> {
    if (!(tensor instanceof HostTensor)) throw internalError("a tensor outside of the processor's memory was given");
    checkView(tensor, byteOffset, dtype, shape);
    return this.over(tensor.block.retain(), tensor.byteOffset + byteOffset, dtype, shape);
  }
}

/** An OrtValue over memory that belongs to somebody else; `address` is a buffer's handle where the memory is a GPU's. */
export function valueOver(
  api: Api,
  memoryInfo: bigint,
  address: bigint,
  dtype: DataType,
  shape: readonly number[],
): bigint {
  using sizes = new PointerTable(shape.map(BigInt));
  const [length, type] = [byteLength(dtype, shape), DATA_TYPES[dtype].onnx];
  return create(api, ALLOCATING, (out) =>
    api.CreateTensorWithDataAsOrtValue(memoryInfo, address, length, sizes.address, shape.length, type, out),
  );
}

/** A tensor that a run allocated: its OrtValue owns the memory. */
export function ownedTensor(api: Api, value: bigint): HostTensor {
  const { dtype, shape } = describeValue(api, value);
  const address = create(api, ALLOCATING, (out) => api.GetTensorMutableData(value, out));
  const block = new Block(address, byteLength(dtype, shape), () => api.ReleaseValue(value));
  return new HostTensor(block, 0, dtype, shape, value, () => block.release());
}
