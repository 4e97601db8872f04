/** Tensors in the memory of the WebAssembly module: a counted block, an OrtValue over a part of it, and typed arrays that view it. */
import { internalError } from "../../base/errors.ts";
import { byteLength, DATA_TYPES, type DataType } from "../../graph/data-type.ts";
import { Counted } from "../counted.ts";
import { CountedTensor } from "../counted-tensor.ts";
import type { DeviceTensor, ElementArrays } from "../device-interface.ts";
import { arrayOver, checkShape, checkView, copyElements } from "../tensor-checks.ts";
import { ADDRESS_BYTES, allocateBytes, check, handleOf, memoryOf, type OrtModule } from "./ort-module.ts";

const ALLOCATING = { code: "runtime/allocate", what: "Allocating a tensor" } as const;
const DTYPE_OF_NUMBER = new Map(Object.entries(DATA_TYPES).map(([name, { onnx }]) => [onnx, name as DataType]));
/** `onnxruntime-common` numbers where a tensor lies: 1 is the processor. */
const PROCESSOR = 1;

/** The element type of ONNX's number. */
export function dataTypeOf(number: number): DataType {
  const dtype = DTYPE_OF_NUMBER.get(number);
  if (dtype === undefined) throw internalError(`ONNX element type ${number} is not among ours`);
  return dtype;
}

/** Bytes of the module's memory. */
class Block extends Counted {
  readonly address: number;

  constructor(module: OrtModule, bytes: number) {
    const address = allocateBytes(module, bytes);
    super(() => module._free(address));
    this.address = address;
  }
}

type CountedBlock = Counted & { readonly address: number };

export class WasmTensor<Type extends DataType = DataType>
  extends CountedTensor<Type, number>
  implements DeviceTensor<Type>
{
  readonly #module: OrtModule;
  readonly #block: CountedBlock;
  readonly #address: number;
  #data: ElementArrays[Type] | undefined;

  /** Takes over the caller's hold on `block`. */
  private constructor(
    module: OrtModule,
    block: CountedBlock,
    byteOffset: number,
    dtype: Type,
    shape: readonly number[],
  ) {
    const address = block.address + byteOffset;
    const value = createValue(module, address, dtype, shape);
    super(dtype, shape, value, () => {
      module._OrtReleaseTensor(value);
      block.release();
    });
    this.#module = module;
    this.#block = block;
    this.#address = address;
  }

  static allocate<Type extends DataType>(module: OrtModule, dtype: Type, shape: readonly number[]): WasmTensor<Type> {
    checkShape(shape);
    const bytes = byteLength(dtype, shape);
    const block = new Block(module, bytes);
    new Uint8Array(memoryOf(module, block.address + bytes), block.address, bytes).fill(0);
    return new WasmTensor(module, block, 0, dtype, shape);
  }

  /** A tensor that a run allocated; takes over its value, which owns the memory. */
  static owned(module: OrtModule, value: number): WasmTensor {
    const places = allocateBytes(module, 4 * ADDRESS_BYTES);
    const at = (place: number): number => module.getValue(places + ADDRESS_BYTES * place, "*");
    try {
      const [dtype, data, sizes, axes] = [0, 1, 2, 3].map((place) => places + ADDRESS_BYTES * place) as [
        number,
        number,
        number,
        number,
      ];
      check(module, module._OrtGetTensorData(value, dtype, data, sizes, axes), ALLOCATING);
      const shape = Array.from({ length: at(3) }, (_, axis) => module.getValue(at(2) + ADDRESS_BYTES * axis, "i32"));
      module._OrtFree(at(2));
      const block = Object.assign(new Counted(() => module._OrtReleaseTensor(value)), { address: at(1) });
      return new WasmTensor(module, block, 0, dataTypeOf(at(0)), shape);
    } finally {
      module._free(places);
    }
  }

  view<Other extends DataType>(byteOffset: number, dtype: Other, shape: readonly number[]): WasmTensor<Other> {
    this.expectAlive();
    checkView(this, byteOffset, dtype, shape);
    const from = this.#address - this.#block.address;
    return new WasmTensor(this.#module, this.#block.retain() as Block, from + byteOffset, dtype, shape);
  }

  get data(): ElementArrays[Type] {
    this.expectAlive();
    // The memory is shared between threads: where it grows, older views stay views of it.
    this.#data ??= arrayOver(this.dtype, memoryOf(this.#module, this.#address + this.byteLength), {
      byteOffset: this.#address,
      byteLength: this.byteLength,
    });
    return this.#data;
  }

  async read(): Promise<ElementArrays[Type]> {
    return this.data.slice() as ElementArrays[Type];
  }

  write(data: ArrayLike<number> | ElementArrays[Type], elementOffset = 0): Promise<void> {
    copyElements(this.data, data, elementOffset);
    return Promise.resolve();
  }
}

/** An OrtValue over memory of the module. */
function createValue(module: OrtModule, address: number, dtype: DataType, shape: readonly number[]): number {
  const sizes = allocateBytes(module, ADDRESS_BYTES * shape.length);
  for (const [axis, size] of shape.entries()) module.setValue(sizes + ADDRESS_BYTES * axis, size, "i32");
  const bytes = byteLength(dtype, shape);
  const value = module._OrtCreateTensor(DATA_TYPES[dtype].onnx, address, bytes, sizes, shape.length, PROCESSOR);
  module._free(sizes);
  return handleOf(module, value, ALLOCATING);
}

/** @throws BiogptError `internal` when the tensor was made by another kind of device */
export function wasmTensor(tensor: DeviceTensor): WasmTensor {
  if (tensor instanceof WasmTensor) return tensor;
  throw internalError("a tensor of another device was given");
}
