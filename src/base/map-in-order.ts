/** Work on a stream of items, several at a time, with the results in the items' order. */
import { throwIfAborted } from "./cancellation.ts";

export interface MapInOrderOptions {
  /** Items in work at the same time, at least 1. */
  readonly concurrency: number;
  /** Stops everything at once: what is in work is lost. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * `work` of each item, begun in the items' order while earlier ones are still in work, and yielded in that order.
 *
 * When the items break off with an error, what was begun is finished and yielded, then the error is thrown: finished work is never lost
 * to an item behind it. An error of `work` is thrown in its item's place; leaving the loop stops what is in work.
 *
 * @param work gets a signal that fires on `options.signal`, and when nobody waits for the result any more; it should then end soon
 * @throws BiogptError `aborted`
 */
export async function* mapInOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
  { concurrency, signal }: MapInOrderOptions,
): AsyncGenerator<Result, void, void> {
  const left = new AbortController();
  const whole = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]);
  const running: Promise<Result>[] = [];
  let broken: { readonly error: unknown } | undefined;
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let open = true;
  const begin = (item: Item): void => {
    const result = work(item, whole);
    result.catch(() => {}); // awaited in order; a later failure must not count as unhandled meanwhile
    running.push(result);
  };
  try {
    while (open) {
      throwIfAborted(signal);
      try {
        const next = await iterator.next();
        throwIfAborted(signal);
        if (next.done === true) open = false;
        else begin(next.value);
      } catch (error) {
        throwIfAborted(signal);
        open = false; // what threw is at its end
        broken = { error };
      }
      if (running.length >= concurrency) yield await running.shift()!;
    }
    while (running.length > 0) yield await running.shift()!;
    if (broken !== undefined) throw broken.error;
  } finally {
    left.abort();
    await Promise.allSettled(running); // so that the caller may close what the work uses
    if (open) await iterator.return?.();
  }
}
