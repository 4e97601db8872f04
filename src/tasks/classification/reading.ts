/**
 * What a classifier reads of a text: the token that begins every text, and the text, whose last token is what the head sees.
 *
 *     </s> text            transformers' own tokenizer makes the same of it
 */
import { z } from "zod";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";

/** The field `classification` of `task.json`. */
export interface ClassificationReading {
  /** Most tokens of a text that are read, that before it included; a longer one loses its end. */
  readonly tokens: number;
}

export const CLASSIFICATION_READING: z.ZodType<ClassificationReading> = z.strictObject({
  tokens: z.number().int().min(2).max(1_000_000),
});

/** Where nothing is said: an abstract of usual length. */
export const USUAL_TOKENS = 512;

export interface ReadText {
  readonly ids: Int32Array;
  readonly cut: boolean;
}

export function readText(text: string, tokenizer: Tokenizer, { tokens }: ClassificationReading): ReadText {
  const all = tokenizer.encode(text);
  const ids = Int32Array.of(tokenizer.endId, ...all.slice(0, tokens - 1));
  return { ids, cut: all.length > tokens - 1 };
}
