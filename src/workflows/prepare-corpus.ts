/** Preparing a corpus, as a program calls it: corpora/prepare under the signature of all workflows. */

import { type PrepareOptions, type PrepareReport, prepareCorpus as prepare } from "../corpora/prepare/prepare.ts";
import { noteOfReading, type ProblemEvent } from "./documents.ts";
import { type NoteEvent, type ProgressEvent, progressEvents, type WorkflowContext } from "./workflow.ts";

export interface PrepareCorpusOptions extends Omit<PrepareOptions, "signal" | "progress" | "onProblem" | "onEvent"> {
  /** Literature files, plain or gzip; `-` is `standardInput`. */
  readonly paths: readonly string[];
  /** Whether a bad record ends the work. Default false: it is told in an event, counted in the report, and left out. */
  readonly strict?: boolean;
}

export type PrepareCorpusEvent = ProgressEvent | NoteEvent | ProblemEvent;

/**
 * Cleans, filters and de-duplicates literature into a corpus folder, in constant memory.
 *
 * @throws BiogptError `corpora/…`; `aborted` leaves a folder that `resume` goes on with
 *
 * @example
 * ```ts
 * const { kept } = await prepareCorpus({ paths: ["pubmed26n0001.xml.gz"], out: "corpus", heldOut: 0.01 });
 * ```
 */
export async function prepareCorpus(
  { paths, strict = false, ...options }: PrepareCorpusOptions,
  { signal, onEvent }: WorkflowContext<PrepareCorpusEvent> = {},
): Promise<PrepareReport> {
  return prepare(paths, {
    ...options,
    signal,
    progress: progressEvents(onEvent),
    onProblem: strict ? undefined : (error) => onEvent?.({ type: "problem", error }),
    onEvent: (event) => {
      const text = noteOfReading(event);
      if (text !== undefined) onEvent?.({ type: "note", text });
    },
  });
}
