/** What was left out because of an error: named when it happens, and an exit code at the end. */

import { countOf } from "../base/count-of.ts";
import { BiogptError } from "../base/errors.ts";
import type { ProblemEvent } from "../workflows/documents.ts";
import type { Terminal } from "./terminal.ts";

export function tellProblem({ error }: ProblemEvent, terminal: Terminal): void {
  terminal.note(`left out: ${error.what}${error.why === undefined ? "" : ` ${error.why}`} [${error.code}]`);
}

/** @throws BiogptError `cli/left-out`, so that a script sees it */
export function expectNoProblems(count: number): void {
  if (count === 0) return;
  throw new BiogptError("cli/left-out", {
    what: `${countOf(count, "record")} ${count === 1 ? "was" : "were"} left out because of an error; everything else is done.`,
    fix: "They are named above; --strict stops at the first.",
  });
}
