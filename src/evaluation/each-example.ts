/** The same done to each of many examples, a few at a time. */
import { throwIfAborted } from "../base/cancellation.ts";
import type { ReportProgress } from "../base/progress.ts";
import type { TaskExample } from "../tasks/example.ts";

export interface EachOptions {
  /** Default 1. */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ReportProgress | undefined;
  /** What is being done, for progress. */
  readonly activity: string;
}

/** What becomes of each example, in their order, `concurrency` of them at a time. */
export async function eachExample<T>(
  examples: readonly TaskExample[],
  become: (example: TaskExample) => T | Promise<T>,
  { signal, progress, concurrency = 1, activity }: EachOptions,
): Promise<T[]> {
  const outputs = new Array<T>(examples.length);
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    while (next < examples.length) {
      throwIfAborted(signal);
      const at = next++;
      outputs[at] = await become(examples[at]!);
      progress?.({ activity, done: ++done, total: examples.length, unit: "documents" });
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, examples.length) }, work));
  throwIfAborted(signal);
  return outputs;
}
