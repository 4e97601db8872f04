/**
 * A route as a record: from it come the handler, the checks before it, and its part of the OpenAPI document, which so cannot differ.
 *
 * `@hono/zod-openapi` does the same by inference over chains of calls, which isolated declarations do not allow; this is what is needed of it.
 */

import type { Logger } from "pino";
import type { z } from "zod";

/** What a handler gets; `body` has passed the route's schema. */
export interface RouteRequest<Body = unknown, Query = Readonly<Record<string, string | undefined>>> {
  readonly body: Body;
  readonly params: Readonly<Record<string, string>>;
  /** What follows the path, checked by the route's schemas; nothing where it has none. */
  readonly query: Query;
  readonly headers: Headers;
  /** As it came; its body is unread where the route has no schema for one. */
  readonly raw: Request;
  /** Fires when the client is gone, the deadline has passed or the server ends. */
  readonly signal: AbortSignal;
  readonly id: string;
  /** Whose turn it is in queues: the key's name, else the address. */
  readonly client: string;
  /** Name of the key that came with it; undefined where none is asked for. */
  readonly keyName: string | undefined;
  readonly log: Logger;
  /** Words for the request's log line and metrics: model, tokens. */
  note(facts: Readonly<Record<string, string | number>>): void;
}

export interface Answer {
  readonly description: string;
  /** JSON of this form. Absent: `media` says what comes. */
  readonly schema?: z.ZodType;
  readonly media?: string;
}

export interface Route<Body = unknown, Query = Readonly<Record<string, string | undefined>>> {
  readonly method: "get" | "post" | "delete";
  /** As hono writes it: `/v1/jobs/:id`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  /** Whether it is answered without a key: health, the page itself. Default false. */
  readonly open?: boolean;
  readonly body?: z.ZodType<Body>;
  /** Largest body, bytes. Default: the server's. */
  readonly mostBytes?: number;
  /** One that is an array may be given several times; a name that is not here is refused. */
  readonly query?: { readonly [Name in keyof Query]: z.ZodType<Query[Name]> };
  readonly answers: Readonly<Record<number, Answer>>;
  handle(request: RouteRequest<Body, Query>): Promise<Response> | Response;
}

/** A route of any body among others; its own schema has checked what it is given. */
export function route<Body, Query = Readonly<Record<string, string | undefined>>>(of: Route<Body, Query>): Route {
  return of as unknown as Route;
}

export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(value), { status, headers: { "Content-Type": "application/json", ...headers } });
}

/** Sends pieces as they come; a reader that goes away ends their generator. A failure on the way breaks the connection off: the head is out. */
export function streamed(pieces: AsyncGenerator<string | Uint8Array, void, void>, type: string): Response {
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done === true) controller.close();
      else controller.enqueue(typeof value === "string" ? encoder.encode(value) : value);
    },
    async cancel() {
      await pieces.return();
    },
  });
  return new Response(stream, { headers: { "Content-Type": type, "Cache-Control": "no-store" } });
}
