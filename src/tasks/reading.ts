/**
 * How much of a text a fine-tuned model was trained to read; its folder says so in `reading.json`, so that whoever asks it need not know.
 *
 *     {"unit": "sentence"}       relations: one sentence after another instead of the whole document. Where a corpus annotates sentences
 *                                (DDI does), texts are then short, names few, and most have a clear answer: none.
 *     {"contextWords": 110}      questions: the last words of a context, where an abstract tells what was found
 *
 * A folder without the file reads all of a text, as BioGPT's recipes do.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { BiogptError } from "../base/errors.ts";

export type ReadingUnit = "document" | "sentence";

export interface Reading {
  /** Of relation models. */
  readonly unit: ReadingUnit;
  /** Last white-space words of a question's context that are read; undefined for all. */
  readonly contextWords: number | undefined;
}

export const READING_FILE = "reading.json";
/** More words than any model's positions hold. */
const MOST_WORDS = 100_000;
const fileSchema = z.strictObject({
  unit: z.enum(["document", "sentence"]).default("document"),
  contextWords: z.number().int().min(1).max(MOST_WORDS).optional(),
});

/**
 * What the model in a folder reads.
 *
 * @param folder undefined for a model without one
 * @throws BiogptError `tasks/reading` for a file that says something else
 */
export function readingOf({ folder }: { readonly folder?: string | undefined }): Reading {
  const path = folder === undefined ? undefined : join(folder, READING_FILE);
  if (path === undefined || !existsSync(path)) return { unit: "document", contextWords: undefined };
  try {
    const { unit, contextWords } = fileSchema.parse(JSON.parse(readFileSync(path, "utf8")));
    return { unit, contextWords };
  } catch (cause) {
    throw new BiogptError("tasks/reading", {
      what: `${path} does not say what the model reads.`,
      fix: 'It is such as {"unit": "sentence"} or {"contextWords": 110}; take the one that came with the model.',
      cause,
    });
  }
}

/** The text of `reading.json`; undefined where a model reads all of a text, so that no file is needed. */
export function readingText({ unit, contextWords }: Reading): string | undefined {
  if (unit === "document" && contextWords === undefined) return undefined;
  return `${JSON.stringify({ ...(unit === "document" ? {} : { unit }), contextWords })}\n`;
}
