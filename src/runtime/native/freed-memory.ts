/**
 * What native code freed: kept in few places, and given back to the system. glibc keeps the free pages between those in use: of a server that answers requests of many kinds on
 * many threads some fifty megabytes, and slowly more (docs/experiments.md, "An hour of requests").
 */
import koffi, { type LibraryHandle } from "koffi";
import { configureNativeCalls } from "./native-calls.ts";

type Trim = (keep: number, done: (error: unknown) => void) => void;

let trim: Trim | null | undefined;

/**
 * Off the event loop; takes some milliseconds.
 *
 * @returns whether this system's allocator can do it: glibc's can, on Linux
 */
export async function returnFreedMemory(): Promise<boolean> {
  if (trim === undefined) trim = foundTrim();
  if (trim === null) return false;
  const call = trim;
  await new Promise<void>((resolve, reject) => call(0, (error) => (error ? reject(error as Error) : resolve())));
  return true;
}

/** Of the allocator's own pools, each with free memory of its own: it makes up to eight for each processor core. */
const MOST_POOLS = 2;
/** glibc's name for that setting (malloc.h). */
const M_ARENA_MAX = -8;

/**
 * Has threads that start from now on share two pools of memory: what many of them free a little of each is then used again. For processes that run for long;
 * to be called before they have threads.
 *
 * @returns whether this system's allocator can do it: glibc's can, on Linux
 */
export function shareMemoryPools(): boolean {
  const mallopt = ofAllocator("int mallopt(int parameter, int value)");
  return mallopt !== null && mallopt(M_ARENA_MAX, MOST_POOLS) === 1;
}

function foundTrim(): Trim | null {
  const found = ofAllocator("int malloc_trim(size_t keep)");
  return found && ((keep, done) => found.async(keep, done));
}

function ofAllocator(prototype: string): ReturnType<LibraryHandle["func"]> | null {
  if (process.platform !== "linux") return null;
  configureNativeCalls();
  try {
    return koffi.load(null).func(prototype);
  } catch {
    return null; // musl has neither
  }
}
