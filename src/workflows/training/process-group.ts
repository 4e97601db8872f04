/** Runs training as a member of an MPI process group where there is one: its threads, its signals, its end. */
import { resolve } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { defaultThreads } from "../../runtime/native/threads.ts";
import { ALONE, type Parallel } from "../../training/run/parallel.ts";
import { type RunDescription, readRun } from "../../training/run/run-folder.ts";
import { aloneInRun } from "../../training/run/run-lock.ts";
import type { WorkflowContext } from "../workflow.ts";

/** What a member of the group works with; a process alone is a group of one. */
export interface Member {
  readonly parallel: Parallel;
  /** To compute with; undefined for the default. */
  readonly threads: number | undefined;
}

/**
 * @param threads as asked for; within a group, default the process's share of the cores
 * @throws whatever `body` throws; in a group the process then ends without waiting for native threads, which may never come back
 */
export async function inProcessGroup<Result>(
  { threads, signal }: { readonly threads?: number | undefined; readonly signal?: AbortSignal | undefined },
  body: (member: Member) => Promise<Result>,
): Promise<Result> {
  const { joinProcessGroup, startedByMpi, threadsOfShare } = await import("../../training/run/mpi.ts");
  if (!startedByMpi()) return body({ parallel: ALONE, threads });
  using group = joinProcessGroup({ signal });
  try {
    return await body({ parallel: group, threads: threads ?? threadsOfShare(defaultThreads(), group.localSize) });
  } catch (error) {
    // The others wait for this process, or it waits for them: leaving at once makes mpirun end all of them. The message comes first.
    process.once("exit", (code) => group.leave(code));
    group.abandon();
    throw error instanceof BiogptError && error.code === "training/stopped" && group.rank > 0 ? quiet(error) : error;
  }
}

interface RunOptions {
  readonly out: string;
  readonly resume?: boolean | undefined;
  readonly threads?: number | undefined;
}

/**
 * Trains in a run's folder as a member of the group: the first process holds the folder's lock and tells the events.
 *
 * @param requestOf what is to be done, of the options and the run that goes on
 */
export async function trainInGroup<
  Options extends RunOptions,
  Request,
  Event extends { readonly type: string },
  Result,
>(
  options: Options,
  { signal, onEvent }: WorkflowContext<Event>,
  requestOf: (options: Options, before: RunDescription | undefined) => Request,
  train: (
    member: Member,
    request: Request,
    options: Options,
    before: RunDescription | undefined,
    context: WorkflowContext<Event>,
  ) => Promise<Result>,
): Promise<Result> {
  return inProcessGroup({ threads: options.threads, signal }, async (member) => {
    const isFirst = member.parallel.rank === 0;
    const out = resolve(options.out);
    const before = options.resume === true ? readRun(out) : undefined;
    const request = requestOf(options, before);
    const work = (): Promise<Result> =>
      train(member, request, options, before, { signal, onEvent: isFirst ? onEvent : undefined });
    return isFirst ? aloneInRun(out, before !== undefined, work, signal) : work();
  });
}

/** Only process 0 says that a checkpoint was written. */
function quiet({ code, what }: BiogptError): BiogptError {
  return new BiogptError(code, { what, kind: "aborted" });
}
