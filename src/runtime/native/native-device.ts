/** Opens devices, and the one that computes on the processor. */
import { throwIfAborted } from "../../base/cancellation.ts";
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import type { DataType } from "../../graph/data-type.ts";
import {
  CAPABILITIES,
  type CompileOptions,
  type Device,
  type DeviceName,
  type DeviceOptions,
  type DeviceTensor,
  type Program,
} from "../device-interface.ts";
import { disposedError } from "../tensor-checks.ts";
import { compileNative } from "./compile.ts";
import { type Environment, shareEnvironment, type Threads } from "./environment.ts";
import { HostMemory, type HostTensor } from "./host-tensor.ts";
import { nativeTensor } from "./native-tensor.ts";
import { checkThreads, defaultThreads } from "./threads.ts";

const DEVICE_NAMES = Object.keys(CAPABILITIES) as DeviceName[];

export async function openNativeDevice(name: DeviceName, options: DeviceOptions): Promise<Device<DeviceName>> {
  throwIfAborted(options.signal);
  if (!DEVICE_NAMES.includes(name)) {
    throw new BiogptError("runtime/no-device", {
      what: `There is no device ${JSON.stringify(name)}.${didYouMean(name, DEVICE_NAMES)}`,
      why: `Devices are ${DEVICE_NAMES.join(" and ")}.`,
      kind: "usage",
    });
  }
  const wanted = {
    threads: options.threads === undefined ? defaultThreads() : checkThreads(options.threads),
    spin: options.spin ?? true,
  };
  const environment = shareEnvironment(wanted);
  if (name === "cpu") return new CpuDevice(environment, wanted);
  try {
    const { openWebGpuDevice } = await import("./webgpu-device.ts");
    return await openWebGpuDevice(environment, wanted, options.signal);
  } catch (error) {
    environment.release();
    throw error;
  }
}

class CpuDevice implements Device {
  readonly name = "cpu";
  readonly capabilities = CAPABILITIES.cpu;
  readonly threads: number;
  readonly #wanted: Threads;
  readonly #environment: Environment;
  readonly #memory: HostMemory;
  #disposed = false;

  /** Takes over the caller's hold on `environment`. */
  constructor(environment: Environment, wanted: Threads) {
    this.threads = wanted.threads;
    this.#wanted = wanted;
    this.#environment = environment;
    this.#memory = new HostMemory(environment.api);
  }

  get description(): string {
    const { version } = this.#environment.api;
    return `ONNX Runtime ${version}, processor, ${this.threads} ${this.threads === 1 ? "thread" : "threads"}`;
  }

  allocate<Type extends DataType>(dtype: Type, shape: readonly number[]): HostTensor<Type> {
    return this.#alive().allocate(dtype, shape);
  }

  view<Type extends DataType>(
    tensor: DeviceTensor,
    byteOffset: number,
    dtype: Type,
    shape: readonly number[],
  ): HostTensor<Type> {
    return this.#alive().view(nativeTensor(tensor), byteOffset, dtype, shape);
  }

  async compile(onnx: Uint8Array, options: CompileOptions = {}): Promise<Program> {
    const target = {
      environment: this.#environment,
      memory: this.#alive(),
      threads: this.#wanted,
      prepare: () => undefined,
      weightsByReference: true,
      schedule: <T>(work: () => Promise<T>) => work(),
    };
    return await compileNative(target, onnx, options);
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#memory.release();
    this.#environment.release();
  }

  #alive(): HostMemory {
    if (this.#disposed) throw disposedError("A device");
    return this.#memory;
  }
}
