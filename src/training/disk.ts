/** What training does with files beyond the plain calls: sizes, a full disk told as such, writing all or nothing. */
import { statSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { BiogptError } from "../base/errors.ts";

/** Bytes of a file, or -1 where there is none. */
export function fileBytes(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? -1;
}

/** Writes a file so that its name holds either the old content or the whole new one, also after a power cut. */
export async function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  const partial = `${path}.partial-${process.pid}`;
  let file: FileHandle | undefined;
  try {
    file = await open(partial, "w");
    await file.writeFile(content);
    await file.sync();
    await file.close();
    file = undefined;
    await rename(partial, path);
  } catch (error) {
    await file?.close();
    await rm(partial, { force: true });
    throwIfDiskFull(error, `writing ${path}`);
    throw error;
  }
}

/** @throws BiogptError `training/disk-full` when that is what the error says */
export function throwIfDiskFull(error: unknown, activity: string, fix = "Free some space and run it again."): void {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "ENOSPC" && code !== "EDQUOT") return;
  throw new BiogptError("training/disk-full", {
    what: `The disk is full (${activity}).`,
    why: code === "EDQUOT" ? "Your quota on it is used up." : "No space is left on the device.",
    fix,
    kind: "unavailable",
    cause: error,
  });
}
