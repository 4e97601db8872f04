/** Calls of the server that the page came from. The key, where the server wants one, stays in this tab. */
import type { WireError } from "../../src/server/contract.ts";

const KEY = "biogpt-key";

export function setKey(key: string): void {
  sessionStorage.setItem(KEY, key);
}

/** A request that the server refused, in its words. */
export class Refused extends Error {
  readonly status: number;
  readonly fix: string | undefined;

  constructor(status: number, message: string, fix?: string) {
    super(message);
    this.status = status;
    this.fix = fix;
  }
}

function headers(more: Record<string, string> = {}): Record<string, string> {
  const key = sessionStorage.getItem(KEY);
  return key === null ? more : { ...more, Authorization: `Bearer ${key}` };
}

async function call(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if ((error as Error).name === "AbortError") throw error;
    throw new Refused(0, "The server cannot be reached.", "See whether it still runs, and try again.");
  }
  if (response.ok) return response;
  const body = (await response.json().catch(() => undefined)) as WireError | undefined;
  throw new Refused(response.status, body?.error.what ?? `The server answered ${response.status}.`, body?.error.fix);
}

export async function get<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  return (await (
    await call(path, { headers: headers(), ...(signal === undefined ? {} : { signal }) })
  ).json()) as Answer;
}

export async function text(path: string): Promise<string> {
  return (await call(path, { headers: headers() })).text();
}

export async function remove(path: string): Promise<void> {
  await call(path, { method: "DELETE", headers: headers() });
}

export async function post<Answer>(
  path: string,
  body?: unknown,
  signal?: AbortSignal,
  more: Record<string, string> = {},
): Promise<Answer> {
  return (await (await send(path, body, signal, more)).json()) as Answer;
}

function send(
  path: string,
  body: unknown,
  signal: AbortSignal | undefined,
  more: Record<string, string> = {},
): Promise<Response> {
  return call(path, {
    method: "POST",
    ...(body === undefined
      ? { headers: headers(more) }
      : { headers: headers({ ...more, "Content-Type": "application/json" }), body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** The lines of an answer as they come. */
export async function* lines<Line>(path: string, signal: AbortSignal): AsyncGenerator<Line, void, void> {
  const response = await call(path, { headers: headers(), signal });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const whole = (rest + value).split("\n");
    rest = whole.pop()!;
    for (const line of whole) yield JSON.parse(line) as Awaited<Line>;
  }
}

/** The events of a stream, until `[DONE]`. @throws Refused for an event that says what failed */
export async function* stream<Event>(
  path: string,
  body: unknown,
  signal: AbortSignal,
): AsyncGenerator<Event, void, void> {
  const response = await send(path, body, signal);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop()!;
    for (const block of blocks) {
      if (!block.startsWith("data: ")) continue; // a comment that keeps the line open
      const data = block.slice("data: ".length);
      if (data === "[DONE]") return;
      const event = JSON.parse(data) as Event & Partial<WireError>;
      if (event.error !== undefined) throw new Refused(500, event.error.what, event.error.fix);
      yield event as Awaited<Event>;
    }
  }
}
