/** What is mined, source by source: files, or documents that a program or a query has. */
import { stat } from "node:fs/promises";
import type { BiogptError } from "../../base/errors.ts";
import type { Document } from "../../corpora/document.ts";
import type { Format } from "../../corpora/literature/format-names.ts";
import { openReading } from "../../corpora/literature/read.ts";
import { type DocumentInput, noteOfReading, pathsOf } from "../documents.ts";

export interface MiningSource {
  /** Under which the graph knows it: the path as given, a query, or a name. */
  readonly name: string;
  read(listen: SourceListener): AsyncIterable<Document>;
}

export interface SourceListener {
  /** A record that is left out. */
  readonly onProblem: (error: BiogptError) => void;
  /** The id of a document that the source withdraws. */
  readonly onDeletion: (id: string) => void;
}

export interface MiningSources {
  readonly list: readonly MiningSource[];
  /** Bytes on the disk of all of them; undefined where one is not a file. */
  readonly bytes: number | undefined;
  bytesRead(): number;
}

export interface SourceSettings {
  readonly inputFormat?: Format | undefined;
  readonly standardInput?: AsyncIterable<Uint8Array> | undefined;
  readonly name?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly note?: ((text: string) => void) | undefined;
}

/**
 * Looks at all files, so that a slip in the last name costs nothing. Every record is read, superseded ones too: the graph takes the newest.
 *
 * @throws BiogptError `corpora/…`
 */
export async function miningSources(input: DocumentInput, settings: SourceSettings = {}): Promise<MiningSources> {
  const { inputFormat, standardInput, name = "documents", signal, note } = settings;
  const paths = pathsOf(input);
  if (paths === undefined) {
    const documents = input as Iterable<Document> | AsyncIterable<Document>;
    const read = async function* (): AsyncGenerator<Document, void, void> {
      yield* documents;
    };
    return { list: [{ name, read }], bytes: undefined, bytesRead: () => 0 };
  }
  let listener: SourceListener | undefined;
  let bytesRead = 0;
  const reading = await openReading(paths, {
    ...{ format: inputFormat, standardInput, signal },
    revisions: "all",
    onProblem: (error) => listener?.onProblem(error),
    onDeletion: (pmid) => listener?.onDeletion(pmid),
    onEvent: (event) => {
      const text = noteOfReading(event);
      if (text !== undefined) note?.(text);
    },
  });
  const sizes = await Promise.all(
    paths.map((path) => (path === "-" ? undefined : stat(path).then(({ size }) => size))),
  );
  return {
    list: paths.map((path, index) => ({
      name: path,
      read: (listen) => {
        listener = listen; // sources are read one after another
        return reading.documents(index, (piece) => {
          bytesRead += piece.length;
        });
      },
    })),
    bytes: sizes.every((size) => size !== undefined) ? sizes.reduce((sum, size) => sum + size, 0) : undefined,
    bytesRead: () => bytesRead,
  };
}
