/** Folders as their files, in the order of their names: what a user names who has a mirror of PubMed. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { isBesideData } from "../../files/beside.ts";

/** Paths as given, each folder replaced by the files in it and below. @throws BiogptError `corpora/empty`; what the disk says */
export async function filesOf(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    const isFolder = path !== "-" && (await stat(path).catch(() => undefined))?.isDirectory() === true;
    if (!isFolder)
      files.push(path); // one that is not there is told by its reader
    else {
      const found = await filesBelow(path);
      if (found.length === 0) {
        throw new BiogptError("corpora/empty", {
          what: `The folder ${path} holds no files.`,
          why: "Checksums, README files and what begins with a dot do not count.",
          fix: "Name a folder with documents, or the files themselves.",
        });
      }
      files.push(...found);
    }
  }
  return files;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter(({ name }) => !isBesideData(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
  const found = await Promise.all(
    names.map(async (entry) =>
      entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)],
    ),
  );
  return found.flat();
}
