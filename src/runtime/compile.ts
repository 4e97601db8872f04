/**
 * From ONNX bytes and weights to a program.
 *
 * Weights are handed over where they lie, in the user's files or in tensors: external-weights.ts tells how.
 */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, parse, relative, sep } from "node:path";
import { abortedError, throwIfAborted } from "../base/cancellation.ts";
import { byteLength, DATA_TYPES } from "../graph/data-type.ts";
import type { CompileOptions, ExternalWeight, Program } from "./device.ts";
import { FilePlaces, placeWeights, weightOf } from "./external-weights.ts";
import type { Environment, Threads } from "./native-device.ts";
import { copyToBlock, mapFile, PointerTable } from "./native-memory.ts";
import { NativeProgram } from "./native-program.ts";
import { type NativeTensor, nativeTensor, type TensorFactory } from "./native-tensor.ts";
import { type Api, callAsync, check, create } from "./onnxruntime-api.ts";
import { ProfileFile } from "./profile.ts";

const COMPILING = { code: "runtime/compile", what: "Compiling the graph" } as const;
/** Session setting: the folder that locations of external initializers are relative to. */
const WEIGHTS_FOLDER = "session.model_external_initializers_file_folder_path";
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
  const placed = placeModel(tensors, onnx, options.weights ?? []);
  const profile = options.profile === true ? new ProfileFile() : undefined;
  const sessionOptions = create(api, COMPILING, (out) => api.CreateSessionOptions(out));
  const model = copyToBlock(placed.bytes);
  using session = new PointerTable([0n]);
  const stop = (): void => check(api, api.SessionOptionsSetLoadCancellationFlag(sessionOptions, true), COMPILING);
  try {
    applyOptions(api, sessionOptions, environment.pool, wanted, options);
    if (profile !== undefined) profile.enable(api, sessionOptions);
    check(api, api.AddSessionConfigEntry(sessionOptions, WEIGHTS_FOLDER, placed.root), COMPILING);
    for (const [name, tensor] of placed.tensors) {
      check(api, api.AddInitializer(sessionOptions, name, tensor.value), COMPILING);
    }
    options.signal?.addEventListener("abort", stop, { once: true });
    const status = await callAsync(
      api.CreateSessionFromArray,
      environment.handle,
      model.address,
      placed.bytes.byteLength,
      sessionOptions,
      session.address,
    );
    if (options.signal?.aborted && status !== null) {
      api.ReleaseStatus(status);
      throw abortedError(options.signal);
    }
    check(api, status, COMPILING);
  } catch (error) {
    placed.release();
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
      placed.release();
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
  if (!(options.prepack ?? isQuantised(options.weights ?? []))) set("session.disable_prepacking", "1");
}

// ---- weights ------------------------------------------------------------------------------------------------------

/** A model whose weights have their places, and what the session needs besides its bytes. */
interface PlacedModel {
  readonly bytes: Uint8Array;
  /** Initializers given as tensors, which the session refers to as long as it lives. */
  readonly tensors: ReadonlyMap<string, NativeTensor>;
  /** The folder that the places are relative to. */
  readonly root: string;
  readonly release: () => void;
}

function placeModel(factory: TensorFactory, onnx: Uint8Array, weights: readonly ExternalWeight[]): PlacedModel {
  const given = new Map(weights.map((weight) => [weight.name, weight]));
  const root = parse(emptyFile()).root;
  const files = new FilePlaces(root);
  const nothing = { location: relative(root, emptyFile()).split(sep).join("/"), offset: 0 };
  const tensors = new Map<string, NativeTensor>();
  const release = (): void => {
    for (const tensor of tensors.values()) tensor[Symbol.dispose]();
  };
  try {
    const bytes = placeWeights(onnx, (declared) => {
      const weight = weightOf(declared, given);
      const { name, dtype, shape, source } = weight;
      const place = "file" in source ? files.find(weight, source) : undefined;
      if (place !== undefined) return place;
      tensors.set(
        name,
        "file" in source
          ? factory.over(mapFile(source.file), source.offset, dtype, shape) // on another drive than the root
          : factory.view(nativeTensor(source), 0, dtype, shape),
      );
      return { ...nothing, byteLength: byteLength(dtype, shape) };
    });
    return { bytes, tensors, root, release };
  } catch (error) {
    release();
    throw error;
  }
}

let empty: string | undefined;

/** An empty file that lives as long as the process: the place of initializers whose values come from memory. */
function emptyFile(): string {
  if (empty === undefined) {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "biogpt-empty-")));
    empty = join(folder, "empty");
    writeFileSync(empty, "");
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  }
  return empty;
}

/** Packing is what makes quantised matrices fast; of float ones it only keeps a second copy, at the same speed. */
function isQuantised(weights: readonly ExternalWeight[]): boolean {
  return weights.some(({ dtype }) => DATA_TYPES[dtype].bits <= 8);
}
