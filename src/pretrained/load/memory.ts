/** Whether a model finds room in this machine's memory, asked before anything large is read. */
import { freemem, totalmem } from "node:os";
import { BiogptError } from "../../base/errors.ts";

/** Bytes that this process may have: the machine's, or what its container grants. */
export function grantedMemory(): number {
  const limit = process.constrainedMemory(); // 0 or a number beyond all memory where nothing limits
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** Bytes that this process can still have: what is free, within what its container grants beyond what it has already. */
export function freeMemory(
  granted: number = grantedMemory(),
  free: number = freemem(),
  taken: number = process.memoryUsage.rss(),
): number {
  return Math.max(0, Math.min(free, granted - taken));
}

/**
 * Memory that is the process's own is asked for; files that are mapped are not counted, since the system drops their pages again.
 *
 * @param needed  bytes of weights that are held as copies, and of the smallest cache
 * @param granted default `grantedMemory()`
 * @throws BiogptError `pretrained/memory` where that can never be had
 */
export function checkMemory(needed: number, what: string, granted: number = grantedMemory()): void {
  if (needed <= granted) return;
  const size = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e10 ? 1 : 0)} GB`;
  throw new BiogptError("pretrained/memory", {
    what: `${what} needs ${size(needed)} of memory; this machine, or this container, has ${size(granted)}.`,
    why: "It would be stopped by the system midway, without a message.",
    fix: "Load it in q4, with a shorter context (--context-length), or on a machine with more memory. `biogpt inspect` lists what each precision takes.",
  });
}
