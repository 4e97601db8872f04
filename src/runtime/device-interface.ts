/**
 * Devices that compile and run a graph, as the rest of the package sees them: tensors in the device's own memory,
 * programs compiled from ONNX bytes, runs that write into given tensors. Nothing here names the engine beneath
 * (ONNX Runtime; `cpu` and `webgpu` in `native/native-device.ts`, which is loaded only when a device is opened; that of a browser in
 * `web/wasm-device.ts`).
 *
 * A run's outputs may be given tensors, which are then written in place, also one that is an input of the same run: a
 * key-value cache is bound as past and as present, a parameter as old and as new. Nothing is copied on the way.
 *
 * Left out: more than one accelerator at a time.
 */
import type { DataType } from "../graph/data-type.ts";

export type DeviceName = "cpu" | "webgpu";

/** What a device can do: what code asks, rather than for its name. */
export interface DeviceCapabilities {
  /** JavaScript sees tensors' memory (`data`), and views may begin anywhere in a tensor. */
  readonly viewable: boolean;
  /** Has ONNX Runtime's fused operators besides the standard ones; a graph for a device without them is written portably. */
  readonly fusedOperators: boolean;
  /** Reads float16 and bfloat16 weights as they are stored; else they are widened when they are loaded. */
  readonly halfPrecision: boolean;
  /** Has a kernel for linear layers in 8 bits with one scale for each output channel, not in blocks alone. */
  readonly channelQuantized: boolean;
  /** Adds products of signed bytes exactly, and faster than those of unsigned ones; of a processor it is known once it was tried. */
  readonly signedProducts: boolean;
  /** Has a kernel for attention over keys and values in 8 bits. */
  readonly quantizedCache: boolean;
  /** Its attention over a cache takes queries, keys and values beside each other. */
  readonly joinedAttention: boolean;
}

export const CAPABILITIES: Readonly<Record<DeviceName, DeviceCapabilities>> = {
  cpu: {
    viewable: true,
    fusedOperators: true,
    halfPrecision: true,
    channelQuantized: true,
    signedProducts: false,
    quantizedCache: true,
    joinedAttention: true,
  },
  // Not every GPU computes with 16-bit floats, and none with bfloat16 here.
  webgpu: {
    viewable: false,
    fusedOperators: false,
    halfPrecision: false,
    channelQuantized: false,
    signedProducts: false,
    quantizedCache: false,
    joinedAttention: false, // not tried
  },
};

/** Whether threads that have nothing to do wait actively for a moment before they sleep; `in-runs`: only while something is computed. */
export type Spinning = boolean | "in-runs";

export interface DeviceOptions {
  /**
   * Threads that compute, the calling one included; 1 to 256. Default: the physical cores that this process may use,
   * at most 16 (token by token, memory bandwidth is the limit long before that).
   */
  readonly threads?: number;
  /**
   * Whether threads wait actively for the next piece of work for a moment before they sleep. Default true: a decoding step
   * has hundreds of pieces, and waking a thread costs more than many of them. False when other programs keep the processor
   * busy: a decoding step beside them then took 23 ms instead of 80. `in-runs` for a program that has other work between two runs, as a
   * server has: otherwise all threads but one go on spinning for some 10 ms behind each.
   */
  readonly spin?: Spinning;
  readonly signal?: AbortSignal;
}

/** The JavaScript array that views each element type; 16-bit floats as their bits, 4-bit values two in a byte (the first in the low half). */
export interface ElementArrays {
  float32: Float32Array<ArrayBuffer>;
  float16: Uint16Array<ArrayBuffer>;
  bfloat16: Uint16Array<ArrayBuffer>;
  float64: Float64Array<ArrayBuffer>;
  int64: BigInt64Array<ArrayBuffer>;
  int32: Int32Array<ArrayBuffer>;
  int8: Int8Array<ArrayBuffer>;
  uint8: Uint8Array<ArrayBuffer>;
  int4: Uint8Array<ArrayBuffer>;
  uint4: Uint8Array<ArrayBuffer>;
  bool: Uint8Array<ArrayBuffer>;
}

/** A dense, row-major array in the device's memory. */
export interface DeviceTensor<Type extends DataType = DataType> extends Disposable {
  readonly dtype: Type;
  readonly shape: readonly number[];
  readonly byteLength: number;
  /**
   * The tensor's own memory as a typed array, no copy. It reads as zeros or keeps its last values once the tensor is
   * disposed.
   *
   * @throws BiogptError `runtime/not-viewable` on a device whose memory JavaScript cannot see, for tensors above 4 GiB and for
   *   weights at unaligned offsets: use `read` and `write`
   */
  readonly data: ElementArrays[Type];
  /** A copy of the elements. */
  read(): Promise<ElementArrays[Type]>;
  /** Copies elements in, from `elementOffset` (default 0) on. On `cpu` it is done when the call returns. */
  write(data: ArrayLike<number> | ElementArrays[Type], elementOffset?: number): Promise<void>;
}

/** A weight that the graph declares and the caller gives: bytes of a file, which are memory-mapped and not copied, or a tensor. */
export interface ExternalWeight {
  /** The initializer's name in the graph. */
  readonly name: string;
  readonly dtype: DataType;
  readonly shape: readonly number[];
  readonly source: FileRegion | DeviceTensor;
}

/** Little-endian, row-major elements at any byte offset of any file, safetensors and stored zip entries for example. */
export interface FileRegion {
  readonly file: string;
  /** Bytes. */
  readonly offset: number;
  /** Bytes; must be what the weight's type and shape ask for. */
  readonly byteLength: number;
}

export interface CompileOptions {
  readonly weights?: readonly ExternalWeight[];
  /** Collect the time of each operator, for `profile()`. Default false; costs a few percent. */
  readonly profile?: boolean;
  /** How much of the graph is rewritten. Default "all". "none" keeps every node, for finding out where a result comes from. */
  readonly optimization?: "none" | "basic" | "all";
  /**
   * Plan one block for all intermediate values once their sizes are known. Default false: with shapes that change from
   * run to run it doubles the peak.
   */
  readonly memoryPattern?: boolean;
  /**
   * Repack constant matrices into the layout of the kernels. Default: only where a weight has 8 or 4 bits. Those become much
   * faster; float32 ones take the same time, and their second copy costs load time and memory that mapped files do not.
   */
  readonly prepack?: boolean;
  /** Keep freed intermediate memory for later runs. Default true; false gives it back after each run and is slower. */
  readonly arena?: boolean;
  readonly signal?: AbortSignal;
}

export interface TensorInfo {
  readonly name: string;
  readonly dtype: DataType;
  /** Sizes, or the names of sizes that come with each run; "" for a size without a name. */
  readonly shape: readonly (number | string)[];
}

export interface OperatorProfile {
  /** For example "MatMul", or "GroupQueryAttention". */
  readonly operator: string;
  /** Executions, over all runs so far. */
  readonly count: number;
  readonly totalMilliseconds: number;
}

export type Inputs = Readonly<Record<string, DeviceTensor>>;
/** Outputs that are left out, or undefined, are allocated by the run and belong to the caller. */
export type Outputs = Readonly<Record<string, DeviceTensor | undefined>>;

/** A compiled graph. Runs may overlap; a run that was stopped leaves the program usable. */
export interface Program extends Disposable {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /**
   * One run, off the event loop. On `webgpu` it is over when its commands are queued; reading an output waits for them, and
   * outputs that it allocates come back in the processor's memory.
   *
   * @returns all outputs by name, those given and those allocated
   * @throws BiogptError `aborted`; given outputs then hold anything
   */
  run(inputs: Inputs, outputs?: Outputs, signal?: AbortSignal): Promise<Record<string, DeviceTensor>>;
  /** Fixes inputs and outputs (all of both) for many runs, so that each costs no more than the call. */
  bind(inputs: Inputs, outputs: Readonly<Record<string, DeviceTensor>>): BoundRun;
  /**
   * Time by operator, longest first, over the runs so far; ends the collection.
   *
   * @throws BiogptError `runtime/no-profile` unless compiled with `profile`
   */
  profile(): OperatorProfile[];
}

/** Reads its inputs and writes its outputs anew with each run. Disposing it disposes no tensor. */
export interface BoundRun extends Disposable {
  run(signal?: AbortSignal): Promise<void>;
}

/** @typeParam Name `DeviceName` of what `openDevice` opens; a browser's is of web/wasm-device.ts */
export interface Device<Name extends string = string> extends Disposable {
  /** For people and records of runs; what it can do stands in `capabilities`. */
  readonly name: Name;
  readonly capabilities: DeviceCapabilities;
  readonly threads: number;
  /** For people: engine, version, threads, and the accelerator. */
  readonly description: string;
  /**
   * A zeroed tensor, on `cpu` aligned to 64 bytes and backed by pages that come into being when they are first touched.
   *
   * @throws BiogptError `runtime/out-of-memory`
   */
  allocate<Type extends DataType>(dtype: Type, shape: readonly number[]): DeviceTensor<Type>;
  /**
   * Another tensor over a part of the same memory: one row of a cache, its first rows, another shape. The memory lives until
   * all of its tensors are disposed.
   *
   * @param byteOffset from the start of `tensor`; only 0 where memory is not `viewable`
   */
  view<Type extends DataType>(
    tensor: DeviceTensor,
    byteOffset: number,
    dtype: Type,
    shape: readonly number[],
  ): DeviceTensor<Type>;
  /**
   * Compiles ONNX bytes, off the event loop. Every initializer with external data must be among `weights`; more may be given.
   *
   * @throws BiogptError `runtime/compile`, `runtime/weights`, `runtime/out-of-memory`, `aborted`
   */
  compile(onnx: Uint8Array, options?: CompileOptions): Promise<Program>;
}
