/**
 * The directory of a ZIP archive, with the place of each entry's bytes in the file. Follows PKWARE's APPNOTE 6.3.10, with 64-bit sizes.
 *
 * Left out: encryption and archives in several parts. Checksums are given, not checked: torch.save may be told to write none, and the check would read
 * every weight.
 */

/** What is read from. */
export interface ZipSource {
  readonly size: number;
  /** @param what of it, for an error */
  read(offset: number, length: number, what: string): Promise<Buffer>;
}

export interface ZipEntry {
  readonly name: string;
  /** Bytes in the file. */
  readonly packed: number;
  /** Bytes of the content. */
  readonly size: number;
  /** CRC-32 of the content; 0 where it was not written. */
  readonly checksum: number;
  /** 0 stored, 8 deflated; others as the APPNOTE lists them. */
  readonly method: number;
  readonly encrypted: boolean;
  readonly headerOffset: number;
}

export interface ZipLimits {
  readonly entries: number;
  readonly directoryBytes: number;
}

/** Makes the errors of whoever reads. */
export interface ZipErrors {
  damaged(what: string): Error;
  /** The archive's end is missing. */
  cutOff(): Error;
}

const END_BYTES = 22;
const MAX_COMMENT_BYTES = 65_535;

export async function readZipEntries(source: ZipSource, limits: ZipLimits, errors: ZipErrors): Promise<ZipEntry[]> {
  const { count, size, offset } = await findDirectory(source, errors);
  if (count > limits.entries || size > limits.directoryBytes)
    throw errors.damaged(`its directory has ${count} entries in ${size} bytes`);
  if (offset + size > source.size) throw errors.damaged("its directory does not lie in the file");
  const bytes = await source.read(offset, size, "the directory");
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > size || bytes.readUInt32LE(at) !== 0x02014b50)
      throw errors.damaged(`its directory breaks off at entry ${i}`);
    const nameLength = bytes.readUInt16LE(at + 28);
    const extraLength = bytes.readUInt16LE(at + 30);
    const end = at + 46 + nameLength + extraLength + bytes.readUInt16LE(at + 32);
    if (end > size) throw errors.damaged(`its directory breaks off at entry ${i}`);
    const extra = bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    const fields = [bytes.readUInt32LE(at + 24), bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 42)];
    const [uncompressed, packed, headerOffset] = wide(extra, fields, errors);
    entries.push({
      name: bytes.toString("utf8", at + 46, at + 46 + nameLength),
      packed: packed!,
      size: uncompressed!,
      checksum: bytes.readUInt32LE(at + 16),
      method: bytes.readUInt16LE(at + 10),
      encrypted: (bytes.readUInt16LE(at + 8) & 1) !== 0,
      headerOffset: headerOffset!,
    });
    at = end;
  }
  return entries;
}

/** @returns bytes from the start of the file to the first of the entry's own */
export async function zipEntryOffset(
  source: ZipSource,
  entry: Pick<ZipEntry, "name" | "headerOffset" | "packed">,
  errors: ZipErrors,
): Promise<number> {
  const quoted = JSON.stringify(entry.name);
  const outside = (): Error => errors.damaged(`the entry ${quoted} does not lie in the file`);
  if (entry.headerOffset + 30 > source.size) throw outside();
  const header = await source.read(entry.headerOffset, 30, `the header of ${quoted}`);
  if (header.readUInt32LE(0) !== 0x04034b50) throw errors.damaged(`the entry ${quoted} has no header where it should`);
  const offset = entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (offset + entry.packed > source.size) throw outside();
  return offset;
}

interface DirectoryPlace {
  readonly count: number;
  readonly size: number;
  readonly offset: number;
}

async function findDirectory(source: ZipSource, errors: ZipErrors): Promise<DirectoryPlace> {
  const tailLength = Math.min(source.size, END_BYTES + MAX_COMMENT_BYTES);
  const tailStart = source.size - tailLength;
  const tail = await source.read(tailStart, tailLength, "the end of the archive");
  for (let at = tailLength - END_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== 0x06054b50 || at + END_BYTES + tail.readUInt16LE(at + 20) !== tailLength) continue;
    const end = {
      count: tail.readUInt16LE(at + 10),
      size: tail.readUInt32LE(at + 12),
      offset: tail.readUInt32LE(at + 16),
    };
    const needsWide = end.count === 0xffff || end.size === 0xffffffff || end.offset === 0xffffffff;
    return needsWide ? await findWideDirectory(source, tailStart + at, errors) : end;
  }
  throw errors.cutOff();
}

async function findWideDirectory(source: ZipSource, endAt: number, errors: ZipErrors): Promise<DirectoryPlace> {
  const missing = (): Error => errors.damaged("its 64-bit directory is missing");
  if (endAt < 20) throw missing();
  const locator = await source.read(endAt - 20, 20, "the place of the 64-bit directory");
  if (locator.readUInt32LE(0) !== 0x07064b50) throw missing();
  const at = safe(locator.readBigUInt64LE(8), errors);
  if (at + 56 > source.size) throw errors.damaged("its 64-bit directory does not lie in the file");
  const end = await source.read(at, 56, "the 64-bit directory");
  if (end.readUInt32LE(0) !== 0x06064b50) throw missing();
  return {
    count: safe(end.readBigUInt64LE(32), errors),
    size: safe(end.readBigUInt64LE(40), errors),
    offset: safe(end.readBigUInt64LE(48), errors),
  };
}

/** Replaces each field that is all ones by its 64-bit value from extra field 1, which holds only those, in this order. */
function wide(extra: Buffer, fields: readonly number[], errors: ZipErrors): number[] {
  if (!fields.includes(0xffffffff)) return [...fields];
  let at = 0;
  while (at + 4 <= extra.length && extra.readUInt16LE(at) !== 1) at += 4 + extra.readUInt16LE(at + 2);
  at += 4;
  return fields.map((field) => {
    if (field !== 0xffffffff) return field;
    if (at + 8 > extra.length) throw errors.damaged("a 64-bit size is missing");
    at += 8;
    return safe(extra.readBigUInt64LE(at - 8), errors);
  });
}

function safe(value: bigint, errors: ZipErrors): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw errors.damaged(`it names the size or place ${value}`);
  return Number(value);
}
