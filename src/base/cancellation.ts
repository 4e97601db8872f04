/** Stopping long work: everything asynchronous takes an `AbortSignal` and calls `throwIfAborted` between pieces of work. */
import { BiogptError } from "./errors.ts";

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
