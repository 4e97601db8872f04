/**
 * Documents out of files of any known format (formats.ts), each plain or packed, a path or `-`; a zip archive's one after another. Flat memory.
 *
 * The format is told by the content's first bytes, so names do not matter. Inputs are looked at before work begins; a bad record costs itself where its
 * reader can go on; of the records of one PMID the newest counts (revisions.ts).
 */
import { throwIfAborted } from "../../base/cancellation.ts";
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import { type FilePart, fileSize, partsOf } from "../../files/bytes.ts";
import type { ReadOptions } from "../../files/read-options.ts";
import type { Document } from "../document.ts";
import { detectFormat } from "./detect-format.ts";
import { FORMATS, type Format } from "./format-names.ts";
import { DOCUMENT_FORMATS } from "./formats.ts";
import type { ReadEvent } from "./read-events.ts";
import type { ReaderInput } from "./reader.ts";
import { PmidSet, Revisions } from "./revisions.ts";

export interface ReadDocumentsOptions extends ReadOptions {
  /** Default: told by the content. Plain text then is one document a file. */
  readonly format?: Format | undefined;
  /**
   * Takes the error of each record that is skipped, naming file, line (XML: byte) and id, and of each file that cannot be read to its end; reading
   * goes on behind it. A file that begins with a hundred bad records is given up. Default: the first such error is thrown, after the documents before it.
   */
  readonly onProblem?: ((error: BiogptError) => void) | undefined;
  /** What loses no document: deletions that were not applied, annotations left out. */
  readonly onEvent?: ((event: ReadEvent) => void) | undefined;
  /**
   * `newest` leaves out records of PubMed that a later one of the same PMID replaces or a DeleteCitation withdraws; files of PubMed XML and nbib then get a
   * first pass over their ids. What comes by standard input or a pipe is read once: for it an event counts what was not applied. `all` yields every
   * record. Default `newest`.
   */
  readonly revisions?: "newest" | "all" | undefined;
  /** Called with each PMID that a PubMed update file withdraws (DeleteCitation). */
  readonly onDeletion?: ((pmid: string, source: string) => void) | undefined;
}

/** An input that was looked at. */
export interface CheckedInput {
  readonly path: string;
  /** Undefined for standard input and pipes, which are not opened before they are read. */
  readonly bytes: number | undefined;
  /** Undefined where `bytes` is and no format was given, and for an archive of files of several formats. */
  readonly format: Format | undefined;
}

/**
 * Documents of the files in order.
 *
 * @example
 * for await (const { id, passages } of readDocuments(["abstracts.xml.gz", "more.ris"], { onProblem: (error) => console.error(error.what) }))
 *   console.log(id, passages[0]?.text);
 *
 * @throws BiogptError `corpora/…`: not found, empty, no text, unknown format, before anything is read; then what `onProblem` would take
 */
export async function* readDocuments(
  paths: readonly string[],
  options: ReadDocumentsOptions = {},
): AsyncGenerator<Document, void> {
  const reading = await openReading(paths, options);
  const { progress, onBytes } = options;
  const sizes = reading.inputs.map(({ bytes }) => bytes);
  const total = sizes.every((size) => size !== undefined) ? sizes.reduce((sum, size) => sum + size, 0) : undefined;
  let done = 0;
  for (const [index, { path }] of reading.inputs.entries()) {
    const counted = (bytes: Uint8Array): void => {
      done += bytes.length;
      onBytes?.(bytes);
      progress?.({ activity: `reading ${path}`, done, unit: "bytes", ...(total === undefined ? {} : { total }) });
    };
    yield* reading.documents(index, counted);
  }
}

/** Inputs that were looked at and whose revisions are known; each can then be read by itself. */
export interface Reading {
  readonly inputs: readonly CheckedInput[];
  /** @param onBytes sees each piece of the file as it lies on disk */
  documents(index: number, onBytes?: (bytes: Uint8Array) => void): AsyncGenerator<Document, void>;
}

/** What `readDocuments` does before its first document. @throws BiogptError as it says */
export async function openReading(paths: readonly string[], options: ReadDocumentsOptions = {}): Promise<Reading> {
  const inputs = await checkInputs(paths, options);
  const revisions = options.revisions === "all" ? undefined : await surveyRevisions(inputs, options);
  return {
    inputs,
    documents: (index, onBytes) => {
      const documents = readOne(inputs[index]!, { ...options, onBytes });
      return revisions === undefined ? documents : revisions.current(index, documents);
    },
  };
}

/**
 * Looks at all inputs before work begins: a late typo must not cost an hour.
 *
 * @throws BiogptError the fault of the one input that has one, or `corpora/inputs` that lists those of several; `corpora/unknown-format`
 */
export async function checkInputs(
  paths: readonly string[],
  { format, signal, standardInput }: Pick<ReadDocumentsOptions, "format" | "signal" | "standardInput"> = {},
): Promise<readonly CheckedInput[]> {
  expectFormat(format);
  const inputs: CheckedInput[] = [];
  const faults: BiogptError[] = [];
  for (const path of paths) {
    throwIfAborted(signal);
    try {
      if (path === "-" && standardInput === undefined) throw noStandardInput();
      const bytes = await fileSize(path);
      inputs.push({ path, bytes, format: bytes === undefined ? format : await formatOf(path, format, signal) });
    } catch (error) {
      if (!(error instanceof BiogptError) || error.kind === "aborted") throw error;
      faults.push(error);
    }
  }
  if (faults.length === 1) throw faults[0]!;
  if (faults.length > 1) {
    const [first] = faults as [BiogptError];
    throw new BiogptError("corpora/inputs", {
      what: `${faults.length} of ${paths.length} inputs cannot be read: ${faults.map(({ what }) => what).join(" ")}`,
      why: "Nothing was read: all inputs are looked at before work begins.",
      ...(first.fix === undefined ? {} : { fix: `Of the first: ${first.fix}` }),
      kind: faults.every(({ kind }) => kind === first.kind) ? first.kind : "input",
    });
  }
  return inputs;
}

/** Of all files of an archive, each of which is looked at. */
async function formatOf(
  path: string,
  given: Format | undefined,
  signal: AbortSignal | undefined,
): Promise<Format | undefined> {
  const formats = new Set<Format>();
  for (const part of await partsOf(path)) {
    const { head, isWhole, chunks } = await part.open({ signal });
    await chunks.return();
    formats.add(given ?? detectFormat(head, part.path, isWhole));
  }
  return formats.size === 1 ? [...formats][0] : undefined;
}

function noStandardInput(): BiogptError {
  return new BiogptError("corpora/no-standard-input", {
    what: "`-` stands for standard input, which is not connected here.",
    fix: "Give a path.",
  });
}

/** The pass over the ids; undefined where no input has any that could be superseded. */
async function surveyRevisions(
  inputs: readonly CheckedInput[],
  { signal, progress }: ReadDocumentsOptions,
): Promise<Revisions | undefined> {
  const surveyed = [...inputs.entries()].filter(
    ([, { format, bytes }]) =>
      bytes !== undefined && (format === undefined || DOCUMENT_FORMATS[format].revisions !== undefined),
  );
  if (surveyed.length === 0) return undefined;
  const revisions = new Revisions();
  const total = surveyed.reduce((sum, [, { bytes = 0 }]) => sum + bytes, 0);
  let done = 0;
  for (const [index, { path, format }] of surveyed) {
    const onBytes = (bytes: Uint8Array): void => {
      done += bytes.length;
      progress?.({ activity: `looking for superseded records in ${path}`, done, total, unit: "bytes" });
    };
    for (const part of await partsOf(path)) {
      try {
        const { head, isWhole, chunks } = await part.open({ signal, onBytes });
        const survey = DOCUMENT_FORMATS[format ?? detectFormat(head, part.path, isWhole)].revisions;
        if (survey === undefined) {
          await chunks.return();
          continue;
        }
        const none = (): void => {};
        const input: ReaderInput = {
          ...{ path: part.path, chunks, signal },
          ...{ problem: none, event: none, onDeletion: none },
        };
        for await (const revision of survey(input)) revisions.note(index, revision);
      } catch (error) {
        // What is broken is told when the file is read; what came before it counts.
        if (!(error instanceof BiogptError) || error.kind === "aborted") throw error;
      }
    }
  }
  return revisions.superseded === 0 ? undefined : revisions;
}

async function* readOne(input: CheckedInput, options: ReadDocumentsOptions): AsyncGenerator<Document, void> {
  for (const part of await partsOf(input.path)) yield* readPart(part, input, options);
}

/** What is wrong with one file of an archive leaves the others alone. */
async function* readPart(
  part: FilePart,
  { bytes, format: known }: CheckedInput,
  options: ReadDocumentsOptions,
): AsyncGenerator<Document, void> {
  const { signal, onProblem, onEvent } = options;
  const { path } = part;
  try {
    const { head, isWhole, chunks } = await part.open(options);
    const format = known ?? detectFormat(head, path, isWhole);
    const once = bytes === undefined && options.revisions !== "all" && DOCUMENT_FORMATS[format].revisions !== undefined;
    const counts = { deletions: 0, repeated: 0 };
    let read = 0;
    let bad = 0;
    const documents = DOCUMENT_FORMATS[format].read({
      path,
      chunks,
      signal,
      problem: (error) => {
        if (onProblem === undefined || (read === 0 && ++bad > MOST_BAD_AT_START)) throw error;
        onProblem(error);
      },
      event: onEvent ?? (() => {}),
      onDeletion: (pmid) => {
        counts.deletions++;
        options.onDeletion?.(pmid, path);
      },
    });
    for await (const document of once ? countRepeated(documents, counts) : documents) {
      read++;
      yield document;
    }
    if (once && counts.deletions + counts.repeated > 0) {
      onEvent?.({ type: "revisions-not-applied", source: path, ...counts });
    }
  } catch (error) {
    if (onProblem === undefined || !(error instanceof BiogptError)) throw error;
    if (error.kind !== "input" && error.kind !== "unavailable") throw error;
    onProblem(error);
  }
}

async function* countRepeated(
  documents: AsyncIterable<Document>,
  counts: { repeated: number },
): AsyncGenerator<Document, void> {
  const seen = new PmidSet();
  for await (const document of documents) {
    const pmid = document.citation?.pmid;
    if (pmid !== undefined && !seen.add(Number(pmid))) counts.repeated++;
    yield document;
  }
}

/** A file with more bad records than this before its first good one is of another kind than it seems, and is given up. */
const MOST_BAD_AT_START = 100;

/** @throws BiogptError `corpora/unknown-format` */
export function expectFormat(format: string | undefined): void {
  if (format === undefined || (FORMATS as readonly string[]).includes(format)) return;
  throw new BiogptError("corpora/unknown-format", {
    what: `There is no format "${format}".`,
    fix: `Formats: ${FORMATS.join(", ")}.${didYouMean(format, FORMATS)}`,
  });
}
