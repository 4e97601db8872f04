/**
 * One process at a time in a run's folder: a second one is refused at once, with the first one's number.
 *
 *     RUN/run.lock        while a run is at work; one of a killed process is taken over, on its machine at once, elsewhere after five minutes
 *
 * Our own lock (file-lock.ts) rather than the package proper-lockfile: that one's lock is a folder without a word about its holder, so the
 * refusal could not name the process, and a killed one's would be waited for.
 */
import { existsSync } from "node:fs";
import { mkdir, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { throwIfUnwritable } from "../../files/disk.ts";
import { withLock } from "../../files/file-lock.ts";
import { expectUnusedRun, RUN_LOCK } from "./run-folder.ts";

/** No step of the work keeps a process from a sign of life for as long. Milliseconds. */
const STALE_AFTER = 5 * 60_000;

/**
 * Runs `work` as the only process in the folder. A new run's folder is made before it, and taken away again when the work ends without a run in it.
 *
 * @param goesOn whether the run is there already
 * @throws BiogptError `training/in-use`, `training/run-exists`, `files/read-only`, `files/forbidden`
 */
export async function aloneInRun<Result>(
  run: string,
  goesOn: boolean,
  work: () => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  const lock = join(run, RUN_LOCK);
  if (!goesOn && !existsSync(lock)) expectUnusedRun(run);
  const made = goesOn ? undefined : await makeFolder(run);
  try {
    return await withLock(
      lock,
      async () => {
        if (!goesOn) expectUnusedRun(run);
        return await work();
      },
      {
        signal,
        staleAfter: STALE_AFTER,
        onWait: (holder) => {
          throw inUse(run, holder);
        },
      },
    );
  } catch (error) {
    throwIfUnwritable(error, run);
    throw error;
  } finally {
    if (made !== undefined && !existsSync(join(run, "run.json"))) await removeEmpty(run, made);
  }
}

/** @returns the outermost folder that was not there */
async function makeFolder(run: string): Promise<string | undefined> {
  try {
    return await mkdir(run, { recursive: true });
  } catch (error) {
    throwIfUnwritable(error, run);
    throw error;
  }
}

async function removeEmpty(run: string, outermost: string): Promise<void> {
  for (let folder = run; ; folder = dirname(folder)) {
    const removed = await rmdir(folder).then(
      () => true,
      () => false, // somebody else's file is in it
    );
    if (!removed || folder === outermost) return;
  }
}

function inUse(run: string, holder: { readonly pid: number; readonly host: string } | undefined): BiogptError {
  return new BiogptError("training/in-use", {
    what: `Another process is at work in ${run}${holder === undefined ? "" : `: ${holder.pid} on ${holder.host}`}.`,
    why: "Each would write over what the other has trained.",
    fix: "Wait for it or stop it, or name another folder with --out.",
  });
}
