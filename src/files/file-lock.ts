/**
 * A lock between processes, for a folder that may lie on a network disk: the cache of models, a reproduction.
 *
 * A file that is created exclusively and touched every few seconds by its holder. A lock that was not touched for a while,
 * or whose process is gone from this machine, is stale and taken over. In the cache Python's huggingface_hub locks by flock on files
 * that it leaves behind, so ours have names of their own; both at once are safe, since blobs are checked and renamed into place.
 */
import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { abortedError, throwIfAborted } from "../base/cancellation.ts";

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once if another process holds the lock; what it throws ends the waiting. `undefined`: its name was not written within a tenth of a second. */
  readonly onWait?: (holder: LockHolder | undefined) => void;
  /** Milliseconds without a touch after which a lock is stale. Default 60,000. */
  readonly staleAfter?: number;
  /** Milliseconds between two tries. Default 200. */
  readonly pollEvery?: number;
}

/** Runs `use` while holding the lock; waits for another holder as long as it lives. */
export async function withLock<T>(path: string, use: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const { staleAfter = 60_000 } = options;
  const token = await acquire(path, staleAfter, options);
  // A holder that was stopped and taken over (a laptop asleep) must not touch or remove the other's lock.
  const isOurs = async (): Promise<boolean> => (await readHolder(path))?.token === token;
  const beat = setInterval(async () => {
    const now = new Date();
    if (await isOurs()) await utimes(path, now, now).catch(() => {});
  }, staleAfter / 6);
  beat.unref();
  try {
    return await use();
  } finally {
    clearInterval(beat);
    if (await isOurs()) await rm(path, { force: true });
    ours.delete(token);
  }
}

export interface LockHolder {
  readonly pid: number;
  readonly host: string;
}

interface Holder extends LockHolder {
  readonly token: string;
}

/** Tokens of this process: a lock in its name that is not among them is of an earlier one, as in a container, where numbers come again. */
const ours = new Set<string>();

async function acquire(
  path: string,
  staleAfter: number,
  { signal, onWait, pollEvery = 200 }: LockOptions,
): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const holder: Holder = { token: randomUUID(), pid: process.pid, host: hostname() };
  let waited = false;
  for (;;) {
    throwIfAborted(signal);
    try {
      const file = await open(path, "wx");
      ours.add(holder.token); // before anyone can read it
      try {
        await file.writeFile(JSON.stringify(holder));
      } finally {
        await file.close();
      }
      return holder.token;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (await removeIfStale(path, staleAfter)) continue;
    if (!waited) onWait?.(await holderOnceWritten(path));
    waited = true;
    await delay(pollEvery, undefined, signal === undefined ? {} : { signal }).catch(() => {
      throw abortedError(signal);
    });
  }
}

/** A lock's name stands in it a moment after it is there. */
async function holderOnceWritten(path: string): Promise<Holder | undefined> {
  for (let tries = 0; tries < 10; tries++) {
    const holder = await readHolder(path);
    if (holder !== undefined) return holder;
    await delay(10);
  }
  return undefined;
}

/**
 * Two that find a lock stale must not remove the one that the first of them then makes, so removing is itself done under a
 * lock of a moment, looking again first.
 *
 * @returns whether the lock may be gone, so that another try makes sense at once
 */
async function removeIfStale(path: string, staleAfter: number): Promise<boolean> {
  if (!(await isStale(path, staleAfter))) return false;
  const guard = `${path}.remove`;
  try {
    await (await open(guard, "wx")).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    if (await isOld(guard, staleAfter)) await rm(guard, { force: true }); // its maker died within that moment
    return false;
  }
  try {
    if (await isStale(path, staleAfter)) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
  return true;
}

async function isStale(path: string, staleAfter: number): Promise<boolean> {
  const holder = await readHolder(path);
  return (holder?.host === hostname() && !isAtWork(holder)) || (await isOld(path, staleAfter));
}

async function isOld(path: string, staleAfter: number): Promise<boolean> {
  return stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs >= staleAfter,
    () => false, // it is gone, which the next try will see
  );
}

/** Undefined for a lock that is just being written, or is none of ours. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const holder = JSON.parse(await readFile(path, "utf8")) as Partial<Holder> | null;
    return typeof holder?.token === "string" && Number.isSafeInteger(holder.pid) ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}

function isAtWork({ pid, token }: Holder): boolean {
  if (pid === process.pid) return ours.has(token);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
