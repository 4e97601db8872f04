/** How many threads to compute with, when nobody says. */
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { BiogptError } from "../../base/errors.ts";

/** More threads than this do not make decoding faster: a few cores already use all of the memory's bandwidth. */
const MOST_DEFAULT_THREADS = 16;
const MOST_THREADS = 256;

/** @throws BiogptError `runtime/threads` */
export function checkThreads(threads: number): number {
  if (Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS) return threads;
  throw new BiogptError("runtime/threads", {
    what: `${threads} is not a number of threads.`,
    why: `It is a whole number from 1 to ${MOST_THREADS}.`,
  });
}

/**
 * The physical cores that this process may use, at most 16, and at most `OMP_NUM_THREADS`, by which shared machines and job schedulers
 * tell a program its share. A core's second hyper-thread shares its arithmetic units, so two threads on it only get in each other's way.
 */
export function defaultThreads(environment: Readonly<Record<string, string | undefined>> = process.env): number {
  const allowed = Math.min(availableParallelism(), containerLimit() ?? Number.POSITIVE_INFINITY);
  const share = Number(environment["OMP_NUM_THREADS"]?.split(",")[0]); // a list has one number for each level of nesting
  const most = Number.isInteger(share) && share >= 1 ? share : Number.POSITIVE_INFINITY;
  return Math.max(1, Math.min(allowed, physicalCores() ?? allowed, MOST_DEFAULT_THREADS, most));
}

/** Physical cores of the machine, where the system tells. */
function physicalCores(): number | undefined {
  if (process.platform === "linux") return linuxCores("/sys/devices/system/cpu");
  // Apple's processors have no hyper-threads. On Windows nothing short of a native call tells, and most x64 ones have two a core.
  if (process.platform === "win32" && process.arch === "x64") return Math.ceil(availableParallelism() / 2);
  return undefined;
}

/** Counts the distinct sets of hyper-threads below a folder laid out like /sys/devices/system/cpu. */
export function linuxCores(folder: string): number | undefined {
  try {
    const cores = new Set<string>();
    for (const name of readdirSync(folder)) {
      if (/^cpu\d+$/.test(name)) {
        cores.add(readFileSync(`${folder}/${name}/topology/thread_siblings_list`, "utf8").trim());
      }
    }
    return cores.size === 0 ? undefined : cores.size;
  } catch {
    return undefined;
  }
}

/** Processors that a container may use at a time (control groups, version 2), rounded up. */
function containerLimit(): number | undefined {
  try {
    return parseCpuMax(readFileSync("/sys/fs/cgroup/cpu.max", "utf8"));
  } catch {
    return undefined;
  }
}

/** `"150000 100000"` is one and a half processors; `"max 100000"` is no limit. */
export function parseCpuMax(text: string): number | undefined {
  const [quota, period] = text.trim().split(/\s+/).map(Number);
  if (quota === undefined || period === undefined || !(quota > 0) || !(period > 0)) return undefined;
  return Math.max(1, Math.ceil(quota / period));
}
