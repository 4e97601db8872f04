/**
 * How much of a document a relation model reads at once: all of it, as BioGPT's recipes do, or one sentence after another.
 *
 * Where a corpus annotates sentences (DDI does), a model that reads them one by one has short texts, few names and a clear answer for
 * most of them: none. A document's relations are then those of its sentences. A model's folder says what it was trained to read in
 * `reading.json`, `{"unit": "sentence"}`; a folder without that file reads documents.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { BiogptError } from "../../base/errors.ts";
import { splitSentences } from "../../corpora/sentences.ts";
import type { Content, ContentSource, PassageSpan } from "./content.ts";
import type { RelationScheme } from "./schemes.ts";

export type ReadingUnit = "document" | "sentence";

export const READING_FILE = "reading.json";
const fileSchema = z.strictObject({ unit: z.enum(["document", "sentence"]) });

/**
 * What the model in a folder reads.
 *
 * @param folder undefined for a model without one
 * @throws BiogptError `tasks/reading-unit` for a file that says something else
 */
export function readingUnitOf({ folder }: { readonly folder?: string | undefined }): ReadingUnit {
  const path = folder === undefined ? undefined : join(folder, READING_FILE);
  if (path === undefined || !existsSync(path)) return "document";
  try {
    return fileSchema.parse(JSON.parse(readFileSync(path, "utf8"))).unit;
  } catch (cause) {
    throw new BiogptError("tasks/reading-unit", {
      what: `${path} does not say what the model reads.`,
      fix: 'It is {"unit": "document"} or {"unit": "sentence"}; take the one that came with the model.',
      cause,
    });
  }
}

/** The text of `reading.json`. */
export function readingText(unit: ReadingUnit): string {
  return `${JSON.stringify({ unit })}\n`;
}

export interface SentenceSource extends PassageSpan {
  /** The sentence as a document of its own. */
  readonly document: ContentSource;
  /** As the model reads it. */
  readonly content: Content;
}

/** A document's sentences in the order of its passages. */
export function sentenceSources(document: ContentSource, scheme: Pick<RelationScheme, "content">): SentenceSource[] {
  return document.passages.flatMap(({ kind, text }, passage) =>
    splitSentences(text).map(({ start, end }) => {
      const alone = { id: document.id, passages: [{ kind, text: text.slice(start, end) }] };
      return { passage, start, end, document: alone, content: scheme.content(alone) };
    }),
  );
}
