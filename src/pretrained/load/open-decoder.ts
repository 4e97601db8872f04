/** From a checkpoint's entries to a decoder that runs: (quantised copy), graph, device, compiled program, cache. */
import { BiogptError } from "../../base/errors.ts";
import { elementCount } from "../../graph/data-type.ts";
import type { Graph } from "../../graph/graph.ts";
import { cachedHeadWidth } from "../../layers/cached-attention.ts";
import type { CachedDecoder } from "../../models/cached-decoder.ts";
import { HEAD, TOKEN_TABLE, type WeightStorage } from "../../models/family.ts";
import { bytesPerPosition } from "../../models/key-value-cache.ts";
import type { PromptSubject } from "../../models/prompt-encoder.ts";
import {
  CAPABILITIES,
  type Device,
  type DeviceName,
  type OperatorProfile,
  openDevice,
  type Program,
  type Spinning,
} from "../../runtime/device.ts";
import type { CacheOptions } from "./cached-copy.ts";
import { compileGraph, contextLength, decoderOver, type RunnableCheckpoint } from "./compile-graph.ts";
import { filesOf, type LoadPlan } from "./load-plan.ts";
import { checkMemory, freeMemory } from "./memory.ts";
import { graphType } from "./model-checkpoint.ts";
import { linearBytes, type Precision, weightStorage } from "./precision.ts";
import { expectFits } from "./quantized-checkpoint.ts";
import { quantizedWeights } from "./quantized-weights.ts";

/** What is asked for of any compiled model. */
export interface CompileOptions extends CacheOptions {
  /** Default `cpu`. */
  readonly device?: DeviceName | undefined;
  /** Threads that compute. Default: the physical cores, at most 16 and `OMP_NUM_THREADS`. */
  readonly threads?: number | undefined;
  /** Whether threads wait actively, see `DeviceOptions`. Default true. */
  readonly spin?: Spinning | undefined;
  /** Collect the time of each operator. */
  readonly profile?: boolean | undefined;
}

export interface DecoderOptions extends CompileOptions {
  /** Sequences that can be decoded at once: requests, beams. Default 16; memory is taken only as they are used. */
  readonly slots?: number | undefined;
  /** Most tokens of a sequence. Default and maximum: the model's own. */
  readonly contextLength?: number | undefined;
  /**
   * Bytes that the keys and values of all sequences may take; more of one request than fits is told before it starts, and requests wait for each
   * other where they do not fit together. At least one whole context is granted. Default: three quarters of the memory that is free.
   */
  readonly cacheMemory?: number | undefined;
  /** Of the model, for errors. */
  readonly name?: string | undefined;
  /** Called before any weight is read. */
  readonly onPlan?: ((plan: LoadPlan) => void) | undefined;
}

export type { RunnableCheckpoint };

export interface OpenedDecoder {
  readonly device: Device;
  readonly decoder: CachedDecoder;
  readonly profile: () => OperatorProfile[];
  readonly dispose: () => void;
}

/** @throws BiogptError `pretrained/context-length`, `runtime/…` */
export async function openDecoder(
  checkpoint: RunnableCheckpoint,
  precision: Precision,
  options: DecoderOptions = {},
): Promise<OpenedDecoder> {
  const { family, config } = checkpoint;
  const maxLength = contextLength(config, options.contextLength);
  const cache = family.cacheShape(config);
  const context = maxLength * bytesPerPosition({ ...cache, headWidth: cachedHeadWidth(cache.headWidth) });
  const weightBytes = copiedBytes(checkpoint, precision, undefined);
  const budget = Math.max(cacheMemory(options.cacheMemory), context);
  const encoders = Object.keys(family.promptEncoders?.(config) ?? {}) as PromptSubject[];
  options.onPlan?.({
    ...{ name: options.name ?? "the model", precision, files: filesOf(checkpoint.entries), weightBytes },
    encoderBytes: Math.max(0, ...encoders.map((kind) => copiedBytes(checkpoint, precision, kind))),
    ...{ contextBytes: context, contextLength: maxLength, cacheBytes: budget, freeBytes: freeMemory() },
  });
  checkMemory(weightBytes + context, `The model with one context of ${maxLength} tokens, in ${precision},`);
  const { device, program } = await compileModel(checkpoint, precision, options, (storage) =>
    family.buildGenerator(config, storage),
  );
  const { slots = 16, name } = options;
  const decoder = decoderOver(checkpoint, { device, program }, { maxLength, slots, cacheMemory: budget, name });
  const dispose = (): void => {
    decoder[Symbol.dispose]();
    program[Symbol.dispose]();
    device[Symbol.dispose]();
  };
  return { device, decoder, profile: () => program.profile(), dispose };
}

/**
 * A graph over a checkpoint's weights, compiled: each weight has its place in the mapped file, or in a quantised copy of it. The caller
 * disposes program and device.
 *
 * @param write the graph, of the family's tensors by our names
 */
export async function compileModel(
  { family, config, entries, quantized }: RunnableCheckpoint,
  precision: Precision,
  options: CompileOptions,
  write: (storage: WeightStorage) => Graph,
): Promise<{ readonly device: Device; readonly program: Program }> {
  const { signal, progress, cacheFolder, profile = false, device: deviceName = "cpu" } = options;
  const abort = signal === undefined ? {} : { signal };
  const storage = weightStorage(precision, (name) => graphType(entries.get(name)!), {
    sharesHead: !entries.has(HEAD),
    device: CAPABILITIES[deviceName],
  });
  if (quantized !== undefined) expectFits(quantized, precision, CAPABILITIES[deviceName]);
  const graph = write(storage);
  const sources = new Map([...entries, ...(quantized?.tensors ?? [])]);
  if (precision !== "fp32" && quantized === undefined) {
    // The head's quantised copy is made from the token embedding where both are one.
    const named = new Map(entries);
    if (!named.has(HEAD)) named.set(HEAD, entries.get(TOKEN_TABLE)!);
    const isLinear = new Set(
      family.tensors({ ...config, tied: false }).flatMap(({ name, kind }) => (kind === "linear" ? name : [])),
    );
    const linearNames = graph.weights
      .map(({ name }) => name)
      .filter((name) => isLinear.has(name) && storage.linear(name).kind !== "dense");
    const copies = { cacheFolder, signal, progress };
    for (const [name, entry] of await quantizedWeights(named, linearNames, precision, CAPABILITIES[deviceName], copies))
      sources.set(name, entry);
  }
  const device = await openDevice(deviceName, {
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(options.spin === undefined ? {} : { spin: options.spin }),
    ...abort,
  });
  try {
    return { device, program: await compileGraph(device, graph, sources, { profile, ...abort }) };
  } catch (error) {
    device[Symbol.dispose]();
    throw error;
  }
}

/**
 * Bytes of weights that are not read where they lie: repacked for their kernels, or put in order and rounded.
 *
 * @param of the encoder whose weights are counted; undefined: the language model's
 */
export function copiedBytes(
  { family, config, entries }: RunnableCheckpoint,
  precision: Precision,
  of: PromptSubject | undefined,
): number {
  return family.tensors(config).reduce((sum, { name, shape, kind, encoder }) => {
    if (encoder !== of) return sum;
    if (precision !== "fp32" && kind === "linear") return sum + linearBytes(precision, name, shape);
    const { contiguous, dtype, source } = entries.get(name)!;
    const isMapped = contiguous && dtype === graphType({ dtype }) && source.path !== undefined;
    return isMapped ? sum : sum + 4 * elementCount(shape);
  }, 0);
}

/** Share of the free memory that the cache may take: the rest is for what the graph computes with. */
const CACHE_SHARE = 0.75;

function cacheMemory(asked: number | undefined): number {
  if (asked === undefined) return CACHE_SHARE * freeMemory();
  if (Number.isFinite(asked) && asked > 0) return asked;
  throw new BiogptError("pretrained/cache-memory", {
    what: `${asked} bytes were to be the memory for keys and values.`,
    fix: "Give a number of bytes above 0, or leave it out.",
    kind: "usage",
  });
}
