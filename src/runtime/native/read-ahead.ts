/**
 * Brings regions of files into the system's cache while somebody else works through them on one thread, such as ONNX Runtime, which maps a quantised
 * weight, packs it and only then looks at the next: disk and processor then work at the same time. What is there already costs a copy, on a thread
 * that has nothing to do.
 */
import { type FileHandle, open } from "node:fs/promises";
import type { FileRegion } from "../device-interface.ts";

const PIECE_BYTES = 4 << 20;

export interface ReadAhead {
  /** Bytes that were read, when it has ended. */
  readonly done: Promise<number>;
  stop(): void;
}

/**
 * Begins; reads the regions in the order in which they are given. A file that cannot be read ends it without a word: whoever needs the bytes says so.
 */
export function readAhead(regions: readonly FileRegion[]): ReadAhead {
  let stopped = false;
  const stop = (): void => {
    stopped = true;
  };
  return { done: readAll(regions, () => stopped), stop };
}

async function readAll(regions: readonly FileRegion[], isStopped: () => boolean): Promise<number> {
  const piece = new Uint8Array(PIECE_BYTES);
  const files = new Map<string, FileHandle>();
  let read = 0;
  try {
    for (const { file, offset, byteLength } of regions) {
      const handle = files.get(file) ?? (await open(file, "r"));
      files.set(file, handle);
      for (let at = 0; at < byteLength; ) {
        if (isStopped()) return read;
        const { bytesRead } = await handle.read(piece, 0, Math.min(PIECE_BYTES, byteLength - at), offset + at);
        if (bytesRead === 0) return read;
        at += bytesRead;
        read += bytesRead;
      }
    }
  } catch {
    // told by whoever needs the bytes
  } finally {
    for (const handle of files.values()) await handle.close().catch(() => {});
  }
  return read;
}
