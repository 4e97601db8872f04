/** The documents of units that wait for a worker: files in the graph's folder, which all machines share, so that no input is read twice. */
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { Document } from "../../corpora/document.ts";
import { writeFileAtomically } from "../../files/atomic-file.ts";

function handOutPath(folder: string, hash: string): string {
  return join(folder, "waiting", `${hash}.json.gz`);
}

export async function handOut(folder: string, hash: string, documents: readonly Document[]): Promise<void> {
  await mkdir(join(folder, "waiting"), { recursive: true });
  await writeFileAtomically(handOutPath(folder, hash), await promisify(gzip)(JSON.stringify(documents)));
}

/** @returns undefined where it was taken back: the unit is done */
export async function handedOut(folder: string, hash: string): Promise<readonly Document[] | undefined> {
  try {
    return JSON.parse(
      (await promisify(gunzip)(await readFile(handOutPath(folder, hash)))).toString("utf8"),
    ) as Document[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export async function takeBack(folder: string, hash: string): Promise<void> {
  await rm(handOutPath(folder, hash), { force: true });
}
