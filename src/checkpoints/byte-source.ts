/**
 * Where the bytes of a checkpoint are read from: a file on a disk (checkpoint-file.ts), a browser's Blob, or whatever can give a range.
 *
 * Nothing here or in what reads safetensors through it knows Node, so weights open in a browser as well, without a copy of the whole.
 */
import { throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";

export interface ByteSource {
  /** For messages: a path, or the name of a Blob. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Absolute path of a file that holds exactly these bytes, and can be mapped into memory; absent elsewhere. */
  readonly path?: string;
  /**
   * The bytes [offset, offset + length), at the beginning of a buffer of their own, so that typed views of any alignment fit. Use `readRange`,
   * which looks at the bounds.
   */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
}

/** A source whose header is being read, of which files keep one handle open. */
export interface CheckpointReader {
  /** For messages. */
  readonly path: string;
  readonly size: number;
  /** What the tensors' bytes are read from later. */
  readonly source: ByteSource;
  /**
   * @param what names the part in the error, for example "the header"
   * @throws BiogptError `checkpoints/truncated` when the source ends before
   */
  read(offset: number, length: number, what: string): Promise<Uint8Array>;
}

/** Bytes that are in memory already. */
export function bytesSource(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    size: bytes.length,
    async read(offset, length, signal) {
      throwIfAborted(signal);
      return Uint8Array.from(bytes.subarray(offset, offset + length)); // a Buffer's slice would be a view
    },
  };
}

/** What is used of a Blob or File. */
export interface BlobLike {
  readonly size: number;
  /** A File has one. */
  readonly name?: string;
  slice(start: number, end: number): { stream(): ReadableStream<Uint8Array> };
}

/**
 * A Blob's bytes, each range fetched when it is asked for, as a stream: chromium keeps what `arrayBuffer` used until its garbage collector comes.
 *
 * @param name for messages. Default: the name of a File
 */
export function blobSource(blob: BlobLike, name: string = blob.name ?? "the Blob"): ByteSource {
  return {
    name,
    size: blob.size,
    async read(offset, length, signal) {
      throwIfAborted(signal);
      const bytes = new Uint8Array(length);
      let filled = 0;
      const reader = blob
        .slice(offset, offset + length)
        .stream()
        .getReader();
      for (let next = await reader.read(); next.value !== undefined; next = await reader.read()) {
        bytes.set(next.value, filled);
        filled += next.value.length;
      }
      throwIfAborted(signal);
      if (filled < length) throw truncated(name, `a piece of ${length} bytes gave ${filled}`, blob.size);
      return bytes;
    },
  };
}

/**
 * A range that must lie in the source.
 *
 * @throws BiogptError `checkpoints/truncated`
 */
export async function readRange(
  source: ByteSource,
  offset: number,
  length: number,
  what: string,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  if (offset + length > source.size) throw beyond(source.name, offset, length, what, source.size);
  return source.read(offset, length, signal);
}

/** Reads a source that needs no opening. */
export function readerOf(source: ByteSource, signal?: AbortSignal): CheckpointReader {
  const { name: path, size } = source;
  return { path, size, source, read: (offset, length, what) => readRange(source, offset, length, what, signal) };
}

/** The error `checkpoints/truncated` for a range beyond the end. */
export function beyond(path: string, offset: number, length: number, what: string, size: number): BiogptError {
  return truncated(path, `${what} needs bytes ${offset} to ${offset + length}`, size);
}

export function truncated(path: string, what: string, size: number): BiogptError {
  return new BiogptError("checkpoints/truncated", {
    what: `${path} is cut off: ${what}, but the file ends at ${size}.`,
    why: "A download or a copy that was broken off leaves such a file.",
    fix: "Fetch or copy it again; `biogpt pull` goes on where it stopped and checks the result.",
  });
}
