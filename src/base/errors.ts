/**
 * The one error class of the package.
 *
 * A message says what happened, why, and how to fix it; the code (`folder/reason`) is stable and safe to match on, and stands with its kind
 * in error-codes.ts. Our own bugs are `internal` and their text begins with "internal:".
 */
import { ERROR_CODES, type ErrorKind, EXIT_AND_STATUS } from "./error-codes.ts";

/** What an error says. */
export interface ErrorText {
  /** What happened, with the values involved. One sentence. */
  readonly what: string;
  /** Why it is an error, or what was expected. */
  readonly why?: string;
  /** The next step for the user. */
  readonly fix?: string;
  /** Default: the kind that the table gives the code; `input` for a code that is not ours. */
  readonly kind?: ErrorKind;
  readonly cause?: unknown;
}

/** An error as `--json` prints it and a server answers it. */
export interface ErrorJson {
  readonly code: string;
  readonly what: string;
  readonly why?: string;
  readonly fix?: string;
}

/** Every failure of the package: a stable code, what happened, why, and what to do next. */
export class BiogptError extends Error {
  override readonly name = "BiogptError";
  /** Stable, `folder/reason`, for example `checkpoints/missing-tensor`. */
  readonly code: string;
  readonly kind: ErrorKind;
  readonly what: string;
  readonly why: string | undefined;
  readonly fix: string | undefined;

  constructor(code: string, { what, why, fix, kind = ERROR_CODES[code]?.[0] ?? "input", cause }: ErrorText) {
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

  toJSON(): ErrorJson {
    const { code, what, why, fix } = this;
    return { code, what, ...(why === undefined ? {} : { why }), ...(fix === undefined ? {} : { fix }) };
  }
}

/** A bug of ours: a state that the code was meant to rule out. */
export function internalError(what: string, cause?: unknown): BiogptError {
  return new BiogptError("internal", {
    what: `internal: ${what}`,
    fix: "This is a bug in biogpt; please report it with the command that led here.",
    cause,
  });
}

/** Narrows away `undefined` where a loop or an earlier check proves that a value is there. */
export function present<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw internalError(`${what} is missing`);
  return value;
}
