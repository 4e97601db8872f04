/** What every reader of files takes. A file of its own, so that the public types name nothing of Node's. */
import type { ReportProgress } from "../base/progress.ts";

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Compressed bytes read so far, of all files of the call. */
  readonly progress?: ReportProgress | undefined;
  /** What `-` reads; without it `-` is an error. */
  readonly standardInput?: AsyncIterable<Uint8Array> | undefined;
  /** Sees each piece of the file as it lies on disk, before decompression: for hashing. */
  readonly onBytes?: ((bytes: Uint8Array) => void) | undefined;
}
