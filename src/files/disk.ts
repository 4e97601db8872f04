/** What training does with files beyond the plain calls: sizes, room on the disk, and a full or read-only disk told as such. */
import { statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { resolve } from "node:path";
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
    cause: error,
  });
}

/** @throws BiogptError `files/read-only`, `files/forbidden` when that is what the error says of the folder, or of a file in it */
export function throwIfUnwritable(error: unknown, folder: string): void {
  const { code, path } = error as NodeJS.ErrnoException;
  if (path === undefined || !resolve(path).startsWith(resolve(folder))) return;
  if (code === "EROFS") {
    throw new BiogptError("files/read-only", {
      what: `Nothing can be written to ${folder}.`,
      why: "Its disk is mounted read-only.",
      fix: "Name another folder with --out.",
      cause: error,
    });
  }
  if (code === "EACCES" || code === "EPERM") {
    throw new BiogptError("files/forbidden", {
      what: `Nothing may be written to ${folder}.`,
      why: (error as Error).message,
      fix: "Check its permissions, or name another folder with --out.",
      cause: error,
    });
  }
}

/**
 * Asked before long work: whether what it will write finds room.
 *
 * @param bytes that must be free on the folder's disk
 * @param content for the message: "a checkpoint"
 * @throws BiogptError `training/disk-full`
 */
export async function expectRoom(folder: string, bytes: number, content: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  const megabytes = (count: number): string => `${Math.ceil(count / 1e6).toLocaleString("en-US")} MB`;
  throw new BiogptError("training/disk-full", {
    what: `The disk of ${folder} has ${megabytes(free)} left; ${content} takes ${megabytes(bytes)}.`,
    fix: "Free some space, or name a folder on another disk with --out.",
  });
}
