/**
 * Requests and their answers: keys, retries, errors, and streams of events or lines.
 *
 * A request is sent again where the server says that it is busy or not ready (429, 503), after the time that it asks for, and where no connection
 * came about; never once an answer has begun.
 */
import { abortedError, throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";
import { errorOf } from "./request-error.ts";

export interface ClientOptions {
  /** Address of the server. Default `http://127.0.0.1:8080`. */
  readonly baseUrl?: string | undefined;
  /** Where the server asks for one. */
  readonly apiKey?: string | undefined;
  /** How often a request is sent again, 0 to 10. Default 2. */
  readonly retries?: number | undefined;
  /** Default: the global one. */
  readonly fetch?: typeof fetch | undefined;
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface Call {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

const USUAL_ADDRESS = "http://127.0.0.1:8080";
const AGAIN: ReadonlySet<number> = new Set([429, 503]);
/** Milliseconds before the first repetition where the server names none; doubled each time. */
const FIRST_WAIT = 250;
const LONGEST_WAIT = 60_000;
/** Characters of one event or line: some sixty times the longest relation of a full text. */
const LONGEST_LINE = 64 << 20;

export class Requests {
  readonly #address: string;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    const { retries = 2, baseUrl = USUAL_ADDRESS } = options;
    if (!Number.isInteger(retries) || retries < 0 || retries > 10 || !/^https?:\/\//.test(baseUrl)) {
      throw new BiogptError("client/option", {
        what: `The client was made for ${JSON.stringify(baseUrl)} with ${retries} retries.`,
        fix: "Give an http or https address as baseUrl, and 0 to 10 retries.",
      });
    }
    this.#address = baseUrl.replace(/\/+$/, "");
    this.#options = options;
  }

  async json<Answer>(call: Call): Promise<Answer> {
    return (await (await this.send(call)).json()) as Answer;
  }

  /** @throws RequestError, BiogptError `client/unreachable`, `aborted` */
  async send({ method, path, body, headers, signal }: Call): Promise<Response> {
    const { retries = 2, fetch: get = fetch, apiKey, headers: usual } = this.#options;
    const request = {
      method,
      headers: {
        ...usual,
        ...headers,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    };
    for (let attempt = 0; ; attempt++) {
      throwIfAborted(signal);
      let wait = FIRST_WAIT * 2 ** attempt;
      try {
        const response = await get(this.#address + path, request);
        if (response.ok) return response;
        if (attempt >= retries || !AGAIN.has(response.status)) throw await errorOf(response);
        wait = waitOf(response.headers) ?? wait;
        await response.body?.cancel();
      } catch (error) {
        throwIfAborted(signal);
        if (error instanceof BiogptError) throw error;
        if (attempt >= retries) throw this.#unreachable(error);
      }
      await pause(Math.min(wait, LONGEST_WAIT), signal);
    }
  }

  /** The `data` of server-sent events, up to `[DONE]`; ending early closes the connection, which ends the work. */
  async *events<Event>(call: Call): AsyncGenerator<Event, void, void> {
    for await (const line of this.lines(call)) {
      if (!line.startsWith("data:")) continue; // comments keep the connection open
      const data = line.slice(5).trim();
      if (data === "[DONE]") return;
      const event: unknown = JSON.parse(data);
      if (typeof event === "object" && event !== null && "error" in event)
        throw await errorOf(new Response(data, { status: 500 }));
      yield event as Awaited<Event>;
    }
  }

  /** Lines of an answer as they come, without their ends; empty ones are left out. */
  async *lines(call: Call): AsyncGenerator<string, void, void> {
    const response = await this.send(call);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let held = "";
    try {
      for (;;) {
        const { done, value } = await reader.read();
        const pieces = (held + (value ?? "")).split("\n");
        held = done ? "" : pieces.pop()!;
        if (held.length > LONGEST_LINE) throw this.#unreachable(`a line has more than ${LONGEST_LINE} characters`);
        for (const piece of pieces) {
          const line = piece.replace(/\r$/, "");
          if (line !== "") yield line;
        }
        if (done) return;
      }
    } catch (error) {
      throwIfAborted(call.signal);
      throw error instanceof BiogptError ? error : this.#unreachable(error);
    } finally {
      await reader.cancel().catch(() => {});
    }
  }

  #unreachable(cause: unknown): BiogptError {
    return new BiogptError("client/unreachable", {
      what: `${this.#address} cannot be reached, or broke off.`,
      why: cause instanceof Error ? cause.message : String(cause),
      fix: "Start `biogpt serve`, or give its address as baseUrl.",
      cause,
    });
  }
}

function waitOf(headers: Headers): number | undefined {
  const [milliseconds, seconds] = [headers.get("retry-after-ms"), headers.get("retry-after")];
  const wait = milliseconds === null ? 1000 * Number(seconds ?? Number.NaN) : Number(milliseconds);
  return Number.isFinite(wait) && wait >= 0 ? wait : undefined;
}

/** @throws BiogptError `aborted` */
function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(abortedError(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
