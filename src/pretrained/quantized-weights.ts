/**
 * Quantised copies of a checkpoint's linear maps: made once, kept in the cache folder, named by what they were made from.
 *
 *     <cache>/quantized/<hash>.safetensors        our tensor names, and "<name>.scales"
 *     <cache>/quantized/known-files.json          path, size and time of a source file to its hash, so that gigabytes are hashed once
 *
 * The hash covers the bytes of every source file, the precision and the version of the recipe, so a changed checkpoint or a
 * changed recipe never meets an old copy. Two processes that make the same copy write the same bytes; the last rename wins.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { throwIfAborted } from "../base/cancellation.ts";
import { internalError } from "../base/errors.ts";
import type { ReportProgress } from "../base/progress.ts";
import {
  openCheckpoint,
  readFloat32,
  type TensorEntry,
  type TensorToWrite,
  writeFileAtomically,
  writeSafetensors,
} from "../checkpoints/index.ts";
import { quantizeBlocks, quantizeChannels } from "../checkpoints/quantize.ts";
import type { DeviceName } from "../runtime/device.ts";
import { linearFormat, type Precision } from "./precision.ts";

/** Raise it whenever quantised bytes come out differently. */
const RECIPE_VERSION = 3;

export interface QuantizeOptions {
  /** Default: `BIOGPT_CACHE`, else the system's place for caches. */
  readonly cacheFolder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
}

/** Where copies that can be made again are kept. */
export function defaultCacheFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platform: string = process.platform,
): string {
  const { BIOGPT_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = environment;
  if (BIOGPT_CACHE) return BIOGPT_CACHE;
  if (platform === "win32") return join(LOCALAPPDATA || join(homedir(), "AppData", "Local"), "biogpt", "cache");
  if (platform === "darwin") return join(homedir(), "Library", "Caches", "biogpt");
  return join(XDG_CACHE_HOME || join(homedir(), ".cache"), "biogpt");
}

/**
 * The quantised tensors of a checkpoint, from the cache or made now.
 *
 * @param entries by our names; the head's weight under "head.weight", also where it is the token embedding
 * @returns entries of the copy: each linear map's weight and its scales
 */
export async function quantizedWeights(
  entries: ReadonlyMap<string, TensorEntry>,
  linearNames: readonly string[],
  precision: Exclude<Precision, "fp32">,
  device: DeviceName,
  { cacheFolder = defaultCacheFolder(), signal, progress }: QuantizeOptions = {},
): Promise<ReadonlyMap<string, TensorEntry>> {
  const folder = join(cacheFolder, "quantized");
  await mkdir(folder, { recursive: true });
  const files = [...new Set(linearNames.map((name) => entries.get(name)!.file))].sort();
  const hash = createHash("sha256").update(`${RECIPE_VERSION} ${precision} ${device}`);
  for (const file of files) hash.update(` ${await contentHash(file, folder, signal)}`);
  // Two models may live in one file under different names, so the places of the tensors count too.
  for (const name of linearNames) hash.update(` ${name} ${entries.get(name)!.offset}`);
  const path = join(folder, `${hash.digest("hex").slice(0, 32)}.safetensors`);
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  if (!exists) await writeQuantized(path, entries, linearNames, precision, device, signal, progress);
  return (await openCheckpoint(path, signal === undefined ? {} : { signal })).tensors;
}

/** Quantises matrix by matrix. The writer wants the scales of all of them first, so the codes wait in memory: as much as the copy is large. */
async function writeQuantized(
  path: string,
  entries: ReadonlyMap<string, TensorEntry>,
  linearNames: readonly string[],
  precision: Exclude<Precision, "fp32">,
  device: DeviceName,
  signal: AbortSignal | undefined,
  progress: ReportProgress | undefined,
): Promise<void> {
  let done = 0;
  const tensors: TensorToWrite[] = [];
  for (const name of linearNames) {
    const entry = entries.get(name)!;
    const [M, K] = entry.shape as [number, number];
    const format = linearFormat(precision, name, device);
    if (format === "dense" || format.kind === "dense") throw internalError(`${name} is not quantised in ${precision}`);
    throwIfAborted(signal);
    const weights = await readFloat32(entry);
    progress?.({ activity: `quantising to ${precision}`, done: ++done, total: linearNames.length, unit: "matrices" });
    if (format.kind === "channels") {
      const { weight, scales } = quantizeChannels(weights, [M, K]);
      tensors.push({ name, dtype: "int8", shape: [K, M], data: weight });
      tensors.push({ name: `${name}.scales`, dtype: "float32", shape: [M], data: scales });
    } else {
      const { bits, blockSize } = format;
      const { blocks, scales } = quantizeBlocks(weights, [M, K], bits, blockSize);
      const perRow = Math.ceil(K / blockSize);
      tensors.push({ name, dtype: "uint8", shape: [M, perRow, (blockSize * bits) / 8], data: blocks });
      tensors.push({ name: `${name}.scales`, dtype: "float32", shape: [M * perRow], data: scales });
    }
  }
  await writeSafetensors(path, tensors, {
    metadata: { format: "pt", precision, recipe: String(RECIPE_VERSION) },
    ...(signal === undefined ? {} : { signal }),
  });
}

/** SHA-256 of a file, remembered by path, size and time of the last change. */
async function contentHash(file: string, folder: string, signal: AbortSignal | undefined): Promise<string> {
  const { size, mtimeMs } = await stat(file);
  const index = join(folder, "known-files.json");
  const known = await readFile(index, "utf8").then(
    (text) => JSON.parse(text) as Record<string, { size: number; mtimeMs: number; hash: string }>,
    () => ({}) as Record<string, { size: number; mtimeMs: number; hash: string }>,
  );
  const entry = known[file];
  if (entry?.size === size && entry.mtimeMs === mtimeMs) return entry.hash;
  const hash = createHash("sha256");
  for await (const part of createReadStream(file, { highWaterMark: 4 << 20, ...(signal ? { signal } : {}) }))
    hash.update(part as Buffer);
  known[file] = { size, mtimeMs, hash: hash.digest("hex") };
  await writeFileAtomically(index, JSON.stringify(known));
  return known[file].hash;
}
