/**
 * The directory of a ZIP archive, with the place of each entry's bytes in the file. Follows PKWARE's APPNOTE 6.3.10,
 * with 64-bit sizes; torch.save writes such archives, its entries stored without compression.
 *
 * Left out: decompression and encryption (an entry that needs them is refused when it is asked for), archives in several
 * parts, and checksums: torch.save may be told to write none, and the check would read every weight.
 */
import { BiogptError } from "../base/errors.ts";
import type { CheckpointFile } from "./checkpoint-file.ts";

export interface ZipEntry {
  readonly name: string;
  /** Bytes in the file; the same as uncompressed where the entry is stored. */
  readonly size: number;
  readonly stored: boolean;
  readonly headerOffset: number;
}

/** A file of 48 layers has 776 entries; sharded and optimizer states a few thousand. */
const MAX_ENTRIES = 1_000_000;
const MAX_DIRECTORY_BYTES: number = 256 * 2 ** 20;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 65_535;

/** @throws BiogptError `checkpoints/bad-zip`, `checkpoints/truncated`, `checkpoints/duplicate-name` */
export async function readZipDirectory(file: CheckpointFile): Promise<Map<string, ZipEntry>> {
  const { count, size, offset } = await findDirectory(file);
  if (count > MAX_ENTRIES || size > MAX_DIRECTORY_BYTES)
    throw badZip(file.path, `its directory has ${count} entries in ${size} bytes`);
  if (offset + size > file.size) throw badZip(file.path, "its directory does not lie in the file");
  const bytes = await file.read(offset, size, "the directory");
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > size || bytes.readUInt32LE(at) !== 0x02014b50)
      throw badZip(file.path, `its directory breaks off at entry ${i}`);
    const flags = bytes.readUInt16LE(at + 8);
    const method = bytes.readUInt16LE(at + 10);
    const nameLength = bytes.readUInt16LE(at + 28);
    const extraLength = bytes.readUInt16LE(at + 30);
    const commentLength = bytes.readUInt16LE(at + 32);
    const end = at + 46 + nameLength + extraLength + commentLength;
    if (end > size) throw badZip(file.path, `its directory breaks off at entry ${i}`);
    const name = bytes.toString("utf8", at + 46, at + 46 + nameLength);
    const extra = bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    const [uncompressed, compressed, headerOffset] = wide(file.path, extra, [
      bytes.readUInt32LE(at + 24),
      bytes.readUInt32LE(at + 20),
      bytes.readUInt32LE(at + 42),
    ]);
    if (entries.has(name)) {
      throw new BiogptError("checkpoints/duplicate-name", {
        what: `${file.path} has two entries named ${JSON.stringify(name)}.`,
        fix: "Save the file again with torch.save.",
      });
    }
    const stored = method === 0 && (flags & 1) === 0;
    if (stored && compressed !== uncompressed)
      throw badZip(file.path, `the entry ${JSON.stringify(name)} has two different sizes`);
    entries.set(name, { name, size: compressed!, stored, headerOffset: headerOffset! });
    at = end;
  }
  return entries;
}

/** @returns bytes from the start of the file to the first of the entry's own */
export async function zipEntryOffset(file: CheckpointFile, entry: ZipEntry): Promise<number> {
  const quoted = JSON.stringify(entry.name);
  if (!entry.stored) {
    throw new BiogptError("checkpoints/compressed-zip", {
      what: `${file.path}: the entry ${quoted} is compressed or encrypted.`,
      why: "Weights are used where they lie in the file; torch.save stores them as they are, so the archive was packed again.",
      fix: "Unpack it and pack it again without compression (zip -0 -r), or save it again with torch.save.",
    });
  }
  if (entry.headerOffset + 30 > file.size) throw badZip(file.path, `the entry ${quoted} does not lie in the file`);
  const header = await file.read(entry.headerOffset, 30, `the header of ${quoted}`);
  if (header.readUInt32LE(0) !== 0x04034b50)
    throw badZip(file.path, `the entry ${quoted} has no header where it should`);
  const offset = entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (offset + entry.size > file.size) throw badZip(file.path, `the entry ${quoted} does not lie in the file`);
  return offset;
}

async function findDirectory(file: CheckpointFile): Promise<{ count: number; size: number; offset: number }> {
  const tailLength = Math.min(file.size, END_BYTES + MAX_COMMENT_BYTES);
  const tailStart = file.size - tailLength;
  const tail = await file.read(tailStart, tailLength, "the end of the archive");
  for (let at = tailLength - END_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== 0x06054b50 || at + END_BYTES + tail.readUInt16LE(at + 20) !== tailLength) continue;
    const end = {
      count: tail.readUInt16LE(at + 10),
      size: tail.readUInt32LE(at + 12),
      offset: tail.readUInt32LE(at + 16),
    };
    const needsWide = end.count === 0xffff || end.size === 0xffffffff || end.offset === 0xffffffff;
    return needsWide ? await findWideDirectory(file, tailStart + at) : end;
  }
  throw new BiogptError("checkpoints/truncated", {
    what: `${file.path} is cut off: it begins as a PyTorch (ZIP) archive but does not end as one.`,
    why: "A download or a copy that was broken off leaves such a file.",
    fix: "Fetch or copy it again; `biogpt pull` goes on where it stopped and checks the result.",
  });
}

async function findWideDirectory(
  file: CheckpointFile,
  endAt: number,
): Promise<{ count: number; size: number; offset: number }> {
  if (endAt < 20) throw badZip(file.path, "its 64-bit directory is missing");
  const locator = await file.read(endAt - 20, 20, "the place of the 64-bit directory");
  if (locator.readUInt32LE(0) !== 0x07064b50) throw badZip(file.path, "its 64-bit directory is missing");
  const at = safe(file.path, locator.readBigUInt64LE(8));
  if (at + 56 > file.size) throw badZip(file.path, "its 64-bit directory does not lie in the file");
  const end = await file.read(at, 56, "the 64-bit directory");
  if (end.readUInt32LE(0) !== 0x06064b50) throw badZip(file.path, "its 64-bit directory is missing");
  return {
    count: safe(file.path, end.readBigUInt64LE(32)),
    size: safe(file.path, end.readBigUInt64LE(40)),
    offset: safe(file.path, end.readBigUInt64LE(48)),
  };
}

/** Replaces each field that is all ones by its 64-bit value from extra field 1, which holds only those, in this order. */
function wide(path: string, extra: Buffer, fields: readonly number[]): number[] {
  if (!fields.includes(0xffffffff)) return [...fields];
  let at = 0;
  while (at + 4 <= extra.length && extra.readUInt16LE(at) !== 1) at += 4 + extra.readUInt16LE(at + 2);
  at += 4;
  return fields.map((field) => {
    if (field !== 0xffffffff) return field;
    if (at + 8 > extra.length) throw badZip(path, "a 64-bit size is missing");
    at += 8;
    return safe(path, extra.readBigUInt64LE(at - 8));
  });
}

function safe(path: string, value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw badZip(path, `it names the size or place ${value}`);
  return Number(value);
}

function badZip(path: string, what: string): BiogptError {
  return new BiogptError("checkpoints/bad-zip", {
    what: `${path}: the PyTorch (ZIP) archive is damaged: ${what}.`,
    fix: "Fetch the file again, or save it again with torch.save.",
  });
}
