/**
 * The entries of a zip or tar file in memory: DDICorpus-2013.zip and hoc.tar.gz are read as they are downloaded.
 *
 * Follows  PKWARE's APPNOTE 6.3 (central directory; stored and deflated entries) and POSIX ustar.
 * Left out zip64, encryption, several volumes, links; pax and GNU long names are not used by these corpora.
 */
import { inflateRawSync } from "node:zlib";
import { BiogptError } from "../base/errors.ts";

/** DDICorpus has 2,048 entries. */
const MAX_ENTRIES = 100_000;
/** The largest entry of the corpora has 100 kB; a bomb stops here. */
const MAX_ENTRY_BYTES = 64 * 1024 * 1024;

export interface ArchiveEntry {
  readonly name: string;
  read(): Uint8Array;
}

export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

export function isTar(bytes: Uint8Array): boolean {
  return bytes.length >= 512 && Buffer.from(bytes.subarray(257, 262)).toString("latin1") === "ustar";
}

/** @throws BiogptError `corpora/archive` */
export function archiveEntries(bytes: Uint8Array, name: string): ArchiveEntry[] {
  if (isZip(bytes)) return zipEntries(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), name);
  if (isTar(bytes)) return tarEntries(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), name);
  throw broken(name, "it is neither a zip nor a tar file");
}

function zipEntries(bytes: Buffer, name: string): ArchiveEntry[] {
  // The end record stands within the last 64 KiB + 22 bytes, before a comment.
  const end = bytes.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (end < 0 || end + 22 > bytes.length) throw broken(name, "its directory is missing, so it is cut off");
  const count = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  if (count > MAX_ENTRIES) throw broken(name, `it has ${count} entries, more than ${MAX_ENTRIES}`);
  const entries: ArchiveEntry[] = [];
  for (let index = 0; index < count; index++) {
    if (at + 46 > end || bytes.readUInt32LE(at) !== 0x02014b50)
      throw broken(name, `entry ${index} of its directory is damaged`);
    const method = bytes.readUInt16LE(at + 10);
    const packed = bytes.readUInt32LE(at + 20);
    const size = bytes.readUInt32LE(at + 24);
    const nameLength = bytes.readUInt16LE(at + 28);
    const local = bytes.readUInt32LE(at + 42);
    const entryName = bytes.toString("utf8", at + 46, at + 46 + nameLength);
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    if (entryName.endsWith("/")) continue;
    entries.push({
      name: entryName,
      read() {
        const place = `${name}, entry ${entryName}`;
        if (size > MAX_ENTRY_BYTES) throw broken(place, `it claims ${size} bytes, more than ${MAX_ENTRY_BYTES}`);
        if (local + 30 > bytes.length || bytes.readUInt32LE(local) !== 0x04034b50)
          throw broken(place, "its header is damaged");
        const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
        if (start + packed > bytes.length) throw broken(place, "it is cut off");
        const data = bytes.subarray(start, start + packed);
        const content = method === 0 ? data : inflate(data, method, place);
        if (content.length !== size) throw broken(place, `it holds ${content.length} bytes and claims ${size}`);
        return content;
      },
    });
  }
  return entries;
}

function inflate(data: Uint8Array, method: number, place: string): Uint8Array {
  if (method !== 8) throw broken(place, `it is packed by method ${method}; only stored and deflated entries are read`);
  try {
    return inflateRawSync(data, { maxOutputLength: MAX_ENTRY_BYTES });
  } catch (cause) {
    throw broken(place, (cause as Error).message);
  }
}

function tarEntries(bytes: Buffer, name: string): ArchiveEntry[] {
  const entries: ArchiveEntry[] = [];
  const text = (start: number, length: number): string =>
    bytes.toString("utf8", start, start + length).replace(/\0.*$/s, "");
  for (let at = 0; at + 512 <= bytes.length; ) {
    if (bytes[at] === 0) break; // two empty blocks end the archive
    const size = Number.parseInt(text(at + 124, 12).trim() || "0", 8);
    const type = text(at + 156, 1);
    const prefix = text(at + 345, 155);
    const entryName = prefix === "" ? text(at, 100) : `${prefix}/${text(at, 100)}`;
    const start = at + 512;
    if (!Number.isSafeInteger(size) || size < 0 || start + size > bytes.length)
      throw broken(`${name}, entry ${entryName}`, "it is cut off");
    if (type === "" || type === "0") entries.push({ name: entryName, read: () => bytes.subarray(start, start + size) });
    if (entries.length > MAX_ENTRIES) throw broken(name, `it has more than ${MAX_ENTRIES} entries`);
    at = start + Math.ceil(size / 512) * 512;
  }
  return entries;
}

function broken(name: string, why: string): BiogptError {
  return new BiogptError("corpora/archive", {
    what: `${name} cannot be unpacked: ${why}.`,
    fix: "Fetch the file again, or unpack it yourself and name the folder.",
  });
}
