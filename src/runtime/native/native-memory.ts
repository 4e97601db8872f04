/**
 * Memory outside of JavaScript's heap: zeroed pages, memory-mapped files, tables of pointers.
 *
 * A block is counted: tensors, views and runs in flight hold it. When nobody does, its pages go back to the system at once;
 * its addresses stay reserved until the last typed array over them is collected, so that an array kept too long reads zeros
 * instead of crashing the process. (ArrayBuffers over foreign memory cannot be detached in Node 20.)
 *
 * Pages come from mmap on Linux and macOS and from VirtualAlloc on Windows: zeroed, and real only when touched.
 */
import { closeSync, fstatSync, openSync } from "node:fs";
import koffi from "koffi";
import { BiogptError } from "../../base/errors.ts";
import { outOfMemory, type Pointer } from "./onnxruntime-api.ts";

/** Longest ArrayBuffer of Node 20, in bytes; koffi ends the process above it. */
const LONGEST_VIEW = 2 ** 32;

interface Pages {
  /** Zeroed, writable. @throws BiogptError `runtime/out-of-memory` */
  allocate(byteLength: number): bigint;
  free(address: bigint, byteLength: number): void;
  /** Gives the physical pages back and keeps the addresses, where the system can do that. */
  discard(address: bigint, byteLength: number): void;
  /** A private, copy-on-write mapping: writing to it changes no file. */
  mapFile(file: string, byteLength: number): bigint;
  unmapFile(address: bigint, byteLength: number): void;
}

/** Memory given back when its last user lets go of it. */
export class Block {
  readonly address: bigint;
  readonly byteLength: number;
  readonly #free: () => void;
  readonly #discard: (() => void) | undefined;
  #users = 1;
  #arrays = 0;

  /** @param discard gives the contents back while typed arrays still view the block */
  constructor(address: bigint, byteLength: number, free: () => void, discard?: () => void) {
    this.address = address;
    this.byteLength = byteLength;
    this.#free = free;
    this.#discard = discard;
  }

  retain(): this {
    this.#users++;
    return this;
  }

  release(): void {
    this.#users--;
    if (this.#users > 0) return;
    if (this.#arrays === 0) this.#free();
    else this.#discard?.();
  }

  /** An ArrayBuffer over a part of the block. */
  view(byteOffset: number, byteLength: number): ArrayBuffer {
    if (byteLength === 0) return new ArrayBuffer(0);
    if (byteLength >= LONGEST_VIEW) {
      throw new BiogptError("runtime/not-viewable", {
        what: `A tensor of ${byteLength} bytes cannot be viewed as one typed array.`,
        why: "JavaScript's arrays end at 4 GiB.",
        fix: "View it in parts: device.view(tensor, byteOffset, dtype, shape).",
      });
    }
    const buffer = koffi.view(this.address + BigInt(byteOffset), byteLength);
    this.#arrays++;
    buffers.register(buffer, this);
    return buffer;
  }

  /** A copy of a part of the block. Unlike a view it does not keep the block until the array is collected. */
  copy(byteOffset: number, byteLength: number): ArrayBuffer {
    const buffer = new ArrayBuffer(byteLength);
    if (byteLength > 0) copyNative(new Uint8Array(buffer), this.address + BigInt(byteOffset), byteLength);
    return buffer;
  }

  arrayCollected(): void {
    this.#arrays--;
    if (this.#arrays === 0 && this.#users === 0) this.#free();
  }
}

const buffers = new FinalizationRegistry<Block>((block) => block.arrayCollected());

/** @throws BiogptError `runtime/out-of-memory` */
export function allocateBlock(byteLength: number): Block {
  const length = Math.max(byteLength, 1);
  const address = pages().allocate(length);
  return new Block(
    address,
    byteLength,
    () => pages().free(address, length),
    () => pages().discard(address, length),
  );
}

/** Maps a whole file. Its bytes are read from disk when they are first used. */
export function mapFile(file: string): Block {
  let byteLength: number;
  try {
    const descriptor = openSync(file, "r");
    try {
      byteLength = fstatSync(descriptor).size;
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    throw new BiogptError("runtime/weights", {
      what: `The weights file ${file} cannot be opened.`,
      why: cause instanceof Error ? cause.message : String(cause),
      kind: "not-found",
      cause,
    });
  }
  if (byteLength === 0) return new Block(0n, 0, () => undefined);
  const address = pages().mapFile(file, byteLength);
  return new Block(address, byteLength, () => pages().unmapFile(address, byteLength));
}

/** A native array of pointers or of 64-bit numbers. */
export class PointerTable implements Disposable {
  readonly address: bigint;

  constructor(values: readonly bigint[]) {
    this.address = koffi.alloc("uint64_t", Math.max(values.length, 1)) as bigint;
    // One by one: koffi 3.3 keeps 19 bytes for good each time that it writes several at once.
    for (const [i, value] of values.entries()) koffi.encode(this.address + BigInt(8 * i), "uint64_t", value);
  }

  get(index: number): bigint {
    return BigInt(koffi.decode.uint64(this.address + BigInt(8 * index)));
  }

  [Symbol.dispose](): void {
    koffi.free(this.address);
  }
}

/** Zero-terminated UTF-8 strings and a table of pointers to them. */
export class StringTable implements Disposable {
  readonly #strings: readonly bigint[];
  readonly #table: PointerTable;

  constructor(strings: readonly string[]) {
    this.#strings = strings.map((string) => {
      const bytes = Buffer.from(`${string}\0`, "utf8");
      const address = koffi.alloc("uint8_t", bytes.length) as bigint;
      koffi.encode(address, "uint8_t", bytes, bytes.length);
      return address;
    });
    this.#table = new PointerTable(this.#strings);
  }

  get address(): bigint {
    return this.#table.address;
  }

  [Symbol.dispose](): void {
    this.#table[Symbol.dispose]();
    for (const address of this.#strings) koffi.free(address);
  }
}

/** A copy of bytes in native memory, where nothing moves them. */
export function copyToBlock(bytes: Uint8Array): Block {
  const block = allocateBlock(bytes.byteLength);
  new Uint8Array(block.view(0, bytes.byteLength)).set(bytes);
  return block;
}

// The array lies over an ArrayBuffer, which the garbage collector does not move, and the call returns before anything else runs.
let memcpy: ((to: Uint8Array, from: bigint, length: number) => unknown) | undefined;

function copyNative(to: Uint8Array, from: bigint, length: number): void {
  memcpy ??= koffi
    .load(process.platform === "win32" ? "msvcrt.dll" : null)
    .func("void *memcpy(void *to, void *from, size_t length)") as unknown as NonNullable<typeof memcpy>;
  memcpy(to, from, length);
}

let system: Pages | undefined;

function pages(): Pages {
  system ??= process.platform === "win32" ? windowsPages() : posixPages();
  return system;
}

function describeBytes(byteLength: number): string {
  return byteLength >= 1e9 ? `${(byteLength / 1e9).toFixed(1)} GB` : `${(byteLength / 1e6).toFixed(1)} MB`;
}

function posixPages(): Pages {
  const library = koffi.load(null);
  const mmap = library.func(
    "void *mmap(void *address, size_t length, int protection, int flags, int file, int64_t offset)",
  );
  const munmap = library.func("int munmap(void *address, size_t length)");
  const madvise = library.func("int madvise(void *address, size_t length, int advice)");
  const READ_WRITE = 3;
  const PRIVATE = 0x02;
  const ANONYMOUS = process.platform === "darwin" ? 0x1000 : 0x20;
  const FAILED = 2n ** 64n - 1n;
  const DISCARD = process.platform === "darwin" ? 5 /* MADV_FREE */ : 4; /* MADV_DONTNEED */
  return {
    allocate(byteLength) {
      const address = mmap(null, byteLength, READ_WRITE, PRIVATE | ANONYMOUS, -1, 0) as bigint;
      if (address === FAILED) throw outOfMemory(`${describeBytes(byteLength)} of memory could not be allocated.`);
      return address;
    },
    free: (address, byteLength) => void munmap(address, byteLength),
    discard: (address, byteLength) => void madvise(address, byteLength, DISCARD),
    mapFile(file, byteLength) {
      const descriptor = openSync(file, "r");
      try {
        const address = mmap(null, byteLength, READ_WRITE, PRIVATE, descriptor, 0) as bigint;
        if (address === FAILED) throw mapFailed(file, byteLength, koffi.errno());
        return address;
      } finally {
        closeSync(descriptor);
      }
    },
    unmapFile: (address, byteLength) => void munmap(address, byteLength),
  };
}

function windowsPages(): Pages {
  const kernel = koffi.load("kernel32.dll");
  const VirtualAlloc = kernel.func("void *VirtualAlloc(void *address, size_t size, uint32_t type, uint32_t protect)");
  const VirtualFree = kernel.func("int VirtualFree(void *address, size_t size, uint32_t type)");
  const CreateFileW = kernel.func(
    "void *CreateFileW(str16 name, uint32_t access, uint32_t share, void *security, uint32_t creation, uint32_t flags, void *template)",
  );
  const CreateFileMappingW = kernel.func(
    "void *CreateFileMappingW(void *file, void *security, uint32_t protect, uint32_t sizeHigh, uint32_t sizeLow, str16 name)",
  );
  const MapViewOfFile = kernel.func(
    "void *MapViewOfFile(void *mapping, uint32_t access, uint32_t offsetHigh, uint32_t offsetLow, size_t length)",
  );
  const UnmapViewOfFile = kernel.func("int UnmapViewOfFile(void *address)");
  const CloseHandle = kernel.func("int CloseHandle(void *handle)");
  const GetLastError = kernel.func("uint32_t GetLastError()");
  const COMMIT_AND_RESERVE = 0x3000;
  const RESET = 0x80000;
  const RELEASE = 0x8000;
  const PAGE_READWRITE = 0x04;
  const PAGE_WRITECOPY = 0x08;
  const INVALID_HANDLE = 2n ** 64n - 1n;
  const isNull = (pointer: Pointer): pointer is null => pointer === null || pointer === 0n;
  return {
    allocate(byteLength) {
      const address = VirtualAlloc(null, byteLength, COMMIT_AND_RESERVE, PAGE_READWRITE) as Pointer;
      if (isNull(address)) throw outOfMemory(`${describeBytes(byteLength)} of memory could not be allocated.`);
      return address;
    },
    free: (address) => void VirtualFree(address, 0, RELEASE),
    discard: (address, byteLength) => void VirtualAlloc(address, byteLength, RESET, PAGE_READWRITE),
    mapFile(file, byteLength) {
      const GENERIC_READ = 0x80000000;
      const SHARE_READ_DELETE = 0x1 | 0x4;
      const OPEN_EXISTING = 3;
      const FILE_MAP_COPY = 1;
      const handle = CreateFileW(file, GENERIC_READ, SHARE_READ_DELETE, null, OPEN_EXISTING, 0, null) as bigint;
      if (handle === INVALID_HANDLE) throw mapFailed(file, byteLength, GetLastError() as number);
      const mapping = CreateFileMappingW(handle, null, PAGE_WRITECOPY, 0, 0, null) as Pointer;
      const address = isNull(mapping) ? null : (MapViewOfFile(mapping, FILE_MAP_COPY, 0, 0, 0) as Pointer);
      const reason = GetLastError() as number;
      if (!isNull(mapping)) CloseHandle(mapping); // the view keeps the mapping and the file alive
      CloseHandle(handle);
      if (isNull(address)) throw mapFailed(file, byteLength, reason);
      return address;
    },
    unmapFile: (address) => void UnmapViewOfFile(address),
  };
}

function mapFailed(file: string, byteLength: number, reason: number): BiogptError {
  return new BiogptError("runtime/weights", {
    what: `The weights file ${file} (${describeBytes(byteLength)}) cannot be memory-mapped.`,
    why: `The system says error ${reason}.`,
    fix: "Copy the file to a local disk: some network and FUSE file systems cannot map files.",
    kind: "unavailable",
  });
}
