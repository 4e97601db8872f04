/**
 * The weights of a model's folder, also where a layout has them in parts: one large file is often published cut into pieces.
 *
 *     NAME.pth                                             as it is
 *     NAME-00001-of-00003.pth, NAME.part1.pth, …           each with tensors of its own: opened together
 *     NAME.pth.part1, NAME.pth.001, NAME.pth.aa, …         bytes of one file: joined once, in the cache folder, which a broken-off run goes on with
 *
 * How the three parts of BioMedGPT-10B on the hub join is not documented: what they are is told by their first bytes.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import { type Checkpoint, openCheckpoint, openCheckpointFiles } from "../../checkpoints/index.ts";
import type { FolderLayout } from "../../models/folder-layout.ts";
import { isKnownAlone } from "../hub/hub-names.ts";
import { type CacheOptions, defaultCacheFolder } from "./cached-copy.ts";
import { layoutOf } from "./folder-parts.ts";

/** Of a folder, or of a weight file: the folder it lies in. */
export async function folderOfWeights(path: string): Promise<string> {
  const absolute = resolve(path);
  return stat(absolute).then(
    (status) => (status.isDirectory() ? absolute : dirname(absolute)),
    () => dirname(absolute),
  );
}

/** @throws BiogptError `checkpoints/…`, `pretrained/incomplete` for parts of which one is missing, `pretrained/knows-alone` */
export async function openWeights(path: string, options: CacheOptions = {}): Promise<Checkpoint> {
  const { signal } = options;
  const abort = signal === undefined ? {} : { signal };
  const folder = resolve(path);
  const isFolder = await stat(folder).then(
    (status) => status.isDirectory(),
    () => false,
  );
  if (isFolder && isKnownAlone(folder)) throw noNetwork(folder);
  const layout = isFolder ? await layoutOf(folder) : undefined;
  const parts = layout === undefined ? [] : partNames(await readdir(folder), layout);
  if (parts.length === 0) return openCheckpoint(path, abort);
  if (parts.length === 1) return openCheckpoint(join(folder, parts[0]!), abort);
  const missing = missingPartNames(parts);
  if (missing.length > 0) {
    throw new BiogptError("pretrained/incomplete", {
      what: `${folder} lacks ${missing.join(", ")}, a part of the weights.`,
      why: `It holds ${parts.join(", ")}.`,
      fix: `Fetch it again (from ${layout!.weights.from}).`,
    });
  }
  const files = parts.map((name) => join(folder, name));
  const heads = await Promise.all(files.map(beginsCheckpoint));
  if (heads.every((one) => one)) return openCheckpointFiles(folder, files, options);
  return openCheckpoint(await joinedFile(files, options), abort);
}

function noNetwork(folder: string): BiogptError {
  return new BiogptError("pretrained/knows-alone", {
    what: `${basename(folder)} has no network: it answers from descriptions of known molecules alone.`,
    fix: "Use it with `biogpt ask`, or name a model that generates.",
  });
}

/** The weight files of a layout among a folder's names: the whole one alone, or its parts in order. */
export function partNames(names: readonly string[], { weights }: Pick<FolderLayout, "weights">): string[] {
  if (names.includes(weights.file)) return [weights.file];
  const stem = weights.file.replace(/\.\w+$/, "");
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  return names.filter((name) => name.startsWith(stem) && !name.endsWith(".tmp")).sort(compare);
}

/** Names that the numbers of the others ask for: up to `of-N`, or between two that are there. */
export function missingPartNames(parts: readonly string[]): string[] {
  const numbered = parts.map((name) => /^(.*?[._-](?:part[._-]?)?)(\d+)((?:-of-(\d+))?(?:\.\w+)?)$/i.exec(name));
  const first = numbered[0];
  if (first == null || numbered.some((match) => match === null || match[1] !== first[1] || match[3] !== first[3]))
    return [];
  const numbers = numbered.map((match) => Number(match![2]));
  const start = Math.min(1, ...numbers);
  const end = first[4] === undefined ? Math.max(...numbers) : Number(first[4]);
  const missing: string[] = [];
  for (let n = start; n <= end && missing.length < 10; n++) {
    if (!numbers.includes(n)) missing.push(`${first[1]}${String(n).padStart(first[2]!.length, "0")}${first[3]}`);
  }
  return missing;
}

/** Whether a file begins as a ZIP archive of torch's or as safetensors does. */
async function beginsCheckpoint(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(9), 0, 9, 0);
    if (bytesRead < 9) return false;
    return buffer.toString("latin1", 0, 4) === "PK\x03\x04" || (buffer.readUInt32LE(4) === 0 && buffer[8] === 0x7b);
  } finally {
    await file.close();
  }
}

/** One file of its pieces, in the cache folder; a piece that changed makes another. */
async function joinedFile(
  files: readonly string[],
  { cacheFolder = defaultCacheFolder(), signal, progress }: CacheOptions,
): Promise<string> {
  const sizes: number[] = [];
  const hash = createHash("sha256");
  for (const file of files) {
    const { size, mtimeMs } = await stat(file);
    sizes.push(size);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  const target = join(cacheFolder, "joined", `${hash.digest("hex").slice(0, 32)}.pth`);
  if (
    await stat(target).then(
      () => true,
      () => false,
    )
  )
    return target;
  await mkdir(dirname(target), { recursive: true });
  const partial = `${target}.partial`;
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const out = await open(partial, "a");
  try {
    let done = (await out.stat()).size;
    let start = 0;
    for (const [i, file] of files.entries()) {
      const size = sizes[i]!;
      // What a broken-off run has written is not copied again.
      if (done < start + size) {
        for await (const piece of createReadStream(file, { start: done - start, highWaterMark: 4 << 20 })) {
          throwIfAborted(signal);
          await out.writeFile(piece as Buffer);
          done += (piece as Buffer).length;
          progress?.({ activity: "joining the parts of the weights", done, total, unit: "bytes" });
        }
      }
      start += size;
    }
    await out.sync();
  } finally {
    await out.close();
  }
  await rename(partial, target);
  return target;
}
