/**
 * Devices of ONNX Runtime: the processor, and WebGPU.
 *
 * One environment with one global thread pool serves all devices of the process, since two pools that wait actively take each
 * other's processors. A device that asks for another number of threads, or to wait otherwise, than the environment
 * has gets sessions with pools of their own.
 */
import { throwIfAborted } from "../base/cancellation.ts";
import { internalError } from "../base/errors.ts";
import type { DataType } from "../graph/data-type.ts";
import { compileNative } from "./compile.ts";
import { Counted } from "./counted.ts";
import type { CompileOptions, Device, DeviceName, DeviceOptions, DeviceTensor, Program } from "./device.ts";
import { disposedError, type NativeTensor, nativeTensor, TensorFactory } from "./native-tensor.ts";
import { type Api, check, create, loadApi } from "./onnxruntime-api.ts";
import { checkThreads, defaultThreads } from "./threads.ts";

const OPENING = { code: "runtime/open", what: "Starting ONNX Runtime" } as const;
/** ONNX Runtime's log level "fatal": every error reaches the caller as one of ours, so nothing needs to be printed. */
const LOG_FATAL_ONLY = 4;

export interface Threads {
  readonly threads: number;
  readonly spin: boolean;
}

/** The engine of this process. */
export class Environment extends Counted {
  readonly api: Api;
  readonly handle: bigint;
  readonly pool: Threads;

  constructor(api: Api, pool: Threads) {
    const threading = create(api, OPENING, (out) => api.CreateThreadingOptions(out));
    check(api, api.SetGlobalIntraOpNumThreads(threading, pool.threads), OPENING);
    check(api, api.SetGlobalSpinControl(threading, pool.spin ? 1 : 0), OPENING);
    // Denormal numbers cost a hundred times the time of others and carry nothing here.
    check(api, api.SetGlobalDenormalAsZero(threading), OPENING);
    const handle = create(api, OPENING, (out) =>
      api.CreateEnvWithGlobalThreadPools(LOG_FATAL_ONLY, "biogpt", threading, out),
    );
    api.ReleaseThreadingOptions(threading);
    check(api, api.DisableTelemetryEvents(handle), OPENING);
    super(() => {
      environment = undefined;
      api.ReleaseEnv(handle);
    });
    this.api = api;
    this.handle = handle;
    this.pool = pool;
  }
}

let environment: Environment | undefined;

export async function openNativeDevice(name: DeviceName, options: DeviceOptions = {}): Promise<Device> {
  throwIfAborted(options.signal);
  if (name !== "cpu") throw internalError(`the device ${name} is not there yet`);
  const wanted = {
    threads: options.threads === undefined ? defaultThreads() : checkThreads(options.threads),
    spin: options.spin ?? true,
  };
  const api = loadApi();
  const shared = environment?.retain() ?? new Environment(api, wanted);
  environment = shared;
  return new CpuDevice(name, shared, wanted);
}

class CpuDevice implements Device {
  readonly name: DeviceName;
  readonly threads: number;
  readonly #wanted: Threads;
  readonly #environment: Environment;
  readonly #tensors: TensorFactory;
  #disposed = false;

  constructor(name: DeviceName, shared: Environment, wanted: Threads) {
    this.name = name;
    this.threads = wanted.threads;
    this.#wanted = wanted;
    this.#environment = shared;
    this.#tensors = new TensorFactory(shared.api);
  }

  get description(): string {
    const { version } = this.#environment.api;
    return `ONNX Runtime ${version}, processor, ${this.threads} ${this.threads === 1 ? "thread" : "threads"}`;
  }

  allocate<Type extends DataType>(dtype: Type, shape: readonly number[]): NativeTensor<Type> {
    return this.#alive().allocate(dtype, shape);
  }

  view<Type extends DataType>(
    tensor: DeviceTensor,
    byteOffset: number,
    dtype: Type,
    shape: readonly number[],
  ): NativeTensor<Type> {
    return this.#alive().view(nativeTensor(tensor), byteOffset, dtype, shape);
  }

  compile(onnx: Uint8Array, options: CompileOptions = {}): Promise<Program> {
    return compileNative(this.#environment, this.#alive(), this.#wanted, onnx, options);
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#tensors[Symbol.dispose]();
    this.#environment.release();
  }

  #alive(): TensorFactory {
    if (this.#disposed) throw disposedError("A device");
    return this.#tensors;
  }
}
