/** A document sentence by sentence, for relation models that read it so (`input-unit.ts`): its relations are then those of its sentences. */
import { splitSentences } from "../../corpora/sentences.ts";
import type { Content, ContentSource, PassageSpan } from "./content.ts";
import type { RelationScheme } from "./schemes.ts";

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
