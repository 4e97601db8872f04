/** The files of a zip archive on the disk, each to be read as if it lay there by itself. */
import { open } from "node:fs/promises";
import * as zlib from "node:zlib";
import { BiogptError } from "../base/errors.ts";
import { isBesideData } from "./beside.ts";
import { readZipEntries, type ZipEntry, type ZipErrors, type ZipSource, zipEntryOffset } from "./zip-directory.ts";

/** A year of PubMed as a file an article; the directory of as many has some megabytes. */
const LIMITS = { entries: 1_000_000, directoryBytes: 256 * 2 ** 20 };

export interface ZippedFile {
  /** Path of the archive and the name within. */
  readonly path: string;
  readonly packing: "deflate" | undefined;
  /** The content, checked against what the archive says of it. @throws BiogptError `corpora/archive` */
  checked(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void>;
  /** Where its bytes lie in the archive. */
  range(): Promise<{ readonly offset: number; readonly length: number }>;
}

/** @throws BiogptError `corpora/archive` where it is damaged, encrypted, made to deceive, or holds no file */
export async function zippedFiles(path: string, size: number): Promise<ZippedFile[]> {
  const source: ZipSource = { size, read: (offset, length) => readRange(path, offset, length) };
  const errors = errorsOf(path);
  const all = await readZipEntries(source, LIMITS, errors);
  expectApart(all, errors);
  const entries = all.filter(({ name }) => !name.endsWith("/") && !isBesideData(name));
  if (entries.length === 0) throw errors.damaged("it holds no file");
  return entries.map((entry) => ({
    path: `${path}/${entry.name}`,
    packing: packingOf(entry, errors),
    checked: (content) => checked(content, entry, errors),
    range: async () => ({ offset: await zipEntryOffset(source, entry, errors), length: entry.packed }),
  }));
}

function packingOf({ name, method, encrypted }: ZipEntry, errors: ZipErrors): "deflate" | undefined {
  if (encrypted) throw errors.damaged(`its entry ${JSON.stringify(name)} is encrypted`);
  if (method === 0) return undefined;
  if (method === 8) return "deflate";
  throw errors.damaged(
    `its entry ${JSON.stringify(name)} is packed by method ${method}; stored and deflated ones are read`,
  );
}

/** Damage may end a deflated stream early, as if all were well. */
async function* checked(
  content: AsyncIterable<Buffer>,
  { name, size, checksum }: ZipEntry,
  errors: ZipErrors,
): AsyncGenerator<Buffer, void> {
  const { crc32 } = zlib as { crc32?: (data: Buffer, before: number) => number }; // from Node 20.15 on
  let [bytes, sum] = [0, 0];
  for await (const piece of content) {
    bytes += piece.length;
    sum = crc32?.(piece, sum) ?? 0;
    yield piece;
  }
  const quoted = JSON.stringify(name);
  if (bytes !== size) throw errors.damaged(`its entry ${quoted} has ${bytes} bytes and claims ${size}`);
  if (crc32 !== undefined && checksum !== 0 && sum !== checksum)
    throw errors.damaged(`its entry ${quoted} has another checksum than it claims`);
}

/** Entries that share bytes make terabytes of a few megabytes. */
function expectApart(entries: readonly ZipEntry[], errors: ZipErrors): void {
  const ordered = entries.toSorted((a, b) => a.headerOffset - b.headerOffset);
  for (const [index, { headerOffset, packed }] of ordered.entries()) {
    const next = ordered[index + 1];
    if (next !== undefined && headerOffset + 30 + packed > next.headerOffset)
      throw errors.damaged("its entries overlap");
  }
}

async function readRange(path: string, offset: number, length: number): Promise<Buffer> {
  const handle = await open(path, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function errorsOf(path: string): ZipErrors {
  const damaged = (what: string): BiogptError =>
    new BiogptError("corpora/archive", {
      what: `The zip archive ${path} cannot be read: ${what}.`,
      fix: "Fetch the file again, or unpack it yourself and name the files in it.",
    });
  return { damaged, cutOff: () => damaged("its directory is missing, so it is cut off") };
}
