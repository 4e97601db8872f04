/** The evidence of a relation: the sentence of the document that names both of its arguments, or two that stand side by side. */
import type { Document } from "../../corpora/document.ts";
import { type Span, splitSentences } from "../../corpora/sentences.ts";
import type { PassageSpan } from "./content.ts";

export interface Evidence extends PassageSpan {
  readonly text: string;
  /** The two names that it is evidence of, where they were recognised; in a document of several passages maybe in others than this. */
  readonly head?: PassageSpan;
  readonly tail?: PassageSpan;
  /** A second sentence, where none names both: it names the head, this one the tail. */
  readonly also?: PassageSpan & { readonly text: string };
}

/** What a reader takes in at a glance; a longer run of sentences names both arguments without saying anything of the two. */
const MOST_SENTENCES = 2;

/**
 * The shortest stretch of at most two neighbouring sentences of one passage that names both arguments, of which neither lies inside the other; of
 * equal ones where they stand nearest. Null where there is none.
 */
export function findEvidence(
  document: Document,
  heads: readonly PassageSpan[],
  tails: readonly PassageSpan[],
): Evidence | null {
  let best: { readonly evidence: Evidence; readonly apart: number } | undefined;
  const sentences = new Map<number, readonly Span[]>();
  for (const head of heads) {
    for (const tail of tails) {
      if (head.passage !== tail.passage || (head.start < tail.end && tail.start < head.end)) continue;
      const { passage } = head;
      const { text } = document.passages[passage]!;
      if (!sentences.has(passage)) sentences.set(passage, splitSentences(text));
      const both = { start: Math.min(head.start, tail.start), end: Math.max(head.end, tail.end) };
      const around = sentences.get(passage)!.filter(({ start, end }) => end > both.start && start < both.end);
      if (around.length > MOST_SENTENCES) continue;
      const start = Math.min(both.start, around[0]?.start ?? both.start);
      const end = Math.max(both.end, around.at(-1)?.end ?? both.end);
      const [length, apart] = [end - start, both.end - both.start];
      const before = best === undefined ? undefined : best.evidence.end - best.evidence.start;
      if (before !== undefined && (length > before || (length === before && apart >= best!.apart))) continue;
      const evidence = { passage, start, end, text: text.slice(start, end), head, tail };
      best = { evidence, apart };
    }
  }
  return best?.evidence ?? null;
}
