/** The evidence of a relation: the words of the document that name both of its arguments. */
import type { Document } from "../../corpora/document.ts";
import { type Span, sentenceAround, splitSentences } from "../../corpora/sentences.ts";
import type { PassageSpan } from "./content.ts";

export interface Evidence extends PassageSpan {
  readonly text: string;
  /** The two names that it is evidence of, where they were recognised; in a document of several passages maybe in others than this. */
  readonly head?: PassageSpan;
  readonly tail?: PassageSpan;
  /** A second sentence, where none names both: it names the head, this one the tail. */
  readonly also?: PassageSpan & { readonly text: string };
}

/** The shortest stretch of sentences of one passage that names both arguments; null where no passage has both. */
export function findEvidence(
  document: Document,
  heads: readonly PassageSpan[],
  tails: readonly PassageSpan[],
): Evidence | null {
  let best: Evidence | null = null;
  const sentences = new Map<number, readonly Span[]>();
  for (const head of heads) {
    for (const tail of tails) {
      if (head.passage !== tail.passage) continue;
      const { passage } = head;
      const { text } = document.passages[passage]!;
      if (!sentences.has(passage)) sentences.set(passage, splitSentences(text));
      const both = { start: Math.min(head.start, tail.start), end: Math.max(head.end, tail.end) };
      const { start, end } = sentenceAround(sentences.get(passage)!, both) ?? both;
      if (best === null || end - start < best.end - best.start)
        best = { passage, start, end, text: text.slice(start, end) };
    }
  }
  return best;
}
