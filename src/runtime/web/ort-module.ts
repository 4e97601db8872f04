/**
 * ONNX Runtime as a WebAssembly module: what is used of its exported functions (onnxruntime-web, `ort-wasm-simd-threaded.mjs`), and its errors.
 *
 * The functions are called directly. The JavaScript layer of onnxruntime-web above them copies every input into the module's memory at each run and
 * does not write outputs in place, so that a key-value cache would be copied twice a token, and it holds weights in both memories while it opens a model.
 */
import { BiogptError } from "../../base/errors.ts";

/** Addresses and handles are numbers: the module's memory has at most 4 GiB. */
export interface OrtModule {
  /** The module's memory; anew after it grew. */
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
  /** Reading a value also takes notice of memory that grew meanwhile. */
  getValue(address: number, type: "i8" | "i32" | "*"): number;
  setValue(address: number, value: number, type: "i32" | "*"): void;
  UTF8ToString(address: number): string;
  stringToUTF8(text: string, address: number, bytes: number): void;
  lengthBytesUTF8(text: string): number;
  _OrtInit(threads: number, logLevel: number): number;
  _OrtGetLastError(code: number, message: number): number;
  _OrtCreateSessionOptions(
    optimization: number,
    arena: boolean,
    memoryPattern: boolean,
    executionMode: number,
    profiling: boolean,
    profilePrefix: number,
    logId: number,
    logLevel: number,
    verbosity: number,
    optimizedModel: number,
  ): number;
  _OrtAddSessionConfigEntry(options: number, key: number, value: number): number;
  _OrtReleaseSessionOptions(options: number): number;
  _OrtCreateSession(model: number, bytes: number, options: number): number | Promise<number>;
  _OrtReleaseSession(session: number): number;
  _OrtGetInputOutputCount(session: number, inputs: number, outputs: number): number;
  _OrtGetInputOutputMetadata(session: number, index: number, name: number, metadata: number): number;
  _OrtFree(address: number): number;
  _OrtCreateTensor(dtype: number, data: number, bytes: number, sizes: number, axes: number, location: number): number;
  _OrtGetTensorData(tensor: number, dtype: number, data: number, sizes: number, axes: number): number;
  _OrtReleaseTensor(tensor: number): number;
  _OrtRun(
    session: number,
    inputNames: number,
    inputs: number,
    inputCount: number,
    outputNames: number,
    outputCount: number,
    outputs: number,
    options: number,
  ): number | Promise<number>;
}

/** What the module is told when it is made. */
export interface OrtModuleSettings {
  readonly numThreads: number;
  readonly wasmBinary?: ArrayBuffer | Uint8Array;
  readonly locateFile?: (name: string) => string;
  readonly print?: (line: string) => void;
  readonly printErr?: (line: string) => void;
}

/** The default export of `ort-wasm-simd-threaded.mjs`. */
export type OrtModuleFactory = (settings: OrtModuleSettings) => Promise<OrtModule>;

/** What an address of 32 bits can reach. */
const MOST_BYTES = 2 ** 32 - 1;
/** Bytes of an address. */
export const ADDRESS_BYTES = 4;

/** What was being done, in an error. */
export interface Doing {
  readonly code: string;
  readonly what: string;
}

/** The error that the module keeps of its last call. */
export function lastError(module: OrtModule, { code, what }: Doing): BiogptError {
  const place = module._malloc(2 * ADDRESS_BYTES);
  try {
    module._OrtGetLastError(place, place + ADDRESS_BYTES);
    const message = module.getValue(place + ADDRESS_BYTES, "*");
    const why = message === 0 ? "" : module.UTF8ToString(message);
    return new BiogptError(code, { what: `${what} failed.`, ...(why === "" ? {} : { why }) });
  } finally {
    module._free(place);
  }
}

/** @throws BiogptError of `doing` unless `status` is 0 */
export function check(module: OrtModule, status: number, doing: Doing): void {
  if (status !== 0) throw lastError(module, doing);
}

/** A handle that is not 0. @throws BiogptError of `doing` */
export function handleOf(module: OrtModule, handle: number, doing: Doing): number {
  if (handle === 0) throw lastError(module, doing);
  return handle;
}

/** @throws BiogptError `runtime/out-of-memory` */
export function allocateBytes(module: OrtModule, bytes: number): number {
  const address = bytes > MOST_BYTES ? 0 : module._malloc(Math.max(1, bytes)); // a larger number would wrap around
  if (address !== 0) return address;
  throw new BiogptError("runtime/out-of-memory", {
    what: `${bytes} bytes could not be allocated in the memory of WebAssembly.`,
    why: `It holds ${module.HEAPU8.byteLength} bytes, and at most 4 GiB.`,
  });
}

/** Zero-terminated UTF-8 in the module's memory, which the caller frees. */
export function allocateText(module: OrtModule, text: string): number {
  const bytes = module.lengthBytesUTF8(text) + 1;
  const address = allocateBytes(module, bytes);
  module.stringToUTF8(text, address, bytes);
  return address;
}

/** A table of addresses in the module's memory, which the caller frees. */
export function allocateTable(module: OrtModule, addresses: readonly number[]): number {
  const table = allocateBytes(module, ADDRESS_BYTES * addresses.length);
  for (const [i, address] of addresses.entries()) module.setValue(table + ADDRESS_BYTES * i, address, "*");
  return table;
}

/** The module's memory, at least up to `end`: another thread may have made it grow. */
export function memoryOf(module: OrtModule, end: number): ArrayBuffer {
  if (end > module.HEAPU8.byteLength) module.getValue(end - 1, "i8");
  return module.HEAPU8.buffer as ArrayBuffer; // shared between threads, which the types of typed arrays do not tell
}
