/**
 * Copies of a checkpoint's tensors that can be made again: quantised, or with an adapter merged in. Made once, kept in the cache
 * folder, named by what they were made from.
 *
 *     <cache>/<kind>/<hash>.safetensors     our tensor names
 *     <cache>/known-files.json              path, size and time of a source file to its hash, so that gigabytes are hashed once
 *
 * The hash covers the bytes of every source file and the recipe, so a changed checkpoint or a changed recipe never meets an old
 * copy. Two processes that make the same copy write the same bytes; the last rename wins.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import type { ReportProgress } from "../../base/progress.ts";
import { type ByteSource, readRange } from "../../checkpoints/byte-source.ts";
import { openCheckpoint, type TensorEntry, writeFileAtomically } from "../../checkpoints/index.ts";

export interface CacheOptions {
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

export interface CopySource {
  /** Folder inside the cache folder. */
  readonly kind: "quantized" | "adapted" | "cache-steps";
  /** Everything besides the source's bytes that the copy depends on, the version of the code that makes it included. */
  readonly recipe: string;
  /** What is read, by the names under which it is: two models may live in one file under different names. */
  readonly entries: readonly (readonly [name: string, entry: TensorEntry])[];
}

/**
 * @param write makes the copy at a path, whole or not at all; called only where the cache lacks it
 * @returns entries of the copy
 */
export async function cachedCopy(
  { kind, recipe, entries }: CopySource,
  { cacheFolder = defaultCacheFolder(), signal }: CacheOptions,
  write: (path: string) => Promise<void>,
): Promise<ReadonlyMap<string, TensorEntry>> {
  const folder = join(cacheFolder, kind);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw unwritable(error, cacheFolder, kind);
  });
  const hash = createHash("sha256").update(recipe);
  for (const source of sourcesOf(entries)) hash.update(` ${await contentHash(source, cacheFolder, signal)}`);
  for (const [name, { offset }] of entries) hash.update(` ${name} ${offset}`);
  const path = join(folder, `${hash.digest("hex").slice(0, 32)}.safetensors`);
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  if (!exists) {
    await write(path).catch((error: unknown) => {
      throw unwritable(error, cacheFolder, kind);
    });
  }
  return (await openCheckpoint(path, signal === undefined ? {} : { signal })).tensors;
}

/** Each once, in the order of their names. */
function sourcesOf(entries: CopySource["entries"]): ByteSource[] {
  const sources = new Map(entries.map(([, { source }]) => [source.path ?? source, source]));
  return [...sources.values()].sort((a, b) => Number(a.name > b.name) - Number(a.name < b.name));
}

/** SHA-256 of a source; of a file it is remembered by path, size and time of the last change. */
async function contentHash(source: ByteSource, cacheFolder: string, signal: AbortSignal | undefined): Promise<string> {
  const { path: file } = source;
  if (file === undefined) return hashOf(source, signal);
  const { size, mtimeMs } = await stat(file);
  const index = join(cacheFolder, "known-files.json");
  const known = await readFile(index, "utf8").then(
    (text) => JSON.parse(text) as Record<string, { size: number; mtimeMs: number; hash: string }>,
    () => ({}) as Record<string, { size: number; mtimeMs: number; hash: string }>,
  );
  const entry = known[file];
  if (entry?.size === size && entry.mtimeMs === mtimeMs) return entry.hash;
  const hash = createHash("sha256");
  for await (const part of createReadStream(file, { highWaterMark: 4 << 20 })) {
    throwIfAborted(signal);
    hash.update(part as Buffer);
  }
  known[file] = { size, mtimeMs, hash: hash.digest("hex") };
  // Where this cannot be written (a cache that others filled), hashing again costs time and nothing else.
  await writeFileAtomically(index, JSON.stringify(known)).catch(() => {});
  return known[file].hash;
}

/** Bytes that are read at once of a source that is no file. */
const PIECE_BYTES: number = 4 << 20;

async function hashOf(source: ByteSource, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash("sha256");
  for (let at = 0; at < source.size; at += PIECE_BYTES) {
    hash.update(await readRange(source, at, Math.min(PIECE_BYTES, source.size - at), "the weights", signal));
  }
  return hash.digest("hex");
}

/** A cache folder that cannot be written, or a full disk, with what to do; anything else as it was. */
function unwritable(error: unknown, cacheFolder: string, kind: CopySource["kind"]): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  const what = kind === "quantized" ? "A quantised copy of the weights" : "The weights with the adapter in them";
  const elsewhere = "name another cache folder (BIOGPT_CACHE)";
  const orExact = kind === "quantized" ? ", or load the model in fp32, which needs no copy" : "";
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new BiogptError("files/disk-full", {
      what: `${what} finds no room in ${cacheFolder}.`,
      fix: `Free some space, or ${elsewhere}${orExact}.`,
      cause: error,
    });
  }
  if (code === "EROFS" || code === "EACCES" || code === "EPERM" || code === "ENOTDIR" || code === "EEXIST") {
    return new BiogptError(code === "EROFS" ? "files/read-only" : "files/forbidden", {
      what: `${what} cannot be written to ${cacheFolder}.`,
      why: (error as Error).message,
      fix: `Make it writable, or ${elsewhere}${orExact}.`,
      cause: error,
    });
  }
  return error;
}
