/** The embedded models' files as a page has them, for tests in Node. */
import { openAsBlob } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ModelFiles } from "./model-files.ts";

/** A folder of models/. */
export function embeddedFolder(name: string): string {
  return fileURLToPath(new URL(`../../models/${name}`, import.meta.url));
}

export async function embeddedFiles(name: string): Promise<ModelFiles> {
  const folder = embeddedFolder(name);
  const names = await readdir(folder);
  return new Map(await Promise.all(names.map(async (file) => [file, await openAsBlob(join(folder, file))] as const)));
}
