/**
 * ONNX Runtime's C API, called through koffi.
 *
 * Follows include/onnxruntime/core/session/onnxruntime_c_api.h. `OrtGetApiBase()` gives `GetApi(n)`, which gives a table of
 * function pointers whose order never changes; the numbers below are places in it, held together by the size assertions
 * of onnxruntime_c_api.cc. Pointers are bigints. Every function that can fail returns a status, which `check` turns into an
 * error and releases.
 *
 * Trap: koffi hands small typed arrays over by address, and the garbage collector moves them. Nothing here takes one; see
 * native-memory.ts.
 */
import koffi from "koffi";
import { BiogptError } from "../../base/errors.ts";
import { LIBRARY_VARIABLE, libraryPath } from "./library-path.ts";
import { configureNativeCalls } from "./native-calls.ts";

/** First version that copies tensors between devices (CopyTensors); 8-bit MatMulNBits is older. */
const OLDEST_VERSION = [1, 23] as const;
const API_VERSION = 23;

/** An address; null is the null pointer. */
export type Pointer = bigint | null;
type Argument = Pointer | number | string | boolean | [Pointer];

export interface NativeFunction {
  // biome-ignore lint/suspicious/noExplicitAny: the result's type is in the table below, koffi's own is any
  (...values: Argument[]): any;
  async(...values: [...Argument[], (error: unknown, result: Pointer) => void]): void;
}

/** Types of parameters, one letter each. */
const PARAMETER_TYPES: Readonly<Record<string, string>> = {
  p: "void *",
  s: "str",
  i: "int",
  n: "size_t",
  b: "bool",
  // Places that the function writes into, given as `[null]` or `[0]`.
  P: "_Out_ void **",
  I: "_Out_ int *",
  N: "_Out_ size_t *",
};

/** Place in the table, parameters, and what comes back where that is not a status. */
const FUNCTIONS = {
  GetErrorMessage: [2, "p", "const char *"],
  DisableTelemetryEvents: [6, "p"],
  CreateSessionFromArray: [8, "ppnpp"],
  Run: [9, "ppppnpnp"],
  CreateSessionOptions: [10, "P"],
  EnableProfiling: [14, "pp"],
  DisableMemPattern: [17, "p"],
  DisableCpuMemArena: [19, "p"],
  SetSessionGraphOptimizationLevel: [23, "pi"],
  SetIntraOpNumThreads: [24, "pi"],
  SessionGetInputCount: [30, "pN"],
  SessionGetOutputCount: [31, "pN"],
  SessionGetInputTypeInfo: [33, "pnP"],
  SessionGetOutputTypeInfo: [34, "pnP"],
  SessionGetInputName: [36, "pnpP"],
  SessionGetOutputName: [37, "pnpP"],
  CreateRunOptions: [39, "P"],
  RunOptionsSetTerminate: [46, "p"],
  RunOptionsUnsetTerminate: [47, "p"],
  CreateTensorAsOrtValue: [48, "ppniP"],
  CreateTensorWithDataAsOrtValue: [49, "ppnpniP"],
  GetTensorMutableData: [51, "pP"],
  CastTypeInfoToTensorInfo: [55, "pP"],
  GetTensorElementType: [60, "pI"],
  GetDimensionsCount: [61, "pN"],
  GetDimensions: [62, "ppn"],
  GetSymbolicDimensions: [63, "ppn"],
  GetTensorTypeAndShape: [65, "pP"],
  CreateMemoryInfo: [68, "siiiP"],
  CreateCpuMemoryInfo: [69, "iiP"],
  AllocatorFree: [76, "pp"],
  GetAllocatorWithDefaultOptions: [78, "P"],
  ReleaseEnv: [92, "p", "void"],
  ReleaseStatus: [93, "p", "void"],
  ReleaseMemoryInfo: [94, "p", "void"],
  ReleaseSession: [95, "p", "void"],
  ReleaseValue: [96, "p", "void"],
  ReleaseRunOptions: [97, "p", "void"],
  ReleaseTypeInfo: [98, "p", "void"],
  ReleaseTensorTypeAndShapeInfo: [99, "p", "void"],
  ReleaseSessionOptions: [100, "p", "void"],
  SessionEndProfiling: [110, "ppP"],
  CreateEnvWithGlobalThreadPools: [119, "ispP"],
  DisablePerSessionThreads: [120, "p"],
  CreateThreadingOptions: [121, "P"],
  ReleaseThreadingOptions: [122, "p", "void"],
  AddSessionConfigEntry: [130, "pss"],
  CreateAllocator: [131, "ppP"],
  ReleaseAllocator: [132, "p", "void"],
  CreateAndRegisterAllocator: [144, "ppp"],
  SetGlobalIntraOpNumThreads: [147, "pi"],
  SetGlobalSpinControl: [149, "pi"],
  AddInitializer: [150, "psp"],
  SetGlobalDenormalAsZero: [155, "p"],
  AddExternalInitializers: [210, "pppn"],
  SessionOptionsAppendExecutionProvider: [216, "psppn"],
  SessionOptionsSetLoadCancellationFlag: [293, "pb"],
  CopyTensors: [386, "ppppn"],
} as const;

export type Api = { readonly [Name in keyof typeof FUNCTIONS]: NativeFunction } & { readonly version: string };

let loaded: Api | undefined;

/** The library, loaded at the first call. @throws BiogptError `runtime/library-missing`, `runtime/library-too-old` */
export function loadApi(): Api {
  loaded ??= openLibrary(libraryPath());
  return loaded;
}

/**
 * Microsoft's builds measure usage from the first environment on, before DisableTelemetryEvents can be called: they read the machine's id
 * and the whole command line, prompts included, and a command line of 9,000 characters overruns the stack in a regular expression
 * (seen with 1.30.0 on Linux). The library looks at this variable when it starts.
 */
const NO_TELEMETRY = "ORT_DISABLE_TELEMETRY";

export function openLibrary(path: string): Api {
  configureNativeCalls();
  process.env[NO_TELEMETRY] = "1";
  let getBase: () => Pointer;
  try {
    getBase = koffi.load(path).func("OrtGetApiBase", "void *", []) as () => Pointer;
  } catch (cause) {
    throw new BiogptError("runtime/library-missing", {
      what: `${path} cannot be loaded as ONNX Runtime's library.`,
      why: cause instanceof Error ? cause.message : String(cause),
      fix: `Run \`npm install onnxruntime-node --ignore-scripts\` again, or name another library in ${LIBRARY_VARIABLE}.`,
      cause,
    });
  }
  const [getApi, getVersion] = koffi.decode(getBase(), koffi.array("void *", 2)) as [bigint, bigint];
  const version = koffi.call(getVersion, koffi.proto("const char *", [])) as string;
  refuseOldVersion(version, path);
  const table = koffi.call(getApi, koffi.proto("void *", ["uint32_t"]), API_VERSION) as bigint;
  // koffi closes a library once the functions looked up by name are collected; those decoded from addresses do not count.
  const api: Record<string, unknown> = { version, library: getBase };
  for (const [name, [index, parameters, result = "void *"]] of Object.entries(FUNCTIONS)) {
    const prototype = koffi.proto(result, [...parameters].map(parameterType));
    api[name] = koffi.decode(koffi.decode(table, index * 8, "void *"), prototype);
  }
  return api as unknown as Api;
}

function parameterType(letter: string): ReturnType<typeof koffi.out> | string {
  const type = PARAMETER_TYPES[letter]!;
  return type.startsWith("_Out_ ") ? koffi.out(type.slice("_Out_ ".length)) : type;
}

/** @throws BiogptError `runtime/library-too-old` */
export function refuseOldVersion(version: string, path: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST_VERSION[0] || (major === OLDEST_VERSION[0] && minor >= OLDEST_VERSION[1])) return;
  throw new BiogptError("runtime/library-too-old", {
    what: `${path} is ONNX Runtime ${version}; ${OLDEST_VERSION.join(".")} or newer is needed.`,
    fix: `Run \`npm install onnxruntime-node@latest --ignore-scripts\`, or unset ${LIBRARY_VARIABLE}.`,
  });
}

/** What was being done, for the message of an error that happens meanwhile. */
export interface Doing {
  readonly code: string;
  /** A phrase after which "failed" makes sense: "Compiling the graph". */
  readonly what: string;
}

/** Turns a status into an error and releases it. */
export function check(api: Api, status: Pointer, doing: Doing): void {
  if (status === null || status === 0n) return;
  const message = api.GetErrorMessage(status) as string;
  api.ReleaseStatus(status);
  throw failure(doing, message);
}

const OUT_OF_MEMORY = /failed to allocate|bad_alloc|out of memory|Available memory of/i;

export function failure({ code, what }: Doing, why: string): BiogptError {
  if (OUT_OF_MEMORY.test(why)) return outOfMemory(`${what} failed: there is not enough memory.`, why);
  return new BiogptError(code, { what: `${what} failed.`, why, kind: "internal" });
}

export function outOfMemory(what: string, why?: string): BiogptError {
  return new BiogptError("runtime/out-of-memory", {
    what,
    ...(why === undefined ? {} : { why }),
    fix: "Use a smaller batch or a shorter context, quantised weights (q8, q4), or a machine with more memory.",
  });
}

/** Calls a function whose last parameter is a place for a pointer, and gives that pointer. */
export function create(api: Api, doing: Doing, call: (out: [Pointer]) => Pointer): bigint {
  const out: [Pointer] = [null];
  check(api, call(out), doing);
  return out[0] ?? 0n;
}

/** Like `create`, for a number. */
export function count(api: Api, doing: Doing, call: (out: [Pointer]) => Pointer): number {
  const out: [unknown] = [0];
  check(api, call(out as [Pointer]), doing);
  return Number(out[0]);
}

/** Runs a native call on a thread of koffi's, off the event loop. */
export function callAsync(native: NativeFunction, ...values: Argument[]): Promise<Pointer> {
  return new Promise((resolve, reject) => {
    native.async(...values, (error, result) => (error ? reject(error) : resolve(result)));
  });
}
