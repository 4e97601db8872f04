/**
 * From routes to an application: what happens around every request, in this order.
 *
 *     id ─ log and metrics ─ security headers ─ host ─ key ─ deadline ─ body ─▶ handler ─▶ answer, or the error as one
 *
 * No header allows another origin (CORS is off), so a page elsewhere can neither read answers nor send JSON.
 */
import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { getConnInfo } from "@hono/node-server/conninfo";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";
import type { Logger } from "pino";
import { z } from "zod";
import { didYouMean } from "../base/did-you-mean.ts";
import { BiogptError } from "../base/errors.ts";
import type { Turnstile } from "../base/turnstile.ts";
import type { ApiKeys } from "./api-keys.ts";
import { errorAnswer, RequestError } from "./errors.ts";
import type { Metrics } from "./metrics.ts";
import { checked, readBody } from "./read-body.ts";
import { json, type Route, type RouteRequest } from "./route.ts";

export interface AppOptions {
  readonly routes: readonly Route[];
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Undefined: everyone may ask. */
  readonly keys: ApiKeys | undefined;
  /** Requests that come together are begun one after the other. */
  readonly turnstile: Turnstile;
  /** Names of this host that a request may carry; undefined: any. Keeps pages of other names (DNS rebinding) from a server on loopback. */
  readonly hosts: ReadonlySet<string> | undefined;
  /** Largest body, bytes. */
  readonly mostBytes: number;
  /** Milliseconds until a request is given up. */
  readonly deadline: number;
  /** Fires when the server gives up what still runs. */
  readonly stop: AbortSignal;
  /** Answers what no route does: the page. */
  readonly otherwise: (path: string, headers: Headers) => Promise<Response> | undefined;
}

/** Requests that are being answered, for draining. */
export interface OpenRequests {
  count: number;
}

/** The page's worker that draws molecules: RDKit makes functions of texts. A worker has the policy of its own file, so the page keeps its stricter one. */
const MOLECULE_WORKER = /^\/assets\/molecule-worker-[\w-]+\.js$/;

type Directives = NonNullable<Parameters<typeof secureHeaders>[0]>["contentSecurityPolicy"];

function headersWith(more: Directives, scriptSrc: string[]): MiddlewareHandler {
  const none = ["'none'"];
  return secureHeaders({
    contentSecurityPolicy: {
      ...{ defaultSrc: none, scriptSrc, connectSrc: ["'self'"], ...more },
      ...{ baseUri: none, formAction: none, frameAncestors: none },
    },
    // Only a proxy knows whether it speaks TLS.
    strictTransportSecurity: false,
  });
}

export function createApp(options: AppOptions, open: OpenRequests): Hono {
  const { routes } = options;
  const app = new Hono();
  const usual = headersWith({ styleSrc: ["'self'"], imgSrc: ["'self'", "data:"] }, ["'self'"]);
  const ofMolecules = headersWith({}, ["'self'", "'unsafe-eval'"]);
  app.use((context, next) => (MOLECULE_WORKER.test(context.req.path) ? ofMolecules : usual)(context, next));
  for (const route of routes)
    app.on(route.method.toUpperCase(), route.path, (context) => served(context, route, options, open));
  app.all("*", (context) => unrouted(context, options, open));
  return app;
}

async function served(context: Context, route: Route, options: AppOptions, open: OpenRequests): Promise<Response> {
  const { metrics, keys, hosts, stop, turnstile } = options;
  const began = performance.now();
  const id = requestId(context.req.header("x-request-id"));
  const log = options.log.child({ requestId: id });
  const facts: Record<string, string | number> = {};
  const control = new AbortController();
  const time = deadlineOf(context, options.deadline);
  const deadline = setTimeout(() => control.abort(deadlineError(time)), time);
  const gone = (): void => control.abort(goneError());
  const { signal: left } = context.req.raw;
  left.addEventListener("abort", gone, { once: true });
  const stopped = (): void => control.abort(drainedError());
  stop.addEventListener("abort", stopped, { once: true });
  open.count++;
  metrics.open.set(open.count);
  let finished = false;
  const finish = (status: number): void => {
    if (finished) return;
    finished = true;
    clearTimeout(deadline);
    stop.removeEventListener("abort", stopped);
    // Node keeps the signal of a request that had a body until the request is collected, which its own listener would prevent for good.
    left.removeEventListener("abort", gone);
    open.count--;
    metrics.open.set(open.count);
    const milliseconds = performance.now() - began;
    metrics.requests.inc({ route: route.path, method: route.method, status: String(status) });
    metrics.duration.observe({ route: route.path }, milliseconds / 1000);
    const line = { method: route.method, route: route.path, status, milliseconds: Math.round(milliseconds), ...facts };
    if (route.open !== true) log.info(line, "request");
    else log.debug(line, "request");
  };
  let response: Response;
  try {
    await turnstile.pass();
    expectHost(context, hosts);
    const client = route.open === true ? "anyone" : clientOf(context, keys);
    const request: RouteRequest = {
      body:
        route.body === undefined
          ? undefined
          : await readBody(context.req.raw, route.body, route.mostBytes ?? options.mostBytes),
      params: context.req.param() as Record<string, string>,
      query: queryOf(context, route),
      headers: context.req.raw.headers,
      raw: context.req.raw,
      ...{ signal: control.signal, id, client, log },
      keyName: keys === undefined ? undefined : client,
      note: (more) => Object.assign(facts, more),
    };
    response = await route.handle(request);
  } catch (thrown) {
    response = failed(reasonOf(thrown, control.signal), id, log);
  }
  response.headers.set("x-request-id", id);
  const { outgoing } = context.env as { readonly outgoing?: ServerResponse };
  const broke = (error: unknown): void => {
    log.error({ err: error }, "an answer broke off");
    outgoing?.destroy();
  };
  return ended(response, { finish, gone, broke });
}

/** The answer, with a call at its end: for a stream when its last byte is read or its reader is gone. */
function ended(
  response: Response,
  on: {
    readonly finish: (status: number) => void;
    readonly gone: () => void;
    readonly broke: (error: unknown) => void;
  },
): Response {
  const { body, status, headers } = response;
  if (body === null || headers.get("Content-Type") === "application/json") {
    on.finish(status);
    return response;
  }
  const reader = body.getReader();
  // A client can go away while a piece is waited for: the stream takes nothing more then, not even its end.
  let isOver = false;
  const watched = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (isOver) return;
        if (done) {
          controller.close();
          on.finish(status);
        } else controller.enqueue(value);
      } catch (error) {
        if (isOver) return;
        // The line is cut here: @hono/node-server would print the error and send its words after the half of an answer.
        on.broke(error);
        controller.close();
        on.finish(500);
      }
    },
    async cancel() {
      isOver = true;
      on.gone(); // first, so that what the generator waits for ends
      await reader.cancel();
      on.finish(499);
    },
  });
  return new Response(watched, { status, headers });
}

function failed(thrown: unknown, id: string, log: Logger): Response {
  const { status, body, headers, error } = errorAnswer(thrown, id);
  if (status >= 500) log.error({ err: error, cause: error.cause }, "a request failed");
  return json(body, status, headers);
}

/** What was aborted for a reason of ours is told by that reason. */
function reasonOf(thrown: unknown, signal: AbortSignal): unknown {
  const isAborted = thrown instanceof BiogptError && thrown.kind === "aborted";
  return isAborted && signal.reason instanceof BiogptError ? signal.reason : thrown;
}

async function unrouted(context: Context, options: AppOptions, open: OpenRequests): Promise<Response> {
  const { routes, otherwise } = options;
  const { path, method } = context.req;
  const allowed = routes.filter((route) => new RegExp(`^${route.path.replace(/\/:\w+/g, "/[^/]+")}$`).test(path));
  const page = method === "GET" || method === "HEAD" ? otherwise(path, context.req.raw.headers) : undefined;
  const fallback: Route = {
    method: "get",
    path: "other",
    tag: "operations",
    summary: "",
    open: true,
    answers: {},
    handle() {
      if (page !== undefined && allowed.length === 0) return page;
      if (allowed.length === 0) {
        throw new RequestError(
          "server/no-route",
          { what: "There is nothing at this path.", fix: "/openapi.json lists the paths." },
          null,
        );
      }
      const methods = allowed.map((one) => one.method.toUpperCase()).join(", ");
      throw new RequestError(
        "server/no-method",
        { what: `The path does not take ${method}.`, fix: `It takes ${methods}.` },
        null,
      );
    },
  };
  return served(context, fallback, options, open);
}

function requestId(given: string | undefined): string {
  return given !== undefined && /^[\w-]{1,64}$/.test(given) ? given : randomUUID();
}

/** The server's, or less where the client asks for less by `x-request-timeout` (seconds). */
function deadlineOf(context: Context, most: number): number {
  const asked = Number(context.req.header("x-request-timeout"));
  return Number.isFinite(asked) && asked > 0 ? Math.min(most, 1000 * asked) : most;
}

/** @throws RequestError `server/forbidden-host` */
function expectHost(context: Context, hosts: ReadonlySet<string> | undefined): void {
  if (hosts === undefined) return;
  const host = (context.req.header("host") ?? "").toLowerCase().replace(/:\d+$/, "");
  if (hosts.has(host)) return;
  throw new RequestError(
    "server/forbidden-host",
    {
      what: "The request is for another host.",
      why: "The server is for this machine alone.",
      fix: "Ask for localhost.",
    },
    null,
  );
}

/** Whose request it is. @throws RequestError `server/unauthorized` */
function clientOf(context: Context, keys: ApiKeys | undefined): string {
  if (keys === undefined) return addressOf(context);
  const key = /^Bearer (\S{1,512})$/i.exec(context.req.header("authorization") ?? "")?.[1];
  const client = key === undefined ? undefined : keys.clientOf(key);
  if (client !== undefined) return client;
  throw new RequestError(
    "server/unauthorized",
    {
      what: key === undefined ? "The request has no key." : "The key is not known.",
      fix: "Send Authorization: Bearer KEY.",
    },
    null,
  );
}

function addressOf(context: Context): string {
  try {
    return getConnInfo(context).remote.address ?? "unknown";
  } catch {
    return "unknown"; // a request that came by no socket, as tests send them
  }
}

/** @throws RequestError `server/request` for a value that is wrong, a name that is unknown or one that is there twice */
function queryOf(context: Context, { query }: Route): RouteRequest["query"] {
  if (query === undefined) return {};
  const given = context.req.queries();
  for (const name of Object.keys(given)) if (!Object.hasOwn(query, name)) throw unknownParameter(name, query);
  const values = Object.entries(query).map(([name, schema]) => {
    const all = given[name] ?? [];
    const isList = schema instanceof z.ZodArray;
    if (!isList && all.length > 1) throw twice(name);
    return [name, checked(isList ? all : all[0], schema, name)];
  });
  return Object.fromEntries(values) as RouteRequest["query"];
}

function unknownParameter(name: string, query: object): RequestError {
  const said = name.slice(0, 60);
  const [what, near] = [`There is no parameter ${JSON.stringify(said)}.`, didYouMean(said, Object.keys(query))];
  return new RequestError("server/request", { what, fix: `/openapi.json lists the parameters.${near}` }, said);
}

function twice(name: string): RequestError {
  return new RequestError("server/request", { what: `${name} is given twice.`, fix: "Give it once." }, name);
}

function deadlineError(milliseconds: number): BiogptError {
  return new BiogptError("server/deadline", {
    what: `The request was not done in ${milliseconds / 1000} s.`,
    fix: "Ask for less at once, or make a job of it.",
  });
}

function goneError(): BiogptError {
  return new BiogptError("aborted", { what: "The client went away." });
}

function drainedError(): BiogptError {
  return new BiogptError("server/draining", { what: "The server is ending.", fix: "Ask again in a moment." });
}
