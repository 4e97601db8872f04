/**
 * Reading ranges of a checkpoint file, every one of them checked against the size of the file.
 *
 * A checkpoint must be a regular file: a pipe or device has no offsets to map, and opening one could wait forever.
 */
import { type FileHandle, open, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { BiogptError } from "../base/errors.ts";

export interface CheckpointFile {
  /** Absolute. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /**
   * The bytes [offset, offset + length).
   *
   * @param what names the part in the error, for example "the header"
   * @throws BiogptError `checkpoints/truncated` when the file ends before
   */
  read(offset: number, length: number, what: string): Promise<Buffer>;
  /** The same into the beginning of a buffer that is used again and again. */
  readInto(target: Uint8Array, offset: number, length: number, what: string): Promise<void>;
  close(): Promise<void>;
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
  const readInto: CheckpointFile["readInto"] = async (target, offset, length, what) => {
    if (offset + length > size) throw beyond(absolute, offset, length, what, size);
    await readRange(handle, absolute, target, offset, length, what);
  };
  return {
    path: absolute,
    size,
    readInto,
    read: async (offset, length, what) => {
      if (offset + length > size) throw beyond(absolute, offset, length, what, size);
      const bytes = Buffer.allocUnsafeSlow(length); // a buffer of its own, so that typed views of any alignment fit
      await readInto(bytes, offset, length, what);
      return bytes;
    },
    close: () => handle.close(),
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

async function readRange(
  handle: FileHandle,
  path: string,
  target: Uint8Array,
  offset: number,
  length: number,
  what: string,
): Promise<void> {
  let filled = 0;
  while (filled < length) {
    // One read stays below 2 GiB, the most that a single read call gives on Linux.
    const { bytesRead } = await handle.read(target, filled, Math.min(length - filled, 1 << 30), offset + filled);
    if (bytesRead === 0)
      throw truncated(path, `${what} ended early, as if the file had become shorter`, offset + filled);
    filled += bytesRead;
  }
}

function beyond(path: string, offset: number, length: number, what: string, size: number): BiogptError {
  return truncated(path, `${what} needs bytes ${offset} to ${offset + length}`, size);
}

export function truncated(path: string, what: string, size: number): BiogptError {
  return new BiogptError("checkpoints/truncated", {
    what: `${path} is cut off: ${what}, but the file ends at ${size}.`,
    why: "A download or a copy that was broken off leaves such a file.",
    fix: "Fetch or copy it again; `biogpt pull` goes on where it stopped and checks the result.",
  });
}
