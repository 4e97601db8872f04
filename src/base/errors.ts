/**
 * The one error class of the package, and the table that gives each kind of error its exit code and HTTP status.
 *
 * A message says what happened, why, and how to fix it; the code (`folder/reason`) is stable and safe to match on.
 * Our own bugs are `internal` and their text begins with "internal:".
 */

/**
 * What sort of failure it is, which is all that the process exit code and the HTTP status depend on.
 *
 * - `usage`        the caller asked for something that does not exist or makes no sense
 * - `input`        a file, text or checkpoint is not what it should be
 * - `not-found`    a file, model or record is not there
 * - `unavailable`  a device, a network or memory cannot be had now
 * - `aborted`      the caller stopped it
 * - `internal`     our own bug
 */
export type ErrorKind = "usage" | "input" | "not-found" | "unavailable" | "aborted" | "internal";

export const EXIT_AND_STATUS: Readonly<Record<ErrorKind, { readonly exit: number; readonly status: number }>> = {
  usage: { exit: 2, status: 400 },
  input: { exit: 1, status: 422 },
  "not-found": { exit: 1, status: 404 },
  unavailable: { exit: 1, status: 503 },
  aborted: { exit: 130, status: 499 },
  internal: { exit: 1, status: 500 },
};

export interface ErrorText {
  /** What happened, with the values involved. One sentence. */
  readonly what: string;
  /** Why it is an error, or what was expected. */
  readonly why?: string;
  /** The next step for the user. */
  readonly fix?: string;
  /** Default `input`. */
  readonly kind?: ErrorKind;
  readonly cause?: unknown;
}

export class BiogptError extends Error {
  override readonly name = "BiogptError";
  /** Stable, `folder/reason`, for example `checkpoints/missing-tensor`. */
  readonly code: string;
  readonly kind: ErrorKind;
  readonly what: string;
  readonly why: string | undefined;
  readonly fix: string | undefined;

  constructor(code: string, { what, why, fix, kind = "input", cause }: ErrorText) {
    super([what, why, fix].filter((part) => part !== undefined).join(" "), cause === undefined ? {} : { cause });
    this.code = code;
    this.kind = kind;
    this.what = what;
    this.why = why;
    this.fix = fix;
  }

  get exitCode(): number {
    return EXIT_AND_STATUS[this.kind].exit;
  }

  get httpStatus(): number {
    return EXIT_AND_STATUS[this.kind].status;
  }
}

/** A bug of ours: a state that the code was meant to rule out. */
export function internalError(what: string, cause?: unknown): BiogptError {
  return new BiogptError("internal", {
    what: `internal: ${what}`,
    fix: "This is a bug in biogpt; please report it with the command that led here.",
    kind: "internal",
    cause,
  });
}

/** Narrows away `undefined` where a loop or an earlier check proves that a value is there. */
export function present<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw internalError(`${what} is missing`);
  return value;
}
