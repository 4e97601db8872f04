/** A checkpoint's graph on a device of its own: quantised where that is asked for, each weight at its place in a file. */
import type { Graph } from "../../graph/graph.ts";
import { HEAD, TOKEN_TABLE, type WeightStorage } from "../../models/family.ts";
import { joinedParts } from "../../models/weight-storage.ts";
import {
  CAPABILITIES,
  type Device,
  type DeviceName,
  openDevice,
  type Program,
  type Spinning,
} from "../../runtime/device.ts";
import type { CacheOptions } from "./cached-copy.ts";
import { compileGraph, type RunnableCheckpoint } from "./compile-graph.ts";
import { graphType } from "./model-checkpoint.ts";
import { type Precision, weightStorage } from "./precision.ts";
import { expectFits } from "./quantized-checkpoint.ts";
import { quantizedWeights } from "./quantized-weights.ts";
import { signedProductsAreExact } from "./signed-products.ts";

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
  const capabilities = CAPABILITIES[deviceName];
  // A folder of codes is read as it lies there, on whatever processor.
  const signedProducts =
    precision === "q8" && quantized === undefined && capabilities.channelQuantized && (await signedProductsAreExact());
  const able = { ...capabilities, signedProducts };
  const storage = weightStorage(precision, (name) => graphType(entries.get(name)!), {
    sharesHead: !entries.has(HEAD),
    joins: quantized === undefined,
    device: able,
  });
  if (quantized !== undefined) expectFits(quantized, precision, capabilities);
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
      .filter((name) => joinedParts(name).every((part) => isLinear.has(part)) && storage.linear(name).kind !== "dense");
    const copies = { cacheFolder, signal, progress };
    for (const [name, entry] of await quantizedWeights(named, linearNames, precision, able, copies))
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
