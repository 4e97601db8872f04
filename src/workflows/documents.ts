/** What a workflow reads: files by their paths, or documents that a program has. */
import { access, constants } from "node:fs/promises";
import { throwIfAborted } from "../base/cancellation.ts";
import { BiogptError } from "../base/errors.ts";
import type { ReportProgress } from "../base/progress.ts";
import type { Document } from "../corpora/document.ts";
import type { Format } from "../corpora/literature/format-names.ts";
import { checkInputs, readDocuments } from "../corpora/literature/read.ts";
import type { ReadEvent } from "../corpora/literature/read-events.ts";
import { type NoteEvent, noteEvents } from "./workflow.ts";

/** A path, paths (`-` is standard input), or documents; a stream of documents is read as it is needed. */
export type DocumentInput = string | readonly string[] | Iterable<Document> | AsyncIterable<Document>;

export interface DocumentSettings {
  /** Of files. Default: told by their content. */
  readonly inputFormat?: Format | undefined;
  /** Ends after this many documents, at least 1. Default: all. */
  readonly limit?: number | undefined;
  /**
   * Whether a bad record or a document that fails ends the work, after the documents before it. Default: not where someone listens to
   * events, which tell it, and it is left out; it does where nobody would learn of it.
   */
  readonly strict?: boolean | undefined;
  /** Bytes of standard input, for the path `-`. Default: none, and `-` is an error. */
  readonly standardInput?: AsyncIterable<Uint8Array> | undefined;
}

/** A record or document that was left out because of an error. */
export interface ProblemEvent {
  readonly type: "problem";
  readonly error: BiogptError;
}

export interface ReadSettings extends Omit<DocumentSettings, "strict"> {
  /** Called for a record that is left out. Default: its error is thrown, after the documents before it. */
  readonly onProblem?: ((error: BiogptError) => void) | undefined;
  readonly progress?: ReportProgress | undefined;
  /** What loses no document, in words: deletions that were not applied, for example. */
  readonly note?: ((text: string) => void) | undefined;
}

/** How documents are read while someone listens, who is told of what is left out; and how much that was. */
export function toldReading(
  { strict, ...settings }: DocumentSettings,
  onEvent: ((event: NoteEvent | ProblemEvent) => void) | undefined,
): { readonly reading: ReadSettings; problems(): number } {
  let problems = 0;
  const leaveOut = (error: BiogptError): void => {
    problems++;
    onEvent?.({ type: "problem", error });
  };
  const onProblem = strict === true || onEvent === undefined ? undefined : leaveOut;
  return { reading: { ...settings, note: noteEvents(onEvent), onProblem }, problems: () => problems };
}

/** @throws BiogptError `corpora/…` for what cannot be read */
export function documentsOf(
  input: DocumentInput,
  { inputFormat, limit = Number.POSITIVE_INFINITY, standardInput, onProblem, progress, note }: ReadSettings,
  signal: AbortSignal | undefined,
): AsyncGenerator<Document, void, void> {
  const paths = pathsOf(input);
  if (paths === undefined) return first(input as Iterable<Document> | AsyncIterable<Document>, limit, signal);
  const onEvent = (event: ReadEvent): void => {
    const text = noteOfReading(event);
    if (text !== undefined) note?.(text);
  };
  const reading = { signal, progress, format: inputFormat, standardInput, onProblem, onEvent };
  return first(readDocuments(paths, reading), limit, signal);
}

/**
 * Looks at all files before any work: a slip in the last name costs nothing.
 *
 * @throws BiogptError `files/…`, `corpora/…` for a file that is not there, may not be opened, is a folder, is empty, or is of no format that is read
 */
export async function expectReadable(input: DocumentInput, format?: Format): Promise<void> {
  const files = (pathsOf(input) ?? []).filter((path) => path !== "-");
  for (const path of files) await access(path, constants.R_OK);
  await checkInputs(files, { format });
}

/** What a reader tells of the input as a line for people; undefined for what nobody needs to know, such as annotations left out. */
export function noteOfReading(event: ReadEvent): string | undefined {
  if (event.type !== "revisions-not-applied") return undefined;
  const { deletions, repeated } = event;
  return `note: standard input is read once, so ${deletions} deletions and ${repeated} repeated records in it take nothing back; as a file they would.`;
}

/** The paths among the inputs; undefined for documents. */
export function pathsOf(input: DocumentInput): readonly string[] | undefined {
  if (typeof input === "string") return [input];
  if (!Array.isArray(input)) return undefined;
  const strings = input.filter((one) => typeof one === "string");
  if (strings.length === 0 && input.length > 0) return undefined;
  if (strings.length === input.length) return strings;
  throw new BiogptError("workflows/input", {
    what: "Paths and documents were given together.",
    fix: "Give an array of one of the two.",
    kind: "usage",
  });
}

async function* first(
  documents: Iterable<Document> | AsyncIterable<Document>,
  limit: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Document, void, void> {
  let count = 0;
  for await (const document of documents) {
    throwIfAborted(signal);
    yield document;
    if (++count >= limit) return;
  }
}
