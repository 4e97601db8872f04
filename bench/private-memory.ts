/**
 * Memory that is a process's own, apart from what it maps: the system drops pages of mapped files whenever it wants them, so they are no memory that
 * a model needs. Linux alone tells them apart, and keeps no high-water mark of them: they are looked at ten times a second.
 */
import { readFileSync } from "node:fs";

export interface Resident {
  /** Bytes of the process's own, such as weights in their kernels' order, keys and values. */
  readonly own: number;
  /** Bytes of mapped files that are in memory now. */
  readonly mapped: number;
}

/** @param status of /proc/self/status */
export function residentMemory(status: string = readFileSync("/proc/self/status", "utf8")): Resident {
  const field = (name: string): number => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status);
    if (found === null) throw new Error(`/proc/self/status has no ${name}`);
    return 1024 * Number(found[1]);
  };
  return { own: field("RssAnon") + field("RssShmem"), mapped: field("RssFile") };
}

/** Watches from now on; the answer is the largest of each so far, which need not have been at the same time. */
export function watchMemory(): () => Resident {
  let peak = residentMemory();
  const look = (): Resident => {
    const now = residentMemory();
    peak = { own: Math.max(peak.own, now.own), mapped: Math.max(peak.mapped, now.mapped) };
    return peak;
  };
  setInterval(look, 100).unref();
  return look;
}
