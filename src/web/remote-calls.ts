/**
 * Calls from a page to its worker: each an asynchronous sequence of values, which the page may end, and errors that keep their code and fix.
 *
 *     page   ─▶ { call, method, given } · { call, stop: true }
 *     worker ─▶ { call, value } · { call, progress } · { call, done: true } · { call, error }
 */
import { abortedError, throwIfAborted } from "../base/cancellation.ts";
import type { ErrorKind } from "../base/error-codes.ts";
import { BiogptError, type ErrorJson, internalError } from "../base/errors.ts";
import type { Progress, ReportProgress } from "../base/progress.ts";

/** What is used of a Worker, of a worker's own scope and of a MessagePort. */
export interface MessageEnd {
  postMessage(message: unknown): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
}

export interface CallContext {
  readonly signal: AbortSignal;
  readonly progress: ReportProgress;
}

/** By name: what a call of it gives. */
export type Methods = Readonly<Record<string, (given: never, context: CallContext) => AsyncIterable<unknown>>>;

type Request =
  | { readonly call: number; readonly method: string; readonly given: unknown }
  | { readonly call: number; readonly stop: true };

interface WireError extends ErrorJson {
  readonly kind: ErrorKind;
}

type Reply =
  | { readonly call: number; readonly value: unknown }
  | { readonly call: number; readonly progress: Progress }
  | { readonly call: number; readonly done: true }
  | { readonly call: number; readonly error: WireError };

/** Answers calls that come in at `end`; several run beside each other. */
export function answerCalls(end: MessageEnd, methods: Methods): void {
  const running = new Map<number, AbortController>();
  const reply = (message: Reply): void => end.postMessage(message);
  end.addEventListener("message", ({ data }) => {
    const request = data as Request;
    const { call } = request;
    if ("stop" in request) {
      running.get(call)?.abort();
      return;
    }
    const control = new AbortController();
    running.set(call, control);
    const answer = async (): Promise<void> => {
      try {
        const method = methods[request.method];
        if (method === undefined) throw new Error(`there is no ${request.method}`);
        const context = { signal: control.signal, progress: (progress: Progress) => reply({ call, progress }) };
        for await (const value of method(request.given as never, context)) reply({ call, value });
        reply({ call, done: true });
      } catch (error) {
        reply({ call, error: wireError(error) });
      } finally {
        running.delete(call);
      }
    };
    void answer();
  });
}

/** The calling end. */
export class Caller {
  readonly #end: MessageEnd;
  readonly #calls = new Map<number, (reply: Reply) => void>();
  #last = 0;
  #failed: BiogptError | undefined;

  constructor(end: MessageEnd) {
    this.#end = end;
    end.addEventListener("message", ({ data }) => {
      const reply = data as Reply;
      this.#calls.get(reply.call)?.(reply);
    });
  }

  /**
   * @returns what the method gives; ending the sequence early stops it in the worker
   * @throws BiogptError of the method, `aborted`, `web/worker` where the worker is gone
   */
  async *call<Value>(
    method: string,
    given: unknown,
    {
      signal,
      progress,
    }: { readonly signal?: AbortSignal | undefined; readonly progress?: ReportProgress | undefined } = {},
  ): AsyncGenerator<Value, void, void> {
    throwIfAborted(signal);
    if (this.#failed !== undefined) throw this.#failed;
    const call = ++this.#last;
    const waiting: Reply[] = [];
    let wake: () => void = () => {};
    this.#calls.set(call, (reply) => {
      waiting.push(reply);
      wake();
    });
    let isOver = false;
    const stop = (): void => wake();
    signal?.addEventListener("abort", stop);
    try {
      this.#end.postMessage({ call, method, given } satisfies Request);
      for (;;) {
        if (signal?.aborted) throw abortedError(signal);
        const reply = waiting.shift();
        if (reply === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        } else if ("progress" in reply) progress?.(reply.progress);
        else if ("value" in reply) yield reply.value as Value;
        else {
          isOver = true;
          if ("done" in reply) return;
          const { code, ...said } = reply.error;
          throw new BiogptError(code, said);
        }
      }
    } finally {
      signal?.removeEventListener("abort", stop);
      this.#calls.delete(call);
      if (!isOver) this.#end.postMessage({ call, stop: true } satisfies Request);
    }
  }

  /** Ends all calls with an error, and refuses new ones: the other end is gone. */
  fail(why: string): void {
    this.#failed = new BiogptError("web/worker", {
      what: "The worker that runs models has failed.",
      why,
      fix: "Reload the page; a browser with more free memory may be needed.",
    });
    for (const [call, tell] of this.#calls) tell({ call, error: wireError(this.#failed) });
  }
}

function wireError(thrown: unknown): WireError {
  const error =
    thrown instanceof BiogptError
      ? thrown
      : internalError(thrown instanceof Error ? thrown.message : String(thrown), thrown);
  return { ...error.toJSON(), kind: error.kind };
}
