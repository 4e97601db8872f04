/** The events of a workflow as something to loop over: `for await (const event of …)`. */

/**
 * @param work gets a listener and a signal that fires when the loop is left or the caller's own does
 * @throws what the work throws, behind the events before it
 */
export async function* eventStream<Event>(
  work: (onEvent: (event: Event) => void, signal: AbortSignal) => Promise<unknown>,
  signal?: AbortSignal,
): AsyncGenerator<Event, void, void> {
  const left = new AbortController();
  const whole = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]);
  const waiting: Event[] = [];
  let wake: () => void = () => {};
  let ended = false;
  const onEvent = (event: Event): void => {
    waiting.push(event);
    wake();
  };
  const running = work(onEvent, whole).finally(() => {
    ended = true;
    wake();
  });
  running.catch(() => {}); // awaited below
  try {
    while (!ended || waiting.length > 0) {
      yield* waiting.splice(0);
      if (!ended && waiting.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
    await running;
  } finally {
    left.abort();
    await running.catch(() => {});
  }
}
