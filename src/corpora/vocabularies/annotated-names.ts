/**
 * A vocabulary of the names that a corpus annotates, each with the concepts it was given and how often: PubTator, or any annotated format that is
 * read as documents.
 *
 * A mention with several identifiers (`D1|D2`, `D1+D2`) names each of them.
 */
import { conceptIds, entityType } from "../entities/mention-document.ts";
import { readPubtator } from "../literature/annotated/pubtator.ts";
import type { VocabularyConcept } from "./concept.ts";
import { annotatedCurie } from "./curie.ts";
import type { VocabularyFile } from "./vocabulary-file.ts";

/** @throws BiogptError `corpora/pubtator` */
export async function* readAnnotatedNames({
  path,
  chunks,
  signal,
}: VocabularyFile): AsyncGenerator<VocabularyConcept, void> {
  const concepts = new Map<string, { readonly type: string; readonly names: Map<string, number> }>();
  const documents = readPubtator({
    path,
    chunks,
    signal,
    problem: (error) => {
      throw error;
    },
    event: () => {},
    onDeletion: () => {},
  });
  for await (const { mentions = [] } of documents) {
    for (const { text, type: written, identifiers } of mentions) {
      const type = entityType(written);
      for (const identifier of identifiers.flatMap(conceptIds)) {
        const id = annotatedCurie(identifier, type);
        if (id === undefined) continue;
        const concept = concepts.get(id) ?? { type, names: new Map<string, number>() };
        concepts.set(id, concept);
        concept.names.set(text, (concept.names.get(text) ?? 0) + 1);
      }
    }
  }
  for (const [id, { type, names }] of concepts) {
    // The most frequent name stands for the concept; of equals the first.
    const sorted = [...names].sort(([, a], [, b]) => b - a);
    const synonyms = sorted.map(([text, count]) => ({ text, scope: "exact" as const, count }));
    yield { id, name: undefined, synonyms, alternatives: [], type };
  }
}
