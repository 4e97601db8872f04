/** Finding and reading the files of a task corpus: a folder as it lies there, gzip or not, with hashes and limits. */
import { createHash } from "node:crypto";
import { type Dirent, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { BiogptError } from "../../base/errors.ts";

/** The largest of the five corpora (KD-DTI's train.json) has 24 MB; DrugBank's XML, read as a stream, is not bound by this. */
const MAX_FILE_BYTES = 512 * 1024 * 1024;
/** The original HoC unpacked has 3,405 files; a home folder given by mistake is told so soon. */
const MAX_FILES = 50_000;
const MAX_DEPTH = 6;

export type SplitName = "train" | "valid" | "test";
export const SPLITS: readonly SplitName[] = ["train", "valid", "test"];

/** Something about the data that a user should know before trusting a score. */
export interface DataWarning {
  /** Stable, for example `hoc/valid-equals-test`. */
  readonly code: string;
  readonly text: string;
}

/** The former name of `DataWarning`. */
export type Surprise = DataWarning;

export interface ReadFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Of the file as it lies there. */
  readonly sha256: string;
}

/** Where a corpus comes from: paths below the given folder, and hashes. */
export interface SourceFile {
  readonly name: string;
  readonly sha256: string;
}

/** A path with slashes, for patterns of what lies in which folder; Windows writes backslashes. Names of the corpora hold none. */
export function withSlashes(path: string): string {
  return path.replaceAll("\\", "/");
}

/** Every file below `root` (or `root` itself, if it is a file), sorted, shorter paths first. */
export function listFiles(root: string): string[] {
  if (statSync(root).isFile()) return [root];
  const found: string[] = [];
  const visit = (folder: string, depth: number): void => {
    const entries: Dirent[] = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      if (entry.name.startsWith(".")) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (depth < MAX_DEPTH) visit(path, depth + 1);
      } else if (entry.isFile()) found.push(path);
      if (found.length > MAX_FILES) {
        throw new BiogptError("corpora/too-many-files", {
          what: `${root} holds more than ${MAX_FILES} files.`,
          why: "No task corpus does.",
          fix: "Name the folder of the corpus itself.",
        });
      }
    }
  };
  visit(root, 0);
  return found.sort((a, b) => withSlashes(a).split("/").length - withSlashes(b).split("/").length || (a < b ? -1 : 1));
}

/** Reads a file and unpacks gzip, whatever its name says. */
export function readBytes(path: string): ReadFile {
  const { size } = statSync(path);
  if (size > MAX_FILE_BYTES) throw tooLarge(path);
  const raw = readFileSync(path);
  const sha256 = createHash("sha256").update(raw).digest("hex");
  if (raw[0] !== 0x1f || raw[1] !== 0x8b) return { path, bytes: raw, sha256 };
  try {
    return { path, bytes: gunzipSync(raw, { maxOutputLength: MAX_FILE_BYTES }), sha256 };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(path);
    throw new BiogptError("corpora/gzip", {
      what: `${path} is not a whole gzip file: ${(cause as Error).message}.`,
      fix: "Fetch the file again; it may be cut off.",
      cause,
    });
  }
}

function tooLarge(path: string): BiogptError {
  return new BiogptError("corpora/too-large", {
    what: `${path} holds more than ${MAX_FILE_BYTES / 1024 / 1024} MiB.`,
    why: "No file of the five task corpora is that large.",
  });
}

/** @throws BiogptError `corpora/encoding` when the bytes are not UTF-8 */
export function decodeText({ path, bytes }: Pick<ReadFile, "path" | "bytes">): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch (cause) {
    throw new BiogptError("corpora/encoding", { what: `${path} is not UTF-8 text.`, cause });
  }
}

/** The nearest file for each split whose base name matches `pattern`; its first group names the split by `splitOf`. */
export function findSplits(
  files: readonly string[],
  pattern: RegExp,
  splitOf: Readonly<Record<string, SplitName>> = { train: "train", valid: "valid", test: "test" },
): Partial<Record<SplitName, string>> {
  const found: Partial<Record<SplitName, string>> = {};
  for (const file of files) {
    const match = pattern.exec(basename(file));
    const split = match?.[1] === undefined ? undefined : splitOf[match[1].toLowerCase()];
    if (split !== undefined) found[split] ??= file;
  }
  return found;
}

/** @throws BiogptError `corpora/nothing-found` */
export function nothingFound(task: string, root: string, wanted: string): BiogptError {
  return new BiogptError("corpora/nothing-found", {
    what: `${root} holds no files of ${task}.`,
    why: `Looked for ${wanted}, plain or gzipped, in it and its subfolders.`,
    fix: `Name the folder that holds them.`,
  });
}

/** A field that must be there and be text. */
export function textField(record: unknown, field: string, name: string): string {
  const value = (record as Record<string, unknown> | null)?.[field];
  if (typeof value !== "string") {
    throw new BiogptError("corpora/field", {
      what: `${name} has no text "${field}".`,
      why: `Found ${value === undefined ? "nothing" : JSON.stringify(value).slice(0, 60)}.`,
      fix: "Check that this is the file of the task that you named.",
    });
  }
  return value;
}

/** A list of records that may be null or missing, as DDI's `triples` are. */
export function recordList(record: unknown, field: string, name: string): readonly unknown[] {
  const value = (record as Record<string, unknown> | null)?.[field];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new BiogptError("corpora/field", { what: `${name}: "${field}" is not a list.` });
  return value;
}

/** Reads the files that were found, one a split. */
export function readSplits<Item>(
  found: Partial<Record<SplitName, string>>,
  read: (text: string, path: string, split: SplitName) => readonly Item[],
): { readonly splits: Partial<Record<SplitName, readonly Item[]>>; readonly files: SourceFile[] } {
  const splits: Partial<Record<SplitName, readonly Item[]>> = {};
  const files: SourceFile[] = [];
  for (const split of SPLITS) {
    const path = found[split];
    if (path === undefined) continue;
    const file = readBytes(path);
    files.push({ name: path, sha256: file.sha256 });
    splits[split] = read(decodeText(file), path, split);
  }
  return { splits, files };
}
