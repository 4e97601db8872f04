/**
 * Failures as answers over HTTP: the four fields of every error of the package, in the envelope that OpenAI's clients read.
 *
 * What goes out names no path of this machine and no text of a request: a bug of ours says only where its log line is.
 */
import { basename } from "node:path";
import { BiogptError } from "../base/errors.ts";
import { asBiogptError } from "../base/system-errors.ts";
import type { WireError } from "./contract.ts";

/** Where a code has an HTTP status that its kind does not say. */
const STATUS: Readonly<Record<string, number>> = {
  "server/unauthorized": 401,
  "server/forbidden-host": 403,
  "server/no-network": 403,
  "server/no-article": 404,
  "server/no-route": 404,
  "server/no-method": 405,
  "server/body-too-large": 413,
  "server/content-type": 415,
  "server/busy": 429,
  "server/deadline": 504,
};

/** A model that is not there has another code at OpenAI, by which its clients know it. */
const MODEL_NOT_FOUND = "server/unknown-model";

export function statusOf(error: BiogptError): number {
  return STATUS[error.code] ?? error.httpStatus;
}

function typeOf(status: number): string {
  if (status === 401 || status === 403) return "authentication_error";
  if (status === 429) return "rate_limit_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

export interface ErrorAnswer {
  readonly status: number;
  readonly body: WireError;
  readonly headers: Readonly<Record<string, string>>;
  /** As it was, for the log. */
  readonly error: BiogptError;
}

/** @param requestId where the log says more */
export function errorAnswer(thrown: unknown, requestId: string): ErrorAnswer {
  const error = asBiogptError(thrown);
  const status = statusOf(error);
  const { what, why, fix } = error.kind === "internal" ? hidden(requestId) : cleaned(error);
  const param = error instanceof RequestError ? error.param : null;
  const code = error.code === MODEL_NOT_FOUND ? "model_not_found" : error.code;
  const message = [what, why, fix].filter((part) => part !== undefined).join(" ");
  const rest = { what, ...(why === undefined ? {} : { why }), ...(fix === undefined ? {} : { fix }) };
  return {
    status,
    body: { error: { message, type: typeOf(status), code, param, ...rest } },
    headers: retryHeaders(error, status),
    error,
  };
}

/** Told to a client that may come again; the official client reads `retry-after-ms` before `Retry-After`. */
function retryHeaders(error: BiogptError, status: number): Record<string, string> {
  if (status === 401) return { "WWW-Authenticate": 'Bearer realm="biogpt"' };
  const wait = error instanceof BusyError ? error.retryAfterMs : undefined;
  if (wait === undefined) return {};
  return { "Retry-After": String(Math.ceil(wait / 1000)), "retry-after-ms": String(Math.ceil(wait)) };
}

/** An error that is the fault of one field of the request. */
export class RequestError extends BiogptError {
  readonly param: string | null;

  constructor(code: string, text: ConstructorParameters<typeof BiogptError>[1], param: string | null) {
    super(code, text);
    this.param = param;
  }
}

/** Too much is waiting. */
export class BusyError extends BiogptError {
  readonly retryAfterMs: number;

  constructor(what: string, retryAfterMs: number) {
    super("server/busy", { what, fix: `Come again in ${Math.ceil(retryAfterMs / 1000)} s.` });
    this.retryAfterMs = retryAfterMs;
  }
}

type Said = Pick<BiogptError, "what" | "why" | "fix">;

function hidden(requestId: string): Said {
  return {
    what: "The server failed.",
    why: "This is a bug in biogpt.",
    fix: `Its log says more of request ${requestId}.`,
  };
}

function cleaned({ what, why, fix }: Said): Said {
  const clean = (text: string | undefined): string | undefined => (text === undefined ? undefined : withoutPaths(text));
  return { what: withoutPaths(what), why: clean(why), fix: clean(fix) };
}

/** Absolute paths, of POSIX and of Windows, cut to their last part: where models lie is nobody's business. */
export function withoutPaths(text: string): string {
  return text.replace(/(?<![\w/:])(?:\/[\w.@+-]+){2,}\/?|\b[A-Za-z]:\\[^\s"]+/g, (path) => basename(path));
}
