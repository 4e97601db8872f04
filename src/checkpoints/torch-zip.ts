/**
 * The entries of a PyTorch archive, by name, with the place of each one's bytes in the file: torch.save stores them without compression, so that
 * weights can be used where they lie.
 */
import { BiogptError } from "../base/errors.ts";
import { readZipEntries, type ZipErrors, zipEntryOffset as zipOffset } from "../files/zip-directory.ts";
import type { CheckpointFile } from "./checkpoint-file.ts";

export interface ZipEntry {
  readonly name: string;
  /** Bytes in the file; the same as uncompressed where the entry is stored. */
  readonly size: number;
  readonly stored: boolean;
  readonly headerOffset: number;
}

/** A file of 48 layers has 776 entries; sharded and optimizer states a few thousand. */
const LIMITS = { entries: 1_000_000, directoryBytes: 256 * 2 ** 20 };

/** @throws BiogptError `checkpoints/bad-zip`, `checkpoints/truncated`, `checkpoints/duplicate-name` */
export async function readZipDirectory(file: CheckpointFile): Promise<Map<string, ZipEntry>> {
  const errors = errorsOf(file);
  const entries = new Map<string, ZipEntry>();
  for (const { name, packed, size, method, encrypted, headerOffset } of await readZipEntries(file, LIMITS, errors)) {
    if (entries.has(name)) {
      throw new BiogptError("checkpoints/duplicate-name", {
        what: `${file.path} has two entries named ${JSON.stringify(name)}.`,
        fix: "Save the file again with torch.save.",
      });
    }
    const stored = method === 0 && !encrypted;
    if (stored && packed !== size) throw errors.damaged(`the entry ${JSON.stringify(name)} has two different sizes`);
    entries.set(name, { name, size: packed, stored, headerOffset });
  }
  return entries;
}

/** @returns bytes from the start of the file to the first of the entry's own */
export async function zipEntryOffset(file: CheckpointFile, entry: ZipEntry): Promise<number> {
  if (!entry.stored) {
    throw new BiogptError("checkpoints/compressed-zip", {
      what: `${file.path}: the entry ${JSON.stringify(entry.name)} is compressed or encrypted.`,
      why: "Weights are used where they lie in the file; torch.save stores them as they are, so the archive was packed again.",
      fix: "Unpack it and pack it again without compression (zip -0 -r), or save it again with torch.save.",
    });
  }
  return await zipOffset(file, { ...entry, packed: entry.size }, errorsOf(file));
}

function errorsOf({ path }: CheckpointFile): ZipErrors {
  return {
    damaged: (what) =>
      new BiogptError("checkpoints/bad-zip", {
        what: `${path}: the PyTorch (ZIP) archive is damaged: ${what}.`,
        fix: "Fetch the file again, or save it again with torch.save.",
      }),
    cutOff: () =>
      new BiogptError("checkpoints/truncated", {
        what: `${path} is cut off: it begins as a PyTorch (ZIP) archive but does not end as one.`,
        why: "A download or a copy that was broken off leaves such a file.",
        fix: "Fetch or copy it again; `biogpt pull` goes on where it stopped and checks the result.",
      }),
  };
}
