/** A tensor over something native that is given back when the last user lets go, or when nobody refers to it any more. */
import { byteLength, type DataType } from "../graph/data-type.ts";
import { Counted } from "./counted.ts";
import { disposedError } from "./tensor-checks.ts";

/** Native sides of tensors that nobody disposed. */
const forgotten = new FinalizationRegistry<Counted>((native) => native.release());

export abstract class CountedTensor<Type extends DataType, Address extends number | bigint> {
  readonly dtype: Type;
  readonly shape: readonly number[];
  readonly byteLength: number;
  readonly #value: Address;
  readonly #native: Counted;
  #disposed = false;

  /** @param free gives back `value` and the memory under it; must not refer to the tensor */
  constructor(dtype: Type, shape: readonly number[], value: Address, free: () => void) {
    this.dtype = dtype;
    this.shape = Object.freeze([...shape]);
    this.byteLength = byteLength(dtype, shape);
    this.#value = value;
    this.#native = new Counted(free);
    forgotten.register(this, this.#native, this);
  }

  /** The OrtValue. @throws BiogptError `runtime/disposed` */
  get value(): Address {
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
