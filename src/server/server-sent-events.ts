/** Server-sent events: one `data:` an event, a comment while nothing comes so that no proxy closes the line, `[DONE]` at the end as OpenAI's. */

/** Milliseconds of silence after which a comment is sent. */
const KEEP_ALIVE = 15_000;

export interface EventStreamOptions {
  /** Sent after the last event. Default `[DONE]`; undefined: nothing. */
  readonly end?: string | undefined;
  /** What a failure after the head becomes: the status is out by then. */
  readonly failed: (error: unknown) => unknown;
  /** Called when the stream is over, also by the client. */
  readonly closed: () => void;
  readonly keepAlive?: number;
}

/**
 * An answer that streams JSON events. A client that goes away ends the events' generator, whose `finally` frees what it holds; one that reads
 * slowly is waited for.
 */
export function eventStream(
  events: AsyncGenerator<unknown, void, void>,
  { failed, closed, keepAlive = KEEP_ALIVE, ...options }: EventStreamOptions,
): Response {
  const end = "end" in options ? options.end : "[DONE]";
  const encoder = new TextEncoder();
  let timer: NodeJS.Timeout | undefined;
  // A client can go away while an event is made: the stream takes nothing more then.
  let isOver = false;
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      timer = setInterval(() => {
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(": keep-alive\n\n"));
      }, keepAlive);
      timer.unref();
    },
    async pull(controller) {
      const send = (data: string): void => {
        if (!isOver) controller.enqueue(encoder.encode(`data: ${data}\n\n`));
      };
      try {
        const { done, value } = await events.next();
        if (done !== true) {
          timer?.refresh();
          return send(JSON.stringify(value));
        }
        if (end !== undefined) send(end);
      } catch (error) {
        send(JSON.stringify(failed(error)));
      }
      clearInterval(timer);
      if (isOver) return;
      isOver = true;
      controller.close();
      closed();
    },
    async cancel() {
      isOver = true;
      clearInterval(timer);
      await events.return();
      closed();
    },
  });
  return new Response(stream, {
    headers: {
      "Content-Type": "text/event-stream; charset=utf-8",
      "Cache-Control": "no-cache, no-transform",
      "X-Accel-Buffering": "no",
    },
  });
}

/** Milliseconds that the head of an answer waits for the first event, so that a request that cannot be served still gets its own status. */
const PATIENCE = 1000;

/** The same events, once the first is there or has failed, or patience has ended. @throws what the first event failed with */
export async function begun<Value>(
  events: AsyncGenerator<Value, void, void>,
  patience: number = PATIENCE,
): Promise<AsyncGenerator<Value, void, void>> {
  const first = events.next();
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patience);
  });
  try {
    await Promise.race([first, enough]);
  } finally {
    clearTimeout(timer);
  }
  first.catch(() => {}); // told by the stream
  return (async function* () {
    try {
      const { done, value } = await first;
      if (done === true) return;
      yield value;
      yield* events;
    } finally {
      await events.return();
    }
  })();
}
