/**
 * The GPU, by ONNX Runtime's WebGPU execution provider, which is part of the same shared library (Vulkan on Linux, Direct3D 12
 * on Windows, Metal on macOS). Operators without a WebGPU kernel run on the processor, with copies to and fro.
 *
 * Tensors are WebGPU buffers, made by the allocator of a small session that lives as long as the device (ONNX Runtime gives
 * that allocator to sessions only). A buffer's handle stands where a pointer would, so a view can have another shape but
 * not another start. `CopyTensors` moves data; outputs that a run allocates come back in the processor's memory.
 *
 * The provider is not made for several threads at a time, so runs and copies wait for one another, also those of several
 * models: all devices of a process share one queue and one allocator. Allocating is the exception, as it happens at once: do
 * it between runs. Work begins a turn of the event loop after it was asked for, so that several tensors can be allocated in a row.
 */
import { setImmediate } from "node:timers/promises";
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError, internalError } from "../../base/errors.ts";
import { DATA_TYPES, type DataType } from "../../graph/data-type.ts";
import { Graph } from "../../graph/graph.ts";
import { toOnnx } from "../../graph/onnx.ts";
import { Counted } from "../counted.ts";
import {
  CAPABILITIES,
  type CompileOptions,
  type Device,
  type DeviceName,
  type DeviceTensor,
  type ElementArrays,
  type ExternalWeight,
  type Program,
} from "../device-interface.ts";
import { checkShape, checkView, copyElements, disposedError } from "../tensor-checks.ts";
import { compileNative } from "./compile.ts";
import type { Environment, Threads } from "./environment.ts";
import { HostMemory, type HostTensor, valueOver } from "./host-tensor.ts";
import { copyToBlock, PointerTable } from "./native-memory.ts";
import { NativeTensor, nativeTensor } from "./native-tensor.ts";
import { callAsync, check, create } from "./onnxruntime-api.ts";

const OPENING = { code: "runtime/no-device", what: "Opening the WebGPU device" } as const;
const ALLOCATING = { code: "runtime/allocate", what: "Allocating a tensor on the GPU" } as const;
const COPYING = { code: "runtime/copy", what: "Copying a tensor to or from the GPU" } as const;
/** The provider's name for its buffers. */
const BUFFER_MEMORY = "WebGPU_Buf";

/** ONNX Runtime's message without its source file, function and condition, which say nothing to a user. */
function withoutPlace(message: string): string {
  return message.replace(/^.* was false\. /s, "").trim();
}

export async function openWebGpuDevice(
  environment: Environment,
  wanted: Threads,
  signal: AbortSignal | undefined,
): Promise<Device<DeviceName>> {
  if (sharedMemory !== undefined) return new WebGpuDevice(environment, wanted, sharedMemory.retain());
  const { api } = environment;
  const sessionOptions = create(api, OPENING, (out) => api.CreateSessionOptions(out));
  const model = copyToBlock(smallestModel());
  using session = new PointerTable([0n]);
  try {
    environment.applyThreads(sessionOptions, wanted);
    check(api, api.SessionOptionsAppendExecutionProvider(sessionOptions, "WebGPU", null, null, 0), OPENING);
    const status = await callAsync(
      api.CreateSessionFromArray,
      environment.handle,
      model.address,
      model.byteLength,
      sessionOptions,
      session.address,
    );
    check(api, status, OPENING);
  } catch (cause) {
    throw new BiogptError("runtime/no-device", {
      what: "There is no WebGPU device on this machine.",
      why: withoutPlace(cause instanceof BiogptError ? (cause.why ?? cause.what) : String(cause)),
      fix: "Use the device cpu, or install the GPU's driver (on Linux with Vulkan: libvulkan1 and the vendor's driver).",
      cause,
    });
  } finally {
    model.release();
    api.ReleaseSessionOptions(sessionOptions);
  }
  const memory = new GpuMemory(environment, session.get(0));
  if (signal?.aborted) {
    memory.release();
    throwIfAborted(signal);
  }
  // Two devices may have been asked for at once; the first one's memory serves both.
  if (sharedMemory === undefined) sharedMemory = memory;
  else memory.release();
  return new WebGpuDevice(environment, wanted, sharedMemory === memory ? memory : sharedMemory.retain());
}

/** The memory of all open devices: the provider keeps one context a process, and two allocators over it end in a crash. */
let sharedMemory: GpuMemory | undefined;

function smallestModel(): Uint8Array {
  const graph = new Graph();
  const x = graph.input("x", "float32", [1]);
  const [y] = graph.node("Neg", [x], { outputs: [{ dtype: "float32", shape: [1] }] });
  graph.output("y", y!);
  return toOnnx(graph);
}

/** The GPU's memory, and the queue of what is done with it. */
class GpuMemory extends Counted {
  readonly environment: Environment;
  readonly host: HostMemory;
  readonly memoryInfo: bigint;
  readonly allocator: bigint;
  #last: Promise<unknown> = Promise.resolve();

  /** Takes over `session`. */
  constructor(environment: Environment, session: bigint) {
    const { api } = environment.retain();
    const host = new HostMemory(api);
    const device = [0, 0, 0]; // allocator type: device; device number 0; memory type: default
    const memoryInfo = create(api, OPENING, (out) => api.CreateMemoryInfo(BUFFER_MEMORY, ...device, out));
    const allocator = create(api, OPENING, (out) => api.CreateAllocator(session, memoryInfo, out));
    super(() => {
      if (sharedMemory === this) sharedMemory = undefined;
      api.ReleaseAllocator(allocator);
      api.ReleaseMemoryInfo(memoryInfo);
      api.ReleaseSession(session);
      host.release();
      environment.release();
    });
    this.environment = environment;
    this.host = host;
    this.memoryInfo = memoryInfo;
    this.allocator = allocator;
  }

  /** Runs the work when everything before it is done. */
  schedule<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(() => setImmediate()).then(work);
    this.#last = next.catch(() => undefined); // its failure belongs to its caller, not to the next in line
    return next;
  }

  async copy(from: bigint, to: bigint): Promise<void> {
    const { api, handle } = this.environment;
    using source = new PointerTable([from]);
    using target = new PointerTable([to]);
    check(api, await callAsync(api.CopyTensors, handle, source.address, target.address, null, 1), COPYING);
  }
}

class GpuTensor<Type extends DataType = DataType> extends NativeTensor<Type> {
  readonly #memory: GpuMemory;
  /** What holds the buffer itself: shared with views. */
  readonly buffer: Counted;

  /** Takes over a hold on `buffer`. */
  constructor(
    memory: GpuMemory,
    buffer: Counted,
    dtype: Type,
    shape: readonly number[],
    value: bigint,
    free: () => void,
  ) {
    super(dtype, shape, value, free);
    this.#memory = memory;
    this.buffer = buffer;
  }

  override get data(): ElementArrays[Type] {
    throw new BiogptError("runtime/not-viewable", {
      what: "The memory of a GPU cannot be viewed from JavaScript.",
      fix: "Copy it with read() and write().",
      kind: "internal",
    });
  }

  override async read(): Promise<ElementArrays[Type]> {
    using staging = await this.readStaging();
    return await staging.read();
  }

  /** A copy in the processor's memory. */
  async readStaging(): Promise<HostTensor<Type>> {
    const staging = this.#memory.host.allocate(this.dtype, this.shape);
    await this.#copy((value) => this.#memory.copy(value, staging.value));
    return staging;
  }

  /** Writing a part copies the whole tensor to and fro. */
  override async write(data: ArrayLike<number> | ElementArrays[Type], elementOffset = 0): Promise<void> {
    const memory = this.#memory;
    using staging = memory.host.allocate(this.dtype, this.shape);
    copyElements(staging.data, data, elementOffset); // refuses what does not fit before anything else happens
    await this.#copy(async (value) => {
      if (data.length < staging.data.length) {
        await memory.copy(value, staging.value);
        copyElements(staging.data, data, elementOffset);
      }
      await memory.copy(staging.value, value);
    });
  }

  /** Fills the tensor with zeros, before anything that is asked for later. */
  clear(): void {
    const zeros = this.#memory.host.allocate(this.dtype, this.shape);
    this.#copy((value) => this.#memory.copy(zeros.value, value))
      .catch(() => undefined) // a device that fails here fails at the next use too, and that has somebody to tell
      .finally(() => zeros[Symbol.dispose]());
  }

  async #copy(work: (value: bigint) => Promise<void>): Promise<void> {
    const value = this.value;
    if (this.byteLength === 0) return;
    const hold = this.hold();
    try {
      await this.#memory.schedule(() => work(value));
    } finally {
      hold.release();
    }
  }
}

class WebGpuDevice implements Device<DeviceName> {
  readonly name = "webgpu";
  readonly capabilities = CAPABILITIES.webgpu;
  readonly threads: number;
  readonly #environment: Environment;
  readonly #wanted: Threads;
  readonly #memory: GpuMemory;
  #disposed = false;

  /** Takes over the caller's holds on `environment` and `memory`. */
  constructor(environment: Environment, wanted: Threads, memory: GpuMemory) {
    this.threads = wanted.threads;
    this.#environment = environment;
    this.#wanted = wanted;
    this.#memory = memory;
  }

  get description(): string {
    return `ONNX Runtime ${this.#environment.api.version}, WebGPU`;
  }

  allocate<Type extends DataType>(dtype: Type, shape: readonly number[]): GpuTensor<Type> {
    checkShape(shape);
    const memory = this.#alive();
    const { api } = this.#environment;
    using sizes = new PointerTable(shape.map(BigInt));
    const type = DATA_TYPES[dtype].onnx;
    const value = create(api, ALLOCATING, (out) =>
      api.CreateTensorAsOrtValue(memory.allocator, sizes.address, shape.length, type, out),
    );
    memory.retain();
    const buffer = new Counted(() => {
      // Buffers go back to a pool, which a run under way may be using.
      void memory.schedule(async () => api.ReleaseValue(value)).finally(() => memory.release());
    });
    const tensor = new GpuTensor(memory, buffer, dtype, shape, value, () => buffer.release());
    tensor.clear(); // buffers come from a pool and hold what was in them
    return tensor;
  }

  view<Type extends DataType>(
    tensor: DeviceTensor,
    byteOffset: number,
    dtype: Type,
    shape: readonly number[],
  ): GpuTensor<Type> {
    const memory = this.#alive();
    const { api } = this.#environment;
    const whole = nativeTensor(tensor);
    if (!(whole instanceof GpuTensor)) throw internalError("a tensor of another device was given");
    checkView(whole, byteOffset, dtype, shape);
    if (byteOffset !== 0) {
      throw new BiogptError("runtime/not-viewable", {
        what: `A view of a GPU tensor begins at its start, not at byte ${byteOffset}.`,
        fix: "Allocate a tensor for each part.",
        kind: "internal",
      });
    }
    const handle = create(api, ALLOCATING, (out) => api.GetTensorMutableData(whole.value, out));
    const value = valueOver(api, memory.memoryInfo, handle, dtype, shape);
    const buffer = whole.buffer.retain();
    return new GpuTensor(memory, buffer, dtype, shape, value, () => {
      api.ReleaseValue(value);
      buffer.release();
    });
  }

  async compile(onnx: Uint8Array, options: CompileOptions = {}): Promise<Program> {
    const memory = this.#alive();
    const { api } = this.#environment;
    const target = {
      environment: this.#environment,
      memory: memory.host,
      threads: this.#wanted,
      prepare: (sessionOptions: bigint) =>
        check(api, api.SessionOptionsAppendExecutionProvider(sessionOptions, "WebGPU", null, null, 0), OPENING),
      weightsByReference: false,
      schedule: <T>(work: () => Promise<T>) => memory.schedule(work),
    };
    // Weights go up with the program, which keeps its own copy; those that are on the GPU already take the way round.
    const staged: HostTensor[] = [];
    const weights: ExternalWeight[] = [];
    try {
      for (const weight of options.weights ?? []) {
        if (weight.source instanceof GpuTensor) {
          const source = await weight.source.readStaging();
          staged.push(source);
          weights.push({ ...weight, source });
        } else {
          weights.push(weight);
        }
      }
      return await compileNative(target, onnx, { ...options, weights });
    } finally {
      for (const tensor of staged) tensor[Symbol.dispose]();
    }
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    void this.#memory
      .schedule(async () => undefined)
      .finally(() => {
        this.#memory.release();
        this.#environment.release();
      });
  }

  #alive(): GpuMemory {
    if (this.#disposed) throw disposedError("A device");
    return this.#memory;
  }
}
