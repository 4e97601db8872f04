/** What a reader of a vocabulary's file is given, and how it says that a file is not what it should be. */
import { BiogptError } from "../../base/errors.ts";

export interface VocabularyFile {
  readonly path: string;
  /** The beginning of its content, which tells its form. */
  readonly head: string;
  /** Its content, decompressed. */
  readonly chunks: AsyncIterable<Buffer>;
  readonly signal?: AbortSignal | undefined;
}

/** @param place for example "line 17" */
export function notOfKind(path: string, place: string, what: string, why: string): BiogptError {
  return new BiogptError("corpora/vocabulary", {
    what: `${path}, ${place}: ${what}.`,
    why,
    fix: "Check that the file is of the kind that was named, and whole; `biogpt vocabulary build --help` lists the kinds.",
  });
}
