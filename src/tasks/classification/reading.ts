/**
 * What a classifier reads of a text: what begins a prompt of its family, and the text, whose last token is what the head sees.
 *
 *     </s> text            BioGPT; transformers' own tokenizers make the same of it
 *     <s> text             Llama
 */
import { z } from "zod";
import { promptBegin, type Tokenizer, textBegin } from "../../tokenizers/tokenizer.ts";

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
  const begin = all.length === 0 ? textBegin(tokenizer) : promptBegin(tokenizer); // a model reads one token at least
  const kept = tokens - begin.length;
  const ids = Int32Array.of(...begin, ...all.slice(0, kept));
  return { ids, cut: all.length > kept };
}
