/**
 * From ONNX bytes and weights to a program.
 *
 * Weights are handed over where they lie, in the user's files or in tensors: external-weights.ts tells how.
 */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, parse, relative, sep } from "node:path";
import { abortedError, throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import { byteLength, DATA_TYPES } from "../../graph/data-type.ts";
import { weightOf } from "../declared-weights.ts";
import type { CompileOptions, ExternalWeight, FileRegion, Program } from "../device-interface.ts";
import type { Environment, Threads } from "./environment.ts";
import { FilePlaces, placeWeights } from "./external-weights.ts";
import type { HostMemory } from "./host-tensor.ts";
import { copyToBlock, mapFile, PointerTable, StringTable } from "./native-memory.ts";
import { NativeProgram, type Schedule } from "./native-program.ts";
import { type NativeTensor, nativeTensor } from "./native-tensor.ts";
import { type Api, callAsync, check, create, failure } from "./onnxruntime-api.ts";
import { ProfileFile } from "./profile.ts";
import { readAhead } from "./read-ahead.ts";

const COMPILING = { code: "runtime/compile", what: "Compiling the graph" } as const;
/** Session setting: the folder that locations of external initializers are relative to. */
const WEIGHTS_FOLDER = "session.model_external_initializers_file_folder_path";
/** What ONNX Runtime says when it wants to compute with an initializer whose place is the empty file. */
const VALUE_WANTED = /External initializer: .* file_length: 0 are out of bounds/;
const OPTIMIZATION_LEVELS = { none: 0, basic: 1, all: 99 } as const;

/** What devices differ in. */
export interface CompileTarget {
  readonly environment: Environment;
  readonly memory: HostMemory;
  readonly threads: Threads;
  /** Adds what the device needs to the options of its sessions. */
  readonly prepare: (sessionOptions: bigint) => void;
  /** Whether weights given as tensors are used where they are; otherwise they are copied to the device. */
  readonly weightsByReference: boolean;
  readonly schedule: Schedule;
}

export async function compileNative(
  target: CompileTarget,
  onnx: Uint8Array,
  options: CompileOptions,
): Promise<Program> {
  try {
    return await compileOnce(target, onnx, options, target.weightsByReference);
  } catch (error) {
    // Folding constants, a cast of 16-bit weights for example, needs the values, so they are given as copies.
    if (!(error instanceof BiogptError && VALUE_WANTED.test(error.why ?? ""))) throw error;
    return await compileOnce(target, onnx, options, false);
  }
}

async function compileOnce(
  target: CompileTarget,
  onnx: Uint8Array,
  options: CompileOptions,
  byReference: boolean,
): Promise<Program> {
  throwIfAborted(options.signal);
  const { environment, schedule } = target;
  const { api } = environment;
  const placed = placeModel(target.memory, onnx, options.weights ?? []);
  const profile = options.profile === true ? new ProfileFile() : undefined;
  const sessionOptions = create(api, COMPILING, (out) => api.CreateSessionOptions(out));
  const model = copyToBlock(placed.bytes);
  using session = new PointerTable([0n]);
  const ahead = readAhead(packedRegions(options.weights ?? []));
  const stop = (): void => check(api, api.SessionOptionsSetLoadCancellationFlag(sessionOptions, true), COMPILING);
  const giveBack = (): void => {
    placed.release();
    profile?.remove();
  };
  try {
    environment.applyThreads(sessionOptions, target.threads);
    applyOptions(api, sessionOptions, options);
    target.prepare(sessionOptions);
    profile?.enable(api, sessionOptions);
    check(api, api.AddSessionConfigEntry(sessionOptions, WEIGHTS_FOLDER, placed.root), COMPILING);
    giveTensors(api, sessionOptions, placed.tensors, byReference);
    options.signal?.addEventListener("abort", stop, { once: true });
    const status = await schedule(() =>
      callAsync(
        api.CreateSessionFromArray,
        environment.handle,
        model.address,
        placed.bytes.byteLength,
        sessionOptions,
        session.address,
      ),
    );
    if (options.signal?.aborted) {
      if (status === null) api.ReleaseSession(session.get(0));
      else api.ReleaseStatus(status);
      throw abortedError(options.signal);
    }
    check(api, status, COMPILING);
  } catch (error) {
    giveBack();
    throw error;
  } finally {
    ahead.stop();
    await ahead.done;
    options.signal?.removeEventListener("abort", stop);
    model.release();
    api.ReleaseSessionOptions(sessionOptions);
  }
  environment.retain();
  return new NativeProgram({
    api,
    session: session.get(0),
    schedule,
    release: () => {
      giveBack();
      environment.release();
    },
    endProfiling: profile && ((handle) => profile.end(api, handle)),
  });
}

function applyOptions(api: Api, target: bigint, options: CompileOptions): void {
  const level = OPTIMIZATION_LEVELS[options.optimization ?? "all"];
  check(api, api.SetSessionGraphOptimizationLevel(target, level), COMPILING);
  if (options.memoryPattern !== true) check(api, api.DisableMemPattern(target), COMPILING);
  const set = (name: string): void => check(api, api.AddSessionConfigEntry(target, name, "1"), COMPILING);
  if (options.arena === false) check(api, api.DisableCpuMemArena(target), COMPILING);
  else set("session.use_env_allocators");
  set("session.use_device_allocator_for_initializers"); // outside of the arena, so that a closed model's memory goes back
  if (!(options.prepack ?? isQuantised(options.weights ?? []))) set("session.disable_prepacking");
}

/** Bytes of weights from which on they are worth reading ahead. */
const WORTH_READING_AHEAD = 256e6;

/** Where the weights lie that are packed, and so read from one end to the other: others are mapped, and read when they are computed with. */
function packedRegions(weights: readonly ExternalWeight[]): FileRegion[] {
  const regions = weights.flatMap(({ dtype, source }) =>
    DATA_TYPES[dtype].bits <= 8 && "file" in source ? [source] : [],
  );
  return regions.reduce((sum, { byteLength: bytes }) => sum + bytes, 0) < WORTH_READING_AHEAD ? [] : regions;
}

/** Packing is what makes quantised matrices fast; of float ones it only keeps a second copy, at the same speed. */
function isQuantised(weights: readonly ExternalWeight[]): boolean {
  return weights.some(({ dtype }) => DATA_TYPES[dtype].bits <= 8);
}

function giveTensors(api: Api, target: bigint, tensors: ReadonlyMap<string, NativeTensor>, byReference: boolean): void {
  if (tensors.size === 0) return;
  if (byReference) {
    for (const [name, { value }] of tensors) check(api, api.AddInitializer(target, name, value), COMPILING);
    return;
  }
  using names = new StringTable([...tensors.keys()]);
  using values = new PointerTable([...tensors.values()].map(({ value }) => value));
  check(api, api.AddExternalInitializers(target, names.address, values.address, tensors.size), COMPILING);
}

/** A model whose weights have their places, and what the session needs besides its bytes. */
interface PlacedModel {
  readonly bytes: Uint8Array;
  /** Initializers given as tensors, which the session refers to as long as it lives. */
  readonly tensors: ReadonlyMap<string, NativeTensor>;
  /** The folder that the places are relative to. */
  readonly root: string;
  readonly release: () => void;
}

function placeModel(memory: HostMemory, onnx: Uint8Array, weights: readonly ExternalWeight[]): PlacedModel {
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
      const tensor =
        "file" in source
          ? memory.over(mapFile(source.file), source.offset, dtype, shape) // it lies on another drive than the root
          : memory.view(nativeTensor(source), 0, dtype, shape);
      tensors.set(name, tensor);
      return { ...nothing, byteLength: byteLength(dtype, shape) };
    });
    return { bytes, tensors, root, release };
  } catch (error) {
    release();
    // Bytes that are no protobuf message end in a RangeError of its reader.
    throw error instanceof BiogptError ? error : failure(COMPILING, String(error));
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
