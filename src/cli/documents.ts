/** Commands that read documents: which they read, and what was left out because of an error: named when it happens, an exit code at the end. */
import { agreed, countOf } from "../base/count-of.ts";
import { BiogptError } from "../base/errors.ts";
import { FORMATS, type Format } from "../corpora/literature/format-names.ts";
import type { ProblemEvent } from "../workflows/documents.ts";
import type { NoteEvent, ProgressEvent } from "../workflows/workflow.ts";
import { choice, count, flag, type OptionRow } from "./options.ts";
import type { Terminal } from "./terminal.ts";
import { showEvent } from "./workflow-events.ts";

export const DOCUMENT_OPTIONS: {
  readonly limit: OptionRow<number | undefined>;
  readonly strict: OptionRow<boolean | undefined>;
  readonly inputFormat: OptionRow<Format | undefined>;
} = {
  limit: count("n", "stop after this many documents", { min: 1 }),
  strict: flag("stop at the first bad record instead of leaving it out"),
  inputFormat: choice("format", "of the files (default: told by their content)", FORMATS),
};

/** Of a command that reads documents: name and meaning of its argument. */
export const FILES: readonly [name: string, meaning: string] = ["<files...>", "files to read, or - for standard input"];

/** @returns a listener for the work, and how many problems it has told so far */
export function documentEvents(terminal: Terminal): {
  readonly onEvent: (event: ProblemEvent | ProgressEvent | NoteEvent) => void;
  problems(): number;
} {
  let problems = 0;
  return {
    onEvent: (event) => {
      if (event.type !== "problem") return showEvent(event, terminal);
      problems++;
      const { what, why, code } = event.error;
      terminal.note(`left out: ${what}${why === undefined ? "" : ` ${why}`} [${code}]`);
    },
    problems: () => problems,
  };
}

/**
 * @param fix what to do about it
 * @throws BiogptError `cli/left-out`, so that a script sees it
 */
export function expectNoProblems(count: number, fix = "They are named above; --strict stops at the first."): void {
  if (count === 0) return;
  throw new BiogptError("cli/left-out", {
    what: `${countOf(count, "record")} ${agreed(count, "was", "were")} left out because of an error; everything else is done.`,
    fix,
  });
}

/** `in 2.0 s (5.1 documents/s).` */
export function pace(documents: number, startedMs: number): string {
  const seconds = (performance.now() - startedMs) / 1000;
  return `in ${seconds.toFixed(1)} s (${(documents / seconds).toFixed(1)} documents/s).`;
}
