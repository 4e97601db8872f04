/**
 * From ONNX bytes and weights to a program.
 *
 * Weights are handed over by name: each is an OrtValue over the mapped bytes of the user's file (or over a tensor), which
 * takes the place of the initializer that the graph declares as external.
 */
import { abortedError, throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";
import { byteLength } from "../graph/data-type.ts";
import type { CompileOptions, ExternalWeight, FileRegion, Program } from "./device.ts";
import type { Environment, Threads } from "./native-device.ts";
import { type Block, copyToBlock, mapFile, PointerTable, StringTable } from "./native-memory.ts";
import { NativeProgram } from "./native-program.ts";
import { type NativeTensor, nativeTensor, type TensorFactory } from "./native-tensor.ts";
import { type Api, callAsync, check, create } from "./onnxruntime-api.ts";
import { ProfileFile } from "./profile.ts";

const COMPILING = { code: "runtime/compile", what: "Compiling the graph" } as const;
const OPTIMIZATION_LEVELS = { none: 0, basic: 1, all: 99 } as const;

export async function compileNative(
  environment: Environment,
  tensors: TensorFactory,
  wanted: Threads,
  onnx: Uint8Array,
  options: CompileOptions,
): Promise<Program> {
  throwIfAborted(options.signal);
  const { api } = environment;
  const weights = openWeights(tensors, options.weights ?? []);
  const profile = options.profile === true ? new ProfileFile() : undefined;
  const sessionOptions = create(api, COMPILING, (out) => api.CreateSessionOptions(out));
  const model = copyToBlock(onnx);
  using session = new PointerTable([0n]);
  const stop = (): void => check(api, api.SessionOptionsSetLoadCancellationFlag(sessionOptions, true), COMPILING);
  try {
    applyOptions(api, sessionOptions, environment.pool, wanted, options);
    if (profile !== undefined) profile.enable(api, sessionOptions);
    using names = new StringTable(weights.names);
    using values = new PointerTable(weights.values.map(({ value }) => value));
    if (weights.names.length > 0) {
      check(
        api,
        api.AddExternalInitializers(sessionOptions, names.address, values.address, weights.names.length),
        COMPILING,
      );
    }
    options.signal?.addEventListener("abort", stop, { once: true });
    const status = await callAsync(
      api.CreateSessionFromArray,
      environment.handle,
      model.address,
      onnx.byteLength,
      sessionOptions,
      session.address,
    );
    if (options.signal?.aborted && status !== null) {
      api.ReleaseStatus(status);
      throw abortedError(options.signal);
    }
    check(api, status, COMPILING);
  } catch (error) {
    weights.release();
    profile?.remove();
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", stop);
    model.release();
    api.ReleaseSessionOptions(sessionOptions);
  }
  environment.retain();
  return new NativeProgram({
    api,
    session: session.get(0),
    release: () => {
      weights.release();
      profile?.remove();
      environment.release();
    },
    endProfiling: profile && ((handle) => profile.end(api, handle)),
  });
}

function applyOptions(api: Api, target: bigint, pool: Threads, wanted: Threads, options: CompileOptions): void {
  const set = (name: string, value: string): void =>
    check(api, api.AddSessionConfigEntry(target, name, value), COMPILING);
  if (pool.threads === wanted.threads && pool.spin === wanted.spin) {
    check(api, api.DisablePerSessionThreads(target), COMPILING);
  } else {
    check(api, api.SetIntraOpNumThreads(target, wanted.threads), COMPILING);
    set("session.intra_op.allow_spinning", wanted.spin ? "1" : "0");
    set("session.set_denormal_as_zero", "1");
  }
  check(
    api,
    api.SetSessionGraphOptimizationLevel(target, OPTIMIZATION_LEVELS[options.optimization ?? "all"]),
    COMPILING,
  );
  if (options.memoryPattern !== true) check(api, api.DisableMemPattern(target), COMPILING);
  if (options.arena === false) check(api, api.DisableCpuMemArena(target), COMPILING);
  if (options.prepack === false) set("session.disable_prepacking", "1");
}

// ---- weights ------------------------------------------------------------------------------------------------------

interface OpenWeights {
  readonly names: readonly string[];
  readonly values: readonly NativeTensor[];
  readonly release: () => void;
}

/** @throws BiogptError `runtime/weights` when a region does not fit its file or its tensor */
function openWeights(tensors: TensorFactory, weights: readonly ExternalWeight[]): OpenWeights {
  const files = new Map<string, Block>();
  const values: NativeTensor[] = [];
  const release = (): void => {
    for (const value of values) value[Symbol.dispose]();
    for (const file of files.values()) file.release();
  };
  try {
    for (const weight of weights) values.push(openWeight(tensors, files, weight));
  } catch (error) {
    release();
    throw error;
  }
  return { names: weights.map(({ name }) => name), values, release };
}

function openWeight(tensors: TensorFactory, files: Map<string, Block>, weight: ExternalWeight): NativeTensor {
  const { name, dtype, shape, source } = weight;
  if (!isFileRegion(source)) return tensors.view(nativeTensor(source), 0, dtype, shape);
  const wanted = byteLength(dtype, shape);
  if (source.byteLength !== wanted) {
    throw weightsError(
      `The weight ${name}, ${dtype} (${shape.join(", ")}), needs ${wanted} bytes, but ${source.byteLength} are given.`,
    );
  }
  let file = files.get(source.file);
  if (file === undefined) {
    file = mapFile(source.file);
    files.set(source.file, file);
  }
  if (!Number.isSafeInteger(source.offset) || source.offset < 0 || source.offset + wanted > file.byteLength) {
    throw weightsError(
      `The weight ${name} would lie at bytes ${source.offset} to ${source.offset + wanted} of ${source.file}, ` +
        `which has ${file.byteLength}.`,
    );
  }
  return tensors.over(file.retain(), source.offset, dtype, shape);
}

function isFileRegion(source: ExternalWeight["source"]): source is FileRegion {
  return "file" in source;
}

function weightsError(what: string): BiogptError {
  return new BiogptError("runtime/weights", { what, fix: "The file may be cut off; fetch it again." });
}
