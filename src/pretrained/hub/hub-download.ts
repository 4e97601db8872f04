/**
 * Fetches the bytes of one file into the cache: goes on where an earlier try stopped, checks size and checksum, and only
 * then gives the file its name.
 */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { throwIfAborted } from "../../base/cancellation.ts";
import { BiogptError } from "../../base/errors.ts";
import { withLock } from "../../files/file-lock.ts";
import { exists, type ModelCache } from "./hub-cache.ts";
import {
  badAnswer,
  fileAddress,
  type HubContext,
  type HubFile,
  hubRequest,
  PassingFailure,
  requireOk,
  withRetries,
} from "./hub-client.ts";

export interface DownloadHooks {
  /** Bytes of this file on the disk so far. */
  readonly onBytes: (done: number) => void;
  /** Another process is fetching the same file. */
  readonly onWait?: () => void;
}

/** A checksum that is wrong may come of a broken `.incomplete` file; wrong twice from the start, the server is wrong. */
const CHECKSUM_TRIES = 2;

/** @returns the path of the blob */
export async function downloadBlob(
  context: HubContext,
  model: string,
  commit: string,
  file: HubFile,
  cache: ModelCache,
  hooks: DownloadHooks,
): Promise<string> {
  const blob = cache.blob(file.etag);
  if (await exists(blob)) return blob;
  await mkdir(dirname(blob), { recursive: true });
  const fetchIt = async (): Promise<void> => {
    if (await exists(blob)) return; // by the process that held the lock before
    const incomplete = `${blob}.incomplete`;
    await requireSpace(incomplete, file);
    for (let tries = 1; ; tries++) {
      await fetchBytes(context, fileAddress(context, model, commit, file.name), incomplete, file, hooks);
      const found = await checksum(incomplete, file, context.signal);
      if (found === file.etag || found === undefined) break;
      await rm(incomplete, { force: true });
      if (tries === CHECKSUM_TRIES) throw wrongChecksum(model, file, found);
    }
    await rename(incomplete, blob);
  };
  await withLock(cache.lock(file.etag), fetchIt, {
    signal: context.signal,
    ...(hooks.onWait === undefined ? {} : { onWait: hooks.onWait }),
  });
  return blob;
}

async function fetchBytes(
  context: HubContext,
  address: string,
  path: string,
  file: HubFile,
  { onBytes }: DownloadHooks,
): Promise<void> {
  const handle = await open(path, "a+"); // kept if it is there, and never truncated by opening
  try {
    let done = Math.min((await handle.stat()).size, file.size + 1);
    let before = done;
    const hasProgressed = (): boolean => {
      const progressed = done > before;
      before = done;
      return progressed;
    };
    if (done > file.size) done = await restart(handle);
    await withRetries(
      context,
      async () => {
        if (done === file.size) return;
        onBytes(done);
        using request = await hubRequest(context, address, {
          method: "GET",
          headers: done > 0 ? { range: `bytes=${done}-` } : {},
        });
        const { response } = request;
        if (response.status === 416) done = await restart(handle);
        else {
          requireOk(response, context, file.name);
          if (response.status !== 206 && done > 0) done = await restart(handle); // the server ignores ranges
          if (response.status === 206 && !startsAt(response, done))
            throw badAnswer(address, "another part of the file than was asked for");
        }
        if (response.status !== 416) {
          for await (const chunk of request.body()) {
            throwIfAborted(context.signal);
            if (done + chunk.length > file.size) throw tooManyBytes(address, file);
            await writeWhole(handle, chunk);
            done += chunk.length;
            onBytes(done);
          }
        }
        if (done < file.size) throw new PassingFailure(`the connection ended after ${done} of ${file.size} bytes`);
      },
      hasProgressed,
    );
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function restart(handle: FileHandle): Promise<number> {
  await handle.truncate(0);
  return 0;
}

async function writeWhole(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let written = 0; written < chunk.length; ) written += (await handle.write(chunk, written)).bytesWritten;
}

function startsAt(response: Response, offset: number): boolean {
  return response.headers.get("content-range")?.startsWith(`bytes ${offset}-`) === true;
}

/** Undefined where the hub names the file by neither of the two, so that only its size can be checked. */
async function checksum(
  path: string,
  { etag, size }: HubFile,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  let hash: Hash;
  if (/^[0-9a-f]{64}$/.test(etag)) hash = createHash("sha256");
  else if (/^[0-9a-f]{40}$/.test(etag)) hash = createHash("sha1").update(`blob ${size}\0`);
  else return undefined;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    throwIfAborted(signal);
    hash.update(chunk as Buffer);
  }
  return hash.digest("hex");
}

async function requireSpace(incomplete: string, file: HubFile): Promise<void> {
  const present = await stat(incomplete).then(
    ({ size }) => size,
    () => 0,
  );
  const { bavail, bsize } = await statfs(dirname(incomplete));
  const needed = file.size - present;
  if (needed <= bavail * bsize) return;
  throw new BiogptError("pretrained/disk-full", {
    what: `${file.name} needs ${needed} more bytes, but the disk of ${dirname(incomplete)} has ${bavail * bsize} free.`,
    fix: "Free some space, or put the cache on another disk with HF_HOME.",
  });
}

function tooManyBytes(address: string, { name, size }: HubFile): BiogptError {
  return badAnswer(address, `more than the ${size} bytes that ${name} should have`);
}

function wrongChecksum(model: string, { name, etag }: HubFile, found: string): BiogptError {
  return new BiogptError("pretrained/checksum", {
    what: `${name} of ${model} came with the checksum ${found}, but should have ${etag}.`,
    why: "The server or something in between changed its bytes; they were thrown away.",
    fix: "Try again, and check HF_ENDPOINT.",
  });
}
