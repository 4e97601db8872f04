/**
 * A route as a record: from it come the handler, the checks before it, and its part of the OpenAPI document, which so cannot differ.
 *
 * `@hono/zod-openapi` does the same by inference over chains of calls, which isolated declarations do not allow; this is what is needed of it.
 */

import type { Logger } from "pino";
import type { z } from "zod";

/** What a handler gets; `body` has passed the route's schema. */
export interface RouteRequest<Body = unknown> {
  readonly body: Body;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Headers;
  /** As it came; its body is unread where the route has no schema for one. */
  readonly raw: Request;
  /** Fires when the client is gone, the deadline has passed or the server ends. */
  readonly signal: AbortSignal;
  readonly id: string;
  /** Whose turn it is in queues: the key's name, else the address. */
  readonly client: string;
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

export interface Route<Body = unknown> {
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
  readonly query?: Readonly<Record<string, z.ZodType>>;
  readonly answers: Readonly<Record<number, Answer>>;
  handle(request: RouteRequest<Body>): Promise<Response> | Response;
}

/** A route of any body among others; its own schema has checked what it is given. */
export function route<Body>(of: Route<Body>): Route {
  return of as unknown as Route;
}

export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(value), { status, headers: { "Content-Type": "application/json", ...headers } });
}
