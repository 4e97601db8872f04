/** Preparing a corpus, as a program calls it: corpora/prepare under the signature of all workflows. */
import { type PrepareOptions, type PrepareReport, prepareCorpus as prepare } from "../corpora/prepare/prepare.ts";
import { progressEvents, type WorkflowContext } from "./workflow.ts";

export interface PrepareCorpusOptions extends Omit<PrepareOptions, "signal" | "progress"> {
  /** Literature files, plain or gzip; `-` is `standardInput`. */
  readonly paths: readonly string[];
}

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
  { paths, ...options }: PrepareCorpusOptions,
  { signal, onEvent }: WorkflowContext = {},
): Promise<PrepareReport> {
  return prepare(paths, { ...options, signal, progress: progressEvents(onEvent) });
}
