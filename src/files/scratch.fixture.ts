/** Small hostile files, built by hand for the tests of this folder. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";

const folders: string[] = [];

/** Called after the tests of each file. */
export function removeTemporaryFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** A new empty folder, removed after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "biogpt-test-"));
  folders.push(folder);
  return folder;
}

export function temporaryFile(name: string, bytes: Uint8Array | string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, bytes);
  return path;
}

/** A safetensors file of any header and any data; `headerBytes` lies about its length. */
export function safetensorsBytes(header: unknown, data: Uint8Array = new Uint8Array(), headerBytes?: bigint): Buffer {
  const json =
    header instanceof Uint8Array ? header : Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(headerBytes ?? BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

export interface ZipOptions {
  readonly compressed?: boolean;
  /** Write sizes and places as 64-bit fields. */
  readonly wide?: boolean;
  readonly comment?: string;
}

/** A ZIP archive as PKWARE's APPNOTE describes it, checksums left at zero. */
export function zipBytes(
  entries: Readonly<Record<string, Uint8Array | string>>,
  { compressed = false, wide = false, comment = "" }: ZipOptions = {},
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(entries)) {
    const raw = Buffer.from(content as Uint8Array);
    const data = compressed ? deflateRawSync(raw) : raw;
    const nameBytes = Buffer.from(name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(compressed ? 8 : 0, 8);
    local.writeUInt32LE(data.length, 18);
    local.writeUInt32LE(raw.length, 22);
    local.writeUInt16LE(nameBytes.length, 26);
    const extra = Buffer.alloc(wide ? 28 : 0);
    if (wide) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(24, 2);
      extra.writeBigUInt64LE(BigInt(raw.length), 4);
      extra.writeBigUInt64LE(BigInt(data.length), 12);
      extra.writeBigUInt64LE(BigInt(at), 20);
    }
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(compressed ? 8 : 0, 10);
    central.writeUInt32LE(wide ? 0xffffffff : data.length, 20);
    central.writeUInt32LE(wide ? 0xffffffff : raw.length, 24);
    central.writeUInt16LE(nameBytes.length, 28);
    central.writeUInt16LE(extra.length, 30);
    central.writeUInt32LE(wide ? 0xffffffff : at, 42);
    parts.push(local, nameBytes, data);
    directory.push(central, nameBytes, extra);
    at += 30 + nameBytes.length + data.length;
  }
  const central = Buffer.concat(directory);
  const count = Object.keys(entries).length;
  const end64 = Buffer.alloc(wide ? 76 : 0);
  if (wide) {
    end64.writeUInt32LE(0x06064b50, 0);
    end64.writeBigUInt64LE(44n, 4);
    end64.writeBigUInt64LE(BigInt(count), 24);
    end64.writeBigUInt64LE(BigInt(count), 32);
    end64.writeBigUInt64LE(BigInt(central.length), 40);
    end64.writeBigUInt64LE(BigInt(at), 48);
    end64.writeUInt32LE(0x07064b50, 56);
    end64.writeBigUInt64LE(BigInt(at + central.length), 64);
    end64.writeUInt32LE(1, 72);
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(wide ? 0xffff : count, 8);
  end.writeUInt16LE(wide ? 0xffff : count, 10);
  end.writeUInt32LE(wide ? 0xffffffff : central.length, 12);
  end.writeUInt32LE(wide ? 0xffffffff : at, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...parts, central, end64, end, Buffer.from(comment)]);
}

/** A pickle of protocol 2 out of text pieces (one character a byte); PROTO and STOP are added. */
export function pickleBytes(...pieces: string[]): Buffer {
  return Buffer.from(`\x80\x02${pieces.join("")}.`, "latin1");
}

/** BINUNICODE of a short text. */
export function unicode(text: string): string {
  return `X${String.fromCharCode(text.length)}\0\0\0${text}`;
}

/** `torch._utils._rebuild_tensor_v2` of a storage: what torch.save writes for a tensor. */
export function tensorPickle({
  key = "0",
  type = "FloatStorage",
  length = 6,
  offset = 0,
  shape = [2, 3],
  strides = [3, 1],
}: {
  key?: string;
  type?: string;
  length?: number;
  offset?: number;
  shape?: number[];
  strides?: number[];
} = {}): string {
  const integer = (value: number): string => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return `\x8a\x08${bytes.toString("latin1")}`; // LONG1
  };
  const tuple = (values: number[]): string => `(${values.map(integer).join("")}t`;
  const storage = `(${unicode("storage")}ctorch\n${type}\n${unicode(key)}${unicode("cpu")}${integer(length)}tQ`;
  return `ctorch._utils\n_rebuild_tensor_v2\n(${storage}${integer(offset)}${tuple(shape)}${tuple(strides)}\x89ccollections\nOrderedDict\n)RtR`;
}

/** A torch archive with the tensor `weight`, or with a pickle of its own. */
export function torchBytes(
  pickle: Uint8Array = pickleBytes("}", unicode("weight"), tensorPickle(), "s"),
  data: Readonly<Record<string, Uint8Array | string>> = { "0": new Uint8Array(24) },
  options: ZipOptions = {},
): Buffer {
  const entries = Object.fromEntries(Object.entries(data).map(([key, bytes]) => [`archive/data/${key}`, bytes]));
  return zipBytes({ "archive/data.pkl": pickle, ...entries, "archive/version": "3\n" }, options);
}
