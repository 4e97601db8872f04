/** What training does with files beyond the plain calls: sizes, a full disk told as such. */
import { statSync } from "node:fs";
import { BiogptError } from "../base/errors.ts";
import { writeFileAtomically } from "./atomic-file.ts";

/** Bytes of a file, or -1 where there is none. */
export function fileBytes(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? -1;
}

/** Writes a file whole or not at all, as checkpoints/ does, and names a full disk. @throws BiogptError `training/disk-full` */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFileAtomically(path, content);
  } catch (error) {
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
