/**
 * Tensors as ONNX Runtime sees them: an OrtValue over memory of the processor (host-tensor.ts) or of a GPU
 * (webgpu-device.ts).
 */
import { BiogptError, internalError } from "../../base/errors.ts";
import { byteLength, type DataType, elementCount } from "../../graph/data-type.ts";
import type { DeviceTensor, ElementArrays } from "../device-interface.ts";
import { Counted } from "./counted.ts";

/** Most elements of one tensor: indices stay exact in a JavaScript number. */
const MOST_ELEMENTS = 2 ** 50;

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
export function checkView(tensor: NativeTensor, byteOffset: number, dtype: DataType, shape: readonly number[]): void {
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

/** @throws BiogptError `internal` when the tensor was made by another kind of device */
export function nativeTensor(tensor: DeviceTensor): NativeTensor {
  if (tensor instanceof NativeTensor) return tensor;
  throw internalError("a tensor of another device was given");
}
