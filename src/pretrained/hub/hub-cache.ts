/**
 * The cache of models on this machine, laid out exactly as huggingface_hub does (src/huggingface_hub/file_download.py and
 * constants.py), so that Python and we share one copy of every file.
 *
 *     <cache>/models--microsoft--biogpt/refs/main                      the commit that a branch or tag stood at
 *     <cache>/models--microsoft--biogpt/snapshots/<commit>/config.json  a link to ../../blobs/<etag>
 *     <cache>/models--microsoft--biogpt/blobs/<etag>                   the bytes; <etag>.incomplete while they come
 *
 * Where links cannot be made (Windows without the right to), the snapshot holds copies.
 */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { access, copyFile, mkdir, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, relative } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { writeFileAtomically } from "../../files/atomic-file.ts";

export interface HubSettings {
  /** Folder of the cached models: `HF_HUB_CACHE`, else `hub` in `HF_HOME`, else in ~/.cache/huggingface. */
  readonly cache: string;
  /** `HF_ENDPOINT`, without a slash at its end; default https://huggingface.co. */
  readonly endpoint: string;
  /** `HF_TOKEN`, else what `huggingface-cli login` left in `HF_TOKEN_PATH` or `HF_HOME`/token. */
  readonly token: string | undefined;
  /** `HF_HUB_OFFLINE` (or `TRANSFORMERS_OFFLINE`) is 1, true, yes or on. */
  readonly offline: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export async function hubSettings(environment: Environment = process.env): Promise<HubSettings> {
  const cacheHome = environment.XDG_CACHE_HOME || join(homedir(), ".cache");
  const home = expandHome(environment.HF_HOME || join(cacheHome, "huggingface"));
  const endpoint = (environment.HF_ENDPOINT || "https://huggingface.co").replace(/\/+$/, "");
  if (!/^https?:$/.test(safeProtocol(endpoint))) {
    throw new BiogptError("pretrained/bad-endpoint", {
      what: `HF_ENDPOINT is ${JSON.stringify(endpoint)}, which is no http or https address.`,
      fix: "Give it the address of the hub or of a mirror, for example https://huggingface.co.",
    });
  }
  const isSet = (name: string): boolean => /^(?:1|true|yes|on)$/i.test(environment[name] ?? "");
  return {
    cache: expandHome(environment.HF_HUB_CACHE || environment.HUGGINGFACE_HUB_CACHE || join(home, "hub")),
    endpoint,
    token:
      clean(environment.HF_TOKEN) ?? (await readToken(expandHome(environment.HF_TOKEN_PATH || join(home, "token")))),
    offline: isSet("HF_HUB_OFFLINE") || isSet("TRANSFORMERS_OFFLINE"),
  };
}

function safeProtocol(address: string): string {
  try {
    return new URL(address).protocol;
  } catch {
    return "";
  }
}

function expandHome(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
}

async function readToken(path: string): Promise<string | undefined> {
  try {
    return clean(await readFile(path, "utf8"));
  } catch {
    return undefined; // no token file, which is the usual case
  }
}

function clean(token: string | undefined): string | undefined {
  const trimmed = token?.trim();
  return trimmed === "" ? undefined : trimmed;
}

const COMMIT = /^[0-9a-f]{40}$/;

export function isCommit(revision: string): boolean {
  return COMMIT.test(revision);
}

export interface ModelCache {
  readonly folder: string;
  blob(etag: string): string;
  lock(etag: string): string;
  snapshot(commit: string): string;
}

/** @param name `org/name` */
export function modelCache(cache: string, name: string): ModelCache {
  const repository = `models--${name.replaceAll("/", "--")}`;
  const folder = join(cache, repository);
  return {
    folder,
    blob: (etag) => join(folder, "blobs", etag),
    lock: (etag) => join(cache, ".locks", repository, `${etag}.biogpt.lock`),
    snapshot: (commit) => join(folder, "snapshots", commit),
  };
}

/** The commit of a branch or tag when it was last asked for; a commit names itself. */
export async function cachedCommit({ folder }: ModelCache, revision: string): Promise<string | undefined> {
  if (isCommit(revision)) return revision;
  try {
    const commit = (await readFile(join(folder, "refs", ...safeParts(revision)), "utf8")).trim();
    return isCommit(commit) ? commit : undefined;
  } catch (error) {
    if (error instanceof BiogptError) throw error;
    return undefined;
  }
}

export async function writeReference({ folder }: ModelCache, revision: string, commit: string): Promise<void> {
  if (!isCommit(revision)) await writeFileAtomically(join(folder, "refs", ...safeParts(revision)), commit);
}

/** What makes a link; another one in tests, where making links should fail. */
export type MakeLink = (target: string, path: string) => Promise<void>;

/** Puts a blob into a snapshot: a relative link, or a copy where links cannot be made. Replaces what is there. */
export async function placeInSnapshot(blob: string, path: string, makeLink: MakeLink = symlink): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    try {
      await makeLink(relative(dirname(path), blob), temporary);
    } catch (error) {
      if (
        !["EPERM", "EACCES", "ENOSYS", "ENOTSUP", "EINVAL", "UNKNOWN"].includes(
          (error as NodeJS.ErrnoException).code ?? "",
        )
      )
        throw error;
      await copyFile(blob, temporary, constants.COPYFILE_FICLONE);
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Names of the models in the cache, `org/name`, for messages. */
export async function cachedModels(cache: string): Promise<string[]> {
  const folders = await readdir(cache).catch(() => []);
  return folders
    .filter((name) => /^models--.+--.+$/.test(name))
    .map((name) => name.slice("models--".length).replace("--", "/"));
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * The parts of a file name or revision from the hub, none of which leads out of its folder on any system.
 *
 * @throws BiogptError `pretrained/unsafe-name`
 */
export function safeParts(name: string): string[] {
  const parts = name.split("/");
  const isUnsafe = (part: string): boolean =>
    part === "" || /^\.\.?$|[\p{Cc}\\:*?"<>|]|[. ]$/u.test(part) || part.length > 255;
  if (name.length > 1024 || parts.some(isUnsafe)) {
    throw new BiogptError("pretrained/unsafe-name", {
      what: `The hub names a file or revision ${JSON.stringify(name)}, which could lead out of the cache.`,
      fix: "Do not use that repository.",
    });
  }
  return parts;
}
