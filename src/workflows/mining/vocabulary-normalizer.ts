/** Vocabularies as mining's normaliser: abbreviations of the document first, then names, then nothing. */
import { chosenConcepts, openVocabularies } from "../../knowledge-graph/vocabulary/vocabularies.ts";
import { normalizeMentions } from "../../mining/normalize/document.ts";
import { type ConceptNormalizer, NO_VOCABULARY } from "../../mining/normalizer.ts";

/** @param paths indexes that `biogpt vocabulary build` made; of equal candidates the first named wins. @throws BiogptError as `openVocabularies` */
export async function openNormalizer(
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<ConceptNormalizer & Disposable> {
  if (paths.length === 0) return { ...NO_VOCABULARY, [Symbol.dispose]: () => {} };
  const vocabularies = await openVocabularies(paths, { signal });
  return {
    hash: vocabularies.hash,
    description: vocabularies.list.map(({ title, concepts }) => `${title} (${concepts} concepts)`).join(", "),
    normalize: (document, mentions) =>
      normalizeMentions(document, mentions, vocabularies, { limit: 1 }).map((found) =>
        chosenConcepts(found).map(({ id, name, score }) => ({ id, name, score })),
      ),
    [Symbol.dispose]: () => vocabularies[Symbol.dispose](),
  };
}
