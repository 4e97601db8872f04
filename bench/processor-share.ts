/**
 * How much of the machine's processor time went to others than this program and its ended children: whether a measurement can be quoted. Linux
 * only. Threads that spin while they wait, as those of llama.cpp and of OpenMP do, lose far more than their share to a busy neighbour.
 */
import { readFileSync } from "node:fs";

/** Processor time in clock ticks since the machine started. */
export interface ProcessorTimes {
  readonly busy: number;
  readonly idle: number;
  /** Of this process and those it has waited for. */
  readonly own: number;
}

export function processorTimes(
  read: (path: string) => string = (path) => readFileSync(path, "utf8"),
): ProcessorTimes | undefined {
  if (process.platform !== "linux") return undefined;
  // "cpu user nice system idle iowait irq softirq steal guest guest_nice"; the guests' are in user and nice already.
  const [user, nice, system, idle, iowait, irq, softirq, steal] = read("/proc/stat")
    .split("\n")[0]!
    .split(/\s+/)
    .slice(1)
    .map(Number);
  // After "(name) ": state is field 3; utime, stime, cutime and cstime are 14 to 17.
  const fields = read("/proc/self/stat").split(") ").at(-1)!.split(" ");
  return {
    busy: user! + nice! + system! + irq! + softirq! + (steal ?? 0),
    idle: idle! + iowait!,
    own: fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0),
  };
}

/** Others' share of all processor time between two readings, 0 to 1; time stolen by the machine's host counts as others'. */
export function othersShare(before: ProcessorTimes, after: ProcessorTimes): number {
  const busy = after.busy - before.busy;
  const all = busy + after.idle - before.idle;
  return all === 0 ? 0 : Math.max(0, busy - (after.own - before.own)) / all;
}
