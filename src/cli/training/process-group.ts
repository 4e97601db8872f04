/** Runs a training command as a member of an MPI process group where there is one: its threads, its signals, its end. */
import { BiogptError } from "../../base/errors.ts";
import { defaultThreads } from "../../runtime/native/threads.ts";
import { ALONE, type Parallel } from "../../training/run/parallel.ts";
import type { Terminal } from "../terminal.ts";

/**
 * @param body gets the group and, within one, the threads that this process should use
 * @throws whatever `body` throws; in a group the process then ends without waiting for native threads, which may never come back
 */
export async function inProcessGroup(
  terminal: Terminal,
  { threads }: { readonly threads?: number },
  body: (parallel: Parallel, device: { readonly threads?: number }) => Promise<void>,
): Promise<void> {
  const { joinProcessGroup, startedByMpi, threadsOfShare } = await import("../../training/run/mpi.ts");
  if (!startedByMpi()) return body(ALONE, threads === undefined ? {} : { threads });
  using group = joinProcessGroup({ signal: terminal.signal });
  try {
    await body(group, { threads: threads ?? threadsOfShare(defaultThreads(), group.localSize) });
  } catch (error) {
    // The others wait for this process, or it waits for them: leaving at once makes mpirun end all of them. The message comes first.
    process.once("exit", (code) => group.leave(code));
    group.abandon();
    throw error instanceof BiogptError && error.code === "training/stopped" && group.rank > 0 ? quiet(error) : error;
  }
}

/** Only process 0 says that a checkpoint was written. */
function quiet({ code, what }: BiogptError): BiogptError {
  return new BiogptError(code, { what, kind: "aborted" });
}
