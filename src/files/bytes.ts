/**
 * Bytes of a corpus file: a path or `-` for standard input, gzip, Zstandard and zip told by the first bytes, never by the name.
 *
 * Streams in constant memory. Leaves out other archives, Office documents and images, which are refused by name (signatures.ts), and zip that
 * comes by standard input or a pipe, since its directory stands at its end.
 */
import { isAscii, isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { abortedError, throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";
import type { ReadOptions } from "./read-options.ts";
import { isPlainZip, SIGNATURE_BYTES, signatureOf } from "./signatures.ts";
import { PIECE_BYTES, packingOf, unpack } from "./unpack.ts";
import { zippedFiles } from "./zip-files.ts";

/** Decompressed content. `head` is its beginning, for telling the format; `chunks` starts with it again. */
export interface OpenedBytes {
  readonly head: Buffer;
  /** Whether `head` is all of it. */
  readonly isWhole: boolean;
  readonly chunks: AsyncGenerator<Buffer, void, undefined>;
}

/** Bytes of content that a format is told by: enough for a declaration, a DOCTYPE and a comment before the first element. */
const HEAD_BYTES = 4096;

/** A file, or one of those that a zip archive holds. */
export interface FilePart {
  /** Within an archive: its path and the name in it. */
  readonly path: string;
  /** @throws BiogptError as `openBytes` */
  open(options?: ReadOptions): Promise<OpenedBytes>;
}

/**
 * The files that a path stands for: those of a zip archive, else itself.
 *
 * @throws BiogptError `corpora/not-found`, `corpora/is-folder`, `corpora/archive`
 */
export async function partsOf(path: string): Promise<readonly FilePart[]> {
  const size = await fileSize(path);
  if (size === undefined || !isPlainZip(await beginningOf(path)))
    return [{ path, open: (options = {}) => opened(path, rawBytes(path, options), options.signal) }];
  return (await zippedFiles(path, size)).map(({ path: name, packing, range, checked }) => ({
    path: name,
    open: async (options = {}) => {
      const raw = rawBytes(path, options, await range());
      const content = packing === undefined ? raw : unpack(name, packing, raw, options.signal);
      return await opened(name, checked(content), options.signal);
    },
  }));
}

/**
 * @throws BiogptError `corpora/not-found`, `corpora/is-folder`, `corpora/empty`, `corpora/archive` (also for one that holds several files),
 *   `corpora/not-a-document`; while reading `corpora/gzip`, `corpora/zstd`, `corpora/expansion`, `corpora/read`
 */
export async function openBytes(path: string, options: ReadOptions = {}): Promise<OpenedBytes> {
  const parts = await partsOf(path);
  if (parts.length > 1) {
    const names = parts.slice(0, 3).map((part) => part.path.slice(path.length + 1));
    throw new BiogptError("corpora/archive", {
      what: `${path} holds ${parts.length} files (${names.join(", ")}${parts.length > 3 ? ", …" : ""}), and one is wanted.`,
      fix: "Unpack it and name the file that is meant.",
    });
  }
  return await parts[0]!.open(options);
}

async function opened(
  path: string,
  raw: AsyncGenerator<Buffer>,
  signal: AbortSignal | undefined,
): Promise<OpenedBytes> {
  const [first, chunks] = await peek(raw, SIGNATURE_BYTES);
  if (first.length === 0) {
    throw new BiogptError("corpora/empty", {
      what: `${path} is empty.`,
      fix: "Check that the file was written fully.",
    });
  }
  const packing = packingOf(first);
  if (packing === undefined) refuseNonText(path, first);
  const [head, content] = await peek(
    packing === undefined ? chunks : unpack(path, packing, chunks, signal),
    HEAD_BYTES,
  );
  if (packing !== undefined) refuseNonText(path, head);
  return { head, isWhole: head.length < HEAD_BYTES, chunks: content };
}

async function beginningOf(path: string): Promise<Buffer> {
  const handle = await open(path, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(SIGNATURE_BYTES), 0, SIGNATURE_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** @param range of the file; default: all of it */
async function* rawBytes(
  path: string,
  { signal, onBytes, standardInput }: ReadOptions,
  range?: { readonly offset: number; readonly length: number },
): AsyncGenerator<Buffer, void> {
  throwIfAborted(signal);
  if (range?.length === 0) return;
  let stream: AsyncIterable<Uint8Array>;
  if (path === "-") {
    if (standardInput === undefined) {
      throw new BiogptError("corpora/no-standard-input", {
        what: "`-` stands for standard input, which is not connected here.",
        fix: "Give a path.",
        kind: "usage",
      });
    }
    stream = standardInput;
  } else {
    await expectFile(path);
    const part = range === undefined ? {} : { start: range.offset, end: range.offset + range.length - 1 };
    stream = createReadStream(path, { highWaterMark: PIECE_BYTES, ...part });
  }
  try {
    for await (const piece of stream) {
      throwIfAborted(signal);
      onBytes?.(piece);
      yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    }
  } catch (error) {
    if (signal?.aborted) throw abortedError(signal);
    if (error instanceof BiogptError) throw error;
    throw new BiogptError("corpora/read", {
      what: `${path} could not be read: ${error instanceof Error ? error.message : String(error)}.`,
      fix: "Check the disk or the network share it lies on.",
      kind: "unavailable",
      cause: error,
    });
  }
}

/** Size in bytes, or undefined for standard input and pipes. */
export async function fileSize(path: string): Promise<number | undefined> {
  return path === "-" ? undefined : await expectFile(path);
}

async function expectFile(path: string): Promise<number | undefined> {
  const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
    throw new BiogptError("corpora/not-found", {
      what: `${path} does not exist.`,
      fix: "Check the path; `-` reads standard input.",
      kind: "not-found",
      cause: error,
    });
  });
  if (stats.isDirectory()) {
    throw new BiogptError("corpora/is-folder", {
      what: `${path} is a folder.`,
      fix: `Name its files, for example ${path.replace(/\/$/, "")}/*.gz`,
    });
  }
  return stats.isFile() ? stats.size : undefined;
}

function refuseNonText(path: string, first: Buffer): void {
  const signature = signatureOf(first);
  if (signature === undefined) return;
  throw new BiogptError(signature.isArchive ? "corpora/archive" : "corpora/not-a-document", {
    what: `${path} is ${signature.name}.`,
    why: signature.isArchive
      ? "Plain files are read, gzip, Zstandard, and zip where it is a file by itself; other archives are not."
      : "Text is read, plain or packed.",
    fix: signature.fix,
  });
}

/** The first `size` bytes (fewer only at the end), and the whole again from the start. */
async function peek(
  chunks: AsyncGenerator<Buffer, void>,
  size: number,
): Promise<[Buffer, AsyncGenerator<Buffer, void>]> {
  const first: Buffer[] = [];
  let length = 0;
  while (length < size) {
    const { value, done } = await chunks.next();
    if (done || value === undefined) break;
    first.push(value);
    length += value.length;
  }
  const head = first.length === 1 ? first[0]! : Buffer.concat(first);
  async function* again(): AsyncGenerator<Buffer, void> {
    try {
      if (head.length > 0) yield head;
      yield* chunks;
    } finally {
      await chunks.return();
    }
  }
  return [head, again()];
}

/** Decodes a whole record; UTF-8 is checked, never repaired. @throws BiogptError `corpora/utf-8` naming the byte */
export function decodeUtf8(bytes: Buffer, path: string, byteOffset: number): string {
  if (isAscii(bytes)) return bytes.toString("latin1"); // a copy of memory, and a string of one byte a character
  if (isUtf8(bytes)) return bytes.toString("utf8");
  let good = 0; //  longest valid prefix, by halving: validity of a prefix that ends between characters is monotonous
  for (let step = 2 ** Math.ceil(Math.log2(bytes.length + 1)); step >= 1; step /= 2) {
    if (good + step <= bytes.length && isUtf8(completeCharacters(bytes.subarray(0, good + step)))) good += step;
  }
  good = completeCharacters(bytes.subarray(0, good)).length; //  an invalid character may look like a beginning
  throw new BiogptError("corpora/utf-8", {
    what: `${path} is not valid UTF-8: byte ${byteOffset + good} is 0x${(bytes[Math.min(good, bytes.length - 1)] ?? 0).toString(16).padStart(2, "0")}.`,
    why: "Text in another encoding would be read as garbage.",
    fix: "Convert it first, for example with `iconv -f WINDOWS-1252 -t UTF-8`.",
  });
}

/** Stands for bytes that are not UTF-8 where a reader decodes by itself. No text holds it: zero characters are refused. */
export const NOT_UTF8 = "\0\ufffd";

/**
 * The bytes of a text, in pieces that end between two characters. Of a line that is not UTF-8 the wrong bytes come as `NOT_UTF8`.
 *
 * @param onBad takes the error of each such line (of its part in a piece)
 */
export async function* markedUtf8(
  path: string,
  chunks: AsyncIterable<Buffer>,
  onBad: (error: BiogptError) => void,
): AsyncGenerator<Buffer, void> {
  let rest: Buffer = Buffer.alloc(0);
  let offset = 0;
  const marked = (bytes: Buffer): Buffer => {
    const lines: Buffer[] = [];
    for (let from = 0, end = 0; from < bytes.length; from = end) {
      end = bytes.indexOf(0x0a, from) + 1 || bytes.length;
      const line = bytes.subarray(from, end);
      if (isUtf8(line)) lines.push(line);
      else {
        try {
          decodeUtf8(line, path, offset + from);
        } catch (error) {
          if (!(error instanceof BiogptError)) throw error;
          onBad(error);
        }
        lines.push(Buffer.from(line.toString("utf8").replaceAll("\ufffd", NOT_UTF8)));
      }
    }
    return Buffer.concat(lines);
  };
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole = completeCharacters(bytes);
    yield isUtf8(whole) ? whole : marked(whole);
    offset += whole.length;
    rest = Buffer.from(bytes.subarray(whole.length));
  }
  if (rest.length > 0) yield marked(rest);
}

/** Without the beginning of a character that the cut left incomplete. */
function completeCharacters(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}
