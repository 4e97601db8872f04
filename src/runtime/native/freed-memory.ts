/**
 * What native code freed: kept together, and given back to the system. glibc keeps the free pages between those in use, in as many pools as threads took
 * memory at once: of a server that answers requests of many kinds some fifty megabytes, and slowly more (docs/experiments.md, "An hour of requests").
 */
import koffi, { type KoffiFunc } from "koffi";
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

/** glibc's names for its settings (malloc.h), and what they are set to. */
const [M_ARENA_MAX, POOLS] = [-8, 1];
/** Bytes from which on a piece has pages of its own, which go back when it is freed. The default rises to 32 MiB with what is freed. */
const [M_MMAP_THRESHOLD, OWN_PAGES] = [-3, 128 * 1024];

/**
 * Has threads that start from now on take memory from one pool, and large pieces from none: what one thread frees another uses again. For processes that run
 * for long; to be called before their threads start.
 *
 * @returns whether this system's allocator can do it: glibc's can, on Linux
 */
export function keepFreedMemoryTogether(): boolean {
  const set = ofAllocator("int mallopt(int parameter, int value)");
  return set !== null && set(M_ARENA_MAX, POOLS) === 1 && set(M_MMAP_THRESHOLD, OWN_PAGES) === 1;
}

function foundTrim(): Trim | null {
  const found = ofAllocator("int malloc_trim(size_t keep)");
  return found && ((keep, done) => found.async(keep, done));
}

function ofAllocator(prototype: string): KoffiFunc<(...values: number[]) => number> | null {
  if (process.platform !== "linux") return null;
  configureNativeCalls();
  try {
    return koffi.load(null).func(prototype) as KoffiFunc<(...values: number[]) => number>;
  } catch {
    return null; // musl has neither
  }
}
