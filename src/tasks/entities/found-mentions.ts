/** What a tagger finds in a text that was read: mentions with probabilities. */
import type { Mention } from "../../corpora/entities/mention-document.ts";
import { decodeTags, mentionOf } from "./decode.ts";
import type { ReadText } from "./text-reader.ts";

/** A mention that a tagger found. */
export interface FoundMention extends Mention {
  /** In [0, 1]: of exactly this name, given the text. */
  readonly probability: number;
}

/** The names of a text that was read, in order. */
export function decodeMentions({ text, logProbabilities }: ReadText, types: readonly string[]): FoundMention[] {
  return decodeTags(logProbabilities, types.length)
    .map((span) => mentionOf(text, span, types))
    .filter((mention) => mention !== undefined);
}
