/**
 * What native code freed, given back to the system. glibc keeps the free pages between those in use: of a server that answers requests of many kinds on
 * many threads some fifty megabytes, and slowly more (docs/experiments.md, "An hour of requests").
 */
import koffi from "koffi";
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

function foundTrim(): Trim | null {
  if (process.platform !== "linux") return null;
  configureNativeCalls();
  try {
    const found = koffi.load(null).func("int malloc_trim(size_t keep)");
    return (keep, done) => found.async(keep, done);
  } catch {
    return null; // musl has none
  }
}
