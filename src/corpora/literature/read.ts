/**
 * Reads documents of any known format: PubMed XML, MEDLINE's tagged format (nbib), JSON Lines, plain text; each plain or gzip, a path or `-`.
 *
 * The format is told by the content's first bytes, so names do not matter. Constant memory.
 */
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import { fileSize, openBytes } from "../../files/bytes.ts";
import { readLines } from "../../files/lines.ts";
import type { ReadOptions } from "../../files/read-options.ts";
import type { Document } from "../document.ts";
import { detectFormat } from "./detect-format.ts";
import { readJsonLines } from "./json-lines.ts";
import { readPlainText, readTextLines } from "./plain-text.ts";
import { readNbib } from "./pubmed/nbib.ts";

/** `text` is one document a file, `text-lines` one a line. */
export const FORMATS = ["pubmed-xml", "nbib", "json-lines", "text", "text-lines"] as const;
export type Format = (typeof FORMATS)[number];

export interface ReadDocumentsOptions extends ReadOptions {
  /** Default: told by the content. Plain text then is one document a file. */
  readonly format?: Format | undefined;
  /** Called with each PMID that a PubMed update file withdraws (DeleteCitation). */
  readonly onDeletion?: ((pmid: string, source: string) => void) | undefined;
}

/**
 * Documents of the files in order.
 *
 * @throws BiogptError `corpora/…`: not found, empty, not text, broken gzip, invalid UTF-8, JSON or XML, unknown shape
 */
export async function* readDocuments(
  paths: readonly string[],
  options: ReadDocumentsOptions = {},
): AsyncGenerator<Document, void> {
  const { format, progress, onBytes } = options;
  expectFormat(format);
  const sizes: (number | undefined)[] = [];
  for (const path of paths) sizes.push(await fileSize(path)); // before any work: a late typo must not cost an hour
  const total = sizes.every((size) => size !== undefined) ? sizes.reduce((sum, size) => sum + size, 0) : undefined;
  let done = 0;
  for (const path of paths) {
    const counted = (bytes: Uint8Array): void => {
      done += bytes.length;
      onBytes?.(bytes);
      progress?.({ activity: `reading ${path}`, done, unit: "bytes", ...(total === undefined ? {} : { total }) });
    };
    yield* readOne(path, { ...options, onBytes: counted });
  }
}

async function* readOne(path: string, options: ReadDocumentsOptions): AsyncGenerator<Document, void> {
  const { head, chunks } = await openBytes(path, options);
  const format = options.format ?? detectFormat(head, path);
  switch (format) {
    case "nbib":
      return yield* readNbib(path, readLines(path, chunks));
    case "json-lines":
      return yield* readJsonLines(path, readLines(path, chunks));
    case "text":
      return yield* readPlainText(path, readLines(path, chunks));
    case "text-lines":
      return yield* readTextLines(path, readLines(path, chunks));
    case "pubmed-xml": {
      const { readPubmedXml } = await import("./pubmed/pubmed-xml.ts"); // saxes is loaded only where it is needed
      return yield* readPubmedXml(path, chunks, options);
    }
    default:
      return format satisfies never;
  }
}

function expectFormat(format: string | undefined): void {
  if (format === undefined || (FORMATS as readonly string[]).includes(format)) return;
  throw new BiogptError("corpora/unknown-format", {
    what: `There is no format "${format}".`,
    fix: `Formats: ${FORMATS.join(", ")}.${didYouMean(format, FORMATS)}`,
    kind: "usage",
  });
}
