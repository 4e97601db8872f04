/** Files that appear whole or not at all: written under a temporary name beside their place, flushed, then renamed. */
import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** A file under its temporary name. Exactly one of `finish` and `discard` ends it. */
export interface AtomicFile {
  /** What is used of Node's FileHandle; named here so that users' type checks do without Node's types. */
  readonly handle: {
    write(bytes: Uint8Array, offset: number, length: number): Promise<{ readonly bytesWritten: number }>;
    writeFile(content: string | Uint8Array): Promise<void>;
  };
  finish(): Promise<void>;
  discard(): Promise<void>;
}

/** Creates missing folders. An existing file stays as it is until `finish`. */
export async function createAtomicFile(path: string): Promise<AtomicFile> {
  const target = resolve(path);
  await mkdir(dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  const handle = await open(temporary, "wx");
  return {
    handle,
    finish: async () => {
      await handle.sync();
      await handle.close();
      await rename(temporary, target);
    },
    discard: async () => {
      await handle.close().catch(() => {});
      await rm(temporary, { force: true });
    },
  };
}

export async function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  const file = await createAtomicFile(path);
  try {
    await file.handle.writeFile(content);
    await file.finish();
  } catch (error) {
    await file.discard();
    throw error;
  }
}
