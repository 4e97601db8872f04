/**
 * The device of a browser: ONNX Runtime in WebAssembly, which runs in Node as well. Several threads need a page that is cross-origin isolated.
 *
 * Left out   weights in 8 and 4 bits, whose kernels want them while a graph is compiled (weights-as-inputs.ts); files, which a browser has none of
 */
import { Breath } from "../../base/breath.ts";
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import { byteLength, type DataType } from "../../graph/data-type.ts";
import { weightOf, weightsError } from "../declared-weights.ts";
import type { CompileOptions, Device, DeviceCapabilities, DeviceTensor, Program } from "../device-interface.ts";
import { disposedError } from "../tensor-checks.ts";
import { allocateBytes, check, handleOf, memoryOf, type OrtModule, type OrtModuleFactory } from "./ort-module.ts";
import { WasmProgram } from "./wasm-program.ts";
import { WasmTensor, wasmTensor } from "./wasm-tensor.ts";
import { weightsAsInputs } from "./weights-as-inputs.ts";

export type { OrtModule, OrtModuleFactory };

export interface WasmDeviceOptions {
  /** The default export of onnxruntime-web's `ort-wasm-simd-threaded.mjs`. */
  readonly factory: OrtModuleFactory;
  /** `ort-wasm-simd-threaded.wasm`: its address, or its bytes. Default: beside the module of `factory`. */
  readonly wasm?: string | ArrayBuffer | Uint8Array | undefined;
  /** Threads that compute, the calling one included; 1 to 64. More than 1 need `crossOriginIsolated` in a browser. Default 1. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type WebDevice = Device<"wasm">;

export const WASM_CAPABILITIES: DeviceCapabilities = {
  viewable: true,
  fusedOperators: true,
  halfPrecision: false,
  channelQuantized: false,
  signedProducts: false,
  quantizedCache: false,
  joinedAttention: false,
};

const MOST_THREADS = 64;
const COMPILING = { code: "runtime/compile", what: "Compiling the graph" } as const;
const OPTIMIZATION_LEVELS = { none: 0, basic: 1, all: 99 } as const;
/** ONNX Runtime's level "fatal": what goes wrong comes as an error, not as a line in the console. */
const SILENT = 4;

/**
 * Opens the device; its memory lives as long as the module, which goes with the worker or the page.
 *
 * @throws BiogptError `runtime/threads`, `runtime/open` where the module cannot be loaded or WebAssembly is switched off
 */
export async function openWasmDevice(options: WasmDeviceOptions): Promise<WebDevice> {
  const { factory, wasm, threads = 1, signal } = options;
  throwIfAborted(signal);
  if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS) {
    throw new BiogptError("runtime/threads", {
      what: `${threads} threads were asked for.`,
      fix: `Give a whole number from 1 to ${MOST_THREADS}.`,
    });
  }
  let module: OrtModule;
  try {
    module = await factory({
      numThreads: threads,
      ...(typeof wasm === "string" ? { locateFile: () => wasm } : {}),
      ...(typeof wasm === "object" ? { wasmBinary: wasm, locateFile: (name: string) => name } : {}),
    });
    if (module._OrtInit(threads, SILENT) !== 0) throw new Error("ONNX Runtime's environment was not made");
  } catch (cause) {
    throw new BiogptError("runtime/open", {
      what: "WebAssembly with ONNX Runtime could not be started.",
      why: cause instanceof Error ? cause.message : String(cause),
      fix: "Use a browser with WebAssembly SIMD, switched on for this page; `lockdown` modes switch it off.",
      kind: "unavailable",
      cause,
    });
  }
  throwIfAborted(signal);
  return new WasmDevice(module, threads);
}

class WasmDevice implements WebDevice {
  readonly name = "wasm";
  readonly capabilities: DeviceCapabilities = WASM_CAPABILITIES;
  readonly threads: number;
  readonly description: string;
  readonly #module: OrtModule;
  readonly #breath = new Breath();
  #disposed = false;

  constructor(module: OrtModule, threads: number) {
    this.#module = module;
    this.threads = threads;
    this.description = `ONNX Runtime, WebAssembly, ${threads} ${threads === 1 ? "thread" : "threads"}`;
  }

  allocate<Type extends DataType>(dtype: Type, shape: readonly number[]): WasmTensor<Type> {
    return WasmTensor.allocate(this.#alive(), dtype, shape);
  }

  view<Type extends DataType>(
    tensor: DeviceTensor,
    byteOffset: number,
    dtype: Type,
    shape: readonly number[],
  ): WasmTensor<Type> {
    this.#alive();
    return wasmTensor(tensor).view(byteOffset, dtype, shape);
  }

  async compile(onnx: Uint8Array, options: CompileOptions = {}): Promise<Program> {
    const module = this.#alive();
    throwIfAborted(options.signal);
    const { bytes, weights } = placed(onnx, options);
    const held = weights.map((tensor) => tensor.view(0, tensor.dtype, tensor.shape));
    const model = allocateBytes(module, bytes.length);
    let session = 0;
    try {
      new Uint8Array(memoryOf(module, model + bytes.length), model, bytes.length).set(bytes);
      const { optimization = "all", arena = true, memoryPattern = false } = options;
      const level = OPTIMIZATION_LEVELS[optimization];
      const settings = handleOf(
        module,
        module._OrtCreateSessionOptions(level, arena, memoryPattern, 0, false, 0, 0, SILENT, 0, 0),
        COMPILING,
      );
      try {
        session = handleOf(module, await module._OrtCreateSession(model, bytes.length, settings), COMPILING);
      } finally {
        check(module, module._OrtReleaseSessionOptions(settings), COMPILING);
      }
      throwIfAborted(options.signal);
      return new WasmProgram({ module, session, weights: held, breath: this.#breath, release: () => {} });
    } catch (error) {
      if (session !== 0) module._OrtReleaseSession(session);
      for (const tensor of held) tensor[Symbol.dispose]();
      throw error;
    } finally {
      module._free(model);
    }
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
  }

  #alive(): OrtModule {
    if (this.#disposed) throw disposedError("A device");
    return this.#module;
  }
}

/** @throws BiogptError `runtime/weights`, `runtime/compile` for bytes that are no model */
function placed(
  onnx: Uint8Array,
  { weights = [] }: CompileOptions,
): { readonly bytes: Uint8Array; readonly weights: readonly WasmTensor[] } {
  const given = new Map(weights.map((weight) => [weight.name, weight]));
  try {
    const graph = weightsAsInputs(onnx);
    const tensors = graph.weights.map((declared) => {
      const { name, dtype, shape, source } = weightOf(declared, given);
      if ("file" in source) throw weightsError(`The weight ${name} lies in a file, which WebAssembly cannot map.`);
      const tensor = wasmTensor(source);
      if (tensor.byteLength !== byteLength(dtype, shape) || tensor.dtype !== dtype)
        throw weightsError(`The weight ${name} is ${dtype} (${shape.join(", ")}), but ${tensor.dtype} is given.`);
      return tensor;
    });
    return { bytes: graph.bytes, weights: tensors };
  } catch (error) {
    if (error instanceof BiogptError) throw error;
    throw new BiogptError(COMPILING.code, { what: `${COMPILING.what} failed.`, why: String(error), cause: error });
  }
}
