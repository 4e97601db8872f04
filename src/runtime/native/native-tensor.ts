/**
 * Tensors as ONNX Runtime sees them: an OrtValue over memory of the processor (host-tensor.ts) or of a GPU
 * (webgpu-device.ts).
 */
import { internalError } from "../../base/errors.ts";
import { byteLength, type DataType } from "../../graph/data-type.ts";
import { Counted } from "../counted.ts";
import type { DeviceTensor, ElementArrays } from "../device-interface.ts";
import { disposedError } from "../tensor-checks.ts";

/** Native sides of tensors that nobody disposed. */
const forgotten = new FinalizationRegistry<Counted>((native) => native.release());

export abstract class NativeTensor<Type extends DataType = DataType> implements DeviceTensor<Type> {
  readonly dtype: Type;
  readonly shape: readonly number[];
  readonly byteLength: number;
  readonly #value: bigint;
  readonly #native: Counted;
  #disposed = false;

  /** @param free gives back `value` and the memory under it; must not refer to the tensor */
  constructor(dtype: Type, shape: readonly number[], value: bigint, free: () => void) {
    this.dtype = dtype;
    this.shape = Object.freeze([...shape]);
    this.byteLength = byteLength(dtype, shape);
    this.#value = value;
    this.#native = new Counted(free);
    forgotten.register(this, this.#native, this);
  }

  abstract readonly data: ElementArrays[Type];
  abstract read(): Promise<ElementArrays[Type]>;
  abstract write(data: ArrayLike<number> | ElementArrays[Type], elementOffset?: number): Promise<void>;

  /** The OrtValue. @throws BiogptError `runtime/disposed` */
  get value(): bigint {
    this.expectAlive();
    return this.#value;
  }

  /** Keeps the native side alive beyond `dispose`, for a run under way, until the hold is released. */
  hold(): Counted {
    this.expectAlive();
    return this.#native.retain();
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    forgotten.unregister(this);
    this.#native.release();
  }

  protected expectAlive(): void {
    if (this.#disposed) throw disposedError(`The ${this.dtype} tensor (${this.shape.join(", ")})`);
  }
}

/** @throws BiogptError `internal` when the tensor was made by another kind of device */
export function nativeTensor(tensor: DeviceTensor): NativeTensor {
  if (tensor instanceof NativeTensor) return tensor;
  throw internalError("a tensor of another device was given");
}
