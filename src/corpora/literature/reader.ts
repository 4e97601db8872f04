/** What a reader of a format is given and does: the shape that every record of the format table has. */
import type { BiogptError } from "../../base/errors.ts";
import type { Document } from "../document.ts";
import type { ReadEvent } from "./read-events.ts";

export interface ReaderInput {
  /** As given: the source of every document. */
  readonly path: string;
  readonly chunks: AsyncIterable<Buffer>;
  readonly signal?: AbortSignal | undefined;
  /** Says that a record is bad. Returns where the reading goes on behind it, throws the error where it ends. */
  readonly problem: (error: BiogptError) => void;
  readonly event: (event: ReadEvent) => void;
  /** A PMID that a PubMed update file withdraws. */
  readonly onDeletion: (pmid: string) => void;
}

/** The beginning of a file, which tells its format. */
export interface Head {
  /** Without byte order mark and leading white space; characters, not bytes, the last one perhaps cut. */
  readonly text: string;
  /** Of `text`; the last one perhaps cut. */
  readonly lines: readonly string[];
  /** Whether `text` is the whole content. */
  readonly whole: boolean;
  /** Of the file's name without `.gz`, in lower case, without the dot; "" for none and for standard input. */
  readonly extension: string;
}

export interface DocumentFormat {
  /** For people: "RIS", "PubMed (nbib)". */
  readonly title: string;
  /** Usual endings of file names, without the dot. Contents decide; endings only where contents may be several things. */
  readonly extensions: readonly string[];
  readonly sniff: (head: Head) => boolean;
  readonly read: (input: ReaderInput) => AsyncGenerator<Document, void>;
  /** Only the ids, cheaply, of formats whose files supersede one another. */
  readonly revisions?: (input: ReaderInput) => AsyncGenerator<Revision, void>;
}

/** A record of a PMID, or its withdrawal. */
export interface Revision {
  readonly pmid: string;
  /** From 1; PubMed's `Version`. */
  readonly version: number;
  readonly deleted: boolean;
}
