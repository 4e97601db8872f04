/** Stopping long work: everything asynchronous takes an `AbortSignal` and calls `throwIfAborted` between pieces of work. */
import { BiogptError } from "./errors.ts";
import { isAbort } from "./system-errors.ts";

/** @throws BiogptError `aborted` when the signal has fired */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortedError(signal);
}

export function abortedError(signal?: AbortSignal): BiogptError {
  return new BiogptError("aborted", {
    what: "The work was stopped before its end.",
    cause: signal?.reason,
  });
}

/**
 * What Node does with a signal of ours: its AbortError becomes the `aborted` that everything else here throws.
 *
 * @throws BiogptError `aborted` when the signal fired; else whatever `work` throws
 */
export async function stoppable<Value>(work: () => Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw isAbort(error) ? abortedError(signal) : error;
  }
}
