/**
 * What Node throws where it is the user's to mend (a path, a permission, a full disk), with a code of ours; anything else is a bug.
 * Imports no Node module: a system error is told by its `code`.
 */
import { BiogptError, type ErrorText, internalError } from "./errors.ts";

interface SystemError {
  readonly code?: string;
  readonly path?: string;
  readonly message?: string;
}

const FREE_SPACE = "Free some space and run it again.";

/** By Node's `error.code`: our code and what to say about `file`. */
const SYSTEM_ERRORS: Readonly<Record<string, (file: string) => readonly [code: string, text: ErrorText]>> = {
  ENOENT: (file) => ["files/not-found", { what: `${file} does not exist.`, fix: "Check the path." }],
  EACCES: (file) => ["files/forbidden", { what: `${file} may not be opened.`, fix: "Check its permissions." }],
  EPERM: (file) => ["files/forbidden", { what: `${file} may not be opened.`, fix: "Check its permissions." }],
  EISDIR: (file) => ["files/is-folder", { what: `${file} is a folder.`, fix: "Name a file." }],
  ENOTDIR: (file) => ["files/not-folder", { what: `${file} is not a folder.`, fix: "Name a folder." }],
  // Of what we do, only making a folder where a file is says this and is not expected.
  EEXIST: (file) => ["files/not-folder", { what: `${file} is a file.`, fix: "Name a folder." }],
  ENOSPC: (file) => ["files/disk-full", { what: `The disk is full at ${file}.`, fix: FREE_SPACE }],
  EDQUOT: (file) => ["files/disk-full", { what: `Your quota on the disk of ${file} is used up.`, fix: FREE_SPACE }],
  EROFS: (file) => [
    "files/read-only",
    {
      what: `${file} lies on a disk that is mounted read-only.`,
      fix: "Name a place that can be written; HF_HOME moves the model cache.",
    },
  ],
  EMFILE: (file) => [
    "files/too-many-open",
    {
      what: `${file} cannot be opened: this process has as many files open as the system allows.`,
      fix: "Raise the limit (`ulimit -n 4096`) or name fewer files at once.",
    },
  ],
};
/** Any thrown value as a `BiogptError`: its own, the system's by the table above, an aborted wait as `aborted`, the rest `internal`. */
export function asBiogptError(error: unknown): BiogptError {
  if (error instanceof BiogptError) return error;
  const { code, path, message } = (error ?? {}) as SystemError;
  if (isAbort(error)) return new BiogptError("aborted", { what: "The work was stopped before its end.", cause: error });
  const known = code === undefined ? undefined : SYSTEM_ERRORS[code];
  if (known !== undefined) {
    const [ours, text] = known(path ?? "a file");
    return new BiogptError(ours, { ...text, cause: error });
  }
  return internalError(message ?? String(error), error);
}

/** What `AbortSignal.throwIfAborted`, `fetch` and Node's timers throw when their signal fires. */
export function isAbort(error: unknown): boolean {
  const { name, code } = (error ?? {}) as { name?: string; code?: string };
  return name === "AbortError" || code === "ABORT_ERR";
}
