/** Files that appear whole or not at all: written under a temporary name beside their place, flushed, then renamed. */
import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { BiogptError } from "../base/errors.ts";

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

/** Creates missing folders. An existing file stays as it is until `finish`. @throws BiogptError `files/is-folder`, before anything is written */
export async function createAtomicFile(path: string): Promise<AtomicFile> {
  const target = resolve(path);
  if ((await stat(target).catch(() => undefined))?.isDirectory() === true)
    throw new BiogptError("files/is-folder", { what: `${path} is a folder.`, fix: "Name a file." });
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

/** Writes a whole file, in pieces that follow one another. @throws what the disk says; the earlier file then stays, and nothing is left beside it */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array | readonly (string | Uint8Array)[],
): Promise<void> {
  const file = await createAtomicFile(path);
  try {
    const pieces = typeof content === "string" || content instanceof Uint8Array ? [content] : content;
    for (const piece of pieces) await file.handle.writeFile(piece);
    await file.finish();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** Whether a file of that name was left by a run that was killed while it wrote. */
export function isUnfinished(name: string): boolean {
  return /\.\d{1,10}\.[0-9a-f]{8}\.tmp$/.test(name);
}
