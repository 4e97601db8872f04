/**
 * Reading ranges of a checkpoint that lies in a file, every one of them checked against the size of the file.
 *
 * A checkpoint must be a regular file: a pipe or device has no offsets to map, and opening one could wait forever.
 */
import { type FileHandle, open, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";
import { type ByteSource, beyond, type CheckpointReader, readerOf, truncated } from "./byte-source.ts";

/** An open file, or another source as if it were one. */
export interface CheckpointFile extends CheckpointReader {
  read(offset: number, length: number, what: string): Promise<Buffer>;
  /** The same into the beginning of a buffer that is used again and again. */
  readInto(target: Uint8Array, offset: number, length: number, what: string): Promise<void>;
  close(): Promise<void>;
}

/** A file's bytes, which is opened for each range: the tensors of a checkpoint outlive its reading. */
function fileSource(path: string, size: number): ByteSource {
  return {
    name: path,
    path,
    size,
    async read(offset, length, signal) {
      throwIfAborted(signal);
      const handle = await open(path, "r");
      try {
        return await readBytes(handle, path, offset, length, "a tensor", signal);
      } finally {
        await handle.close();
      }
    },
  };
}

export async function openCheckpointFile(path: string): Promise<CheckpointFile> {
  const absolute = resolve(path);
  const status = await statOrNotFound(absolute);
  if (!status.isFile()) {
    throw new BiogptError("checkpoints/not-a-file", {
      what: `${path} is not a regular file.`,
      why: "The weights are mapped into memory, which needs a file on a disk.",
      fix: "Name a .safetensors, .bin or .pt file, or a model folder.",
    });
  }
  const handle = await open(absolute, "r");
  const { size } = await handle.stat();
  return {
    path: absolute,
    size,
    source: fileSource(absolute, size),
    read: async (offset, length, what) => {
      if (offset + length > size) throw beyond(absolute, offset, length, what, size);
      return readBytes(handle, absolute, offset, length, what);
    },
    readInto: async (target, offset, length, what) => {
      if (offset + length > size) throw beyond(absolute, offset, length, what, size);
      await fill(target, handle, absolute, offset, length, what);
    },
    close: () => handle.close(),
  };
}

/** A source opened for many reads: a file keeps its handle, anything else is read as it is. */
export async function openSource(source: ByteSource, signal?: AbortSignal): Promise<CheckpointFile> {
  if (source.path !== undefined) return openCheckpointFile(source.path);
  const { read, ...reader } = readerOf(source, signal);
  return {
    ...reader,
    read: async (offset, length, what) => {
      const bytes = await read(offset, length, what);
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    },
    readInto: async (target, offset, length, what) => target.set(await read(offset, length, what)),
    close: async () => {},
  };
}

/** Opens, uses and closes a file, whatever happens. */
export async function withCheckpointFile<T>(path: string, use: (file: CheckpointFile) => Promise<T>): Promise<T> {
  const file = await openCheckpointFile(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

export async function statOrNotFound(path: string): Promise<Awaited<ReturnType<typeof stat>>> {
  try {
    return await stat(path);
  } catch (error) {
    if (!["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    throw new BiogptError("checkpoints/not-found", {
      what: `${path} does not exist.`,
      fix: "Check the path; a link in a Hugging Face cache may point to a blob that was removed.",
      cause: error,
    });
  }
}

async function readBytes(
  handle: FileHandle,
  path: string,
  offset: number,
  length: number,
  what: string,
  signal?: AbortSignal,
): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length); // a buffer of its own, so that typed views of any alignment fit
  await fill(bytes, handle, path, offset, length, what, signal);
  return bytes;
}

async function fill(
  bytes: Uint8Array,
  handle: FileHandle,
  path: string,
  offset: number,
  length: number,
  what: string,
  signal?: AbortSignal,
): Promise<void> {
  let filled = 0;
  while (filled < length) {
    throwIfAborted(signal);
    // One read stays below 2 GiB, the most that a single read call gives on Linux.
    const { bytesRead } = await handle.read(bytes, filled, Math.min(length - filled, 1 << 30), offset + filled);
    if (bytesRead === 0)
      throw truncated(path, `${what} ended early, as if the file had become shorter`, offset + filled);
    filled += bytesRead;
  }
}
