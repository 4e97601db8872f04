/** `--out` and `--resume`: results in a file that appears when all is done, and that an interrupted run goes on with. */
import { agreed, countOf } from "../base/count-of.ts";
import type { ProgressEvent } from "../workflows/workflow.ts";
import { noEffect } from "./no-effect.ts";
import { type FlagsOf, flag, type OptionRow, text } from "./options.ts";
import type { Terminal } from "./terminal.ts";

export const RESULT_FILE_OPTIONS: {
  readonly out: OptionRow<string | undefined>;
  readonly resume: OptionRow<boolean | undefined>;
} = {
  out: text("file", "write into a file, which appears when all is done; until then FILE.partial holds what is done"),
  resume: flag("with --out: go on with what an interrupted run has done"),
};

export interface OutFile {
  /** The listener, and before it one that counts documents. */
  listener<Event extends { readonly type: string }>(listener: (event: Event) => void): (event: Event) => void;
  /** Says how to go on when the work fails after some documents. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Says what became of the file.
   *
   * @param written undefined where it was whole already
   * @returns whether it was written
   */
  tell(written: { readonly before: number } | undefined): boolean;
}

/** @throws BiogptError `cli/no-effect` for `--resume` without `--out` */
export function outFile({ out, resume }: FlagsOf<typeof RESULT_FILE_OPTIONS>, terminal: Terminal): OutFile {
  if (resume === true && out === undefined)
    throw noEffect("--resume has no effect without --out.", "Name the file with --out.");
  let done = 0;
  return {
    listener: (listener) => (event) => {
      const { unit, done: count } = event as Partial<ProgressEvent>;
      if (event.type === "progress" && unit === "documents") done = count!;
      listener(event);
    },
    async during(work) {
      try {
        return await work();
      } catch (error) {
        if (done > 0) terminal.note(howToGoOn(done, out));
        throw error;
      }
    },
    tell(written) {
      if (written === undefined) terminal.note(`${out} is whole already; delete it to make it anew.`);
      else {
        if (written.before > 0) terminal.note(`${countOf(written.before, "document")} were done before.`);
        terminal.note(`Wrote ${out}.`);
      }
      return written !== undefined;
    },
  };
}

function howToGoOn(done: number, out: string | undefined): string {
  const documents = `${countOf(done, "document")} ${agreed(done, "is", "are")} done`;
  return out === undefined
    ? `${documents} and written; with --out FILE an interrupted run can be gone on with by --resume.`
    : `${documents} and kept in ${out}.partial; the same command with --resume goes on from there.`;
}
