/**
 * Examples of single sentences, from those of documents: what a model that reads sentences learns from.
 *
 * A relation belongs to the sentence that the corpus annotates it in. Where the data do not say which, it belongs to every sentence
 * that names both arguments; where a concept has several names (BC5CDR lists its mentions), by any of them, and the sentence's own
 * longest one is written; of KD-DTI's "name (abbreviation)" either. Sentences without relations stay, with an empty target: most sentences
 * are of that kind. A document of KD-DTI with a relation that none of its sentences names does not tell which of them are empty,
 * and none of them is learnt as such.
 */
import type { GoldRelation, GoldRelations, TaskExample } from "../example.ts";
import { anchorArgument } from "./anchor.ts";
import type { RelationScheme } from "./schemes.ts";
import { type SentenceSource, sentenceSources } from "./sentence-sources.ts";
import type { RelationTriple } from "./templates.ts";

export interface SentenceExample {
  readonly id: string;
  readonly source: string;
  /** Empty for a sentence without relations. */
  readonly target: string;
}

/** @param scheme with the template that targets are written in; relations keep the order of the gold */
export function sentenceExamples(
  { id, document, gold }: Pick<TaskExample<GoldRelations>, "id" | "document" | "gold">,
  scheme: RelationScheme,
): SentenceExample[] {
  const { chemicals = [], diseases = [] } = gold.mentions ?? {};
  const named = gold.relations.map((relation) => ({
    relation,
    heads: namesOf(relation.head, relation.headId, chemicals),
    tails: namesOf(relation.tail, relation.tailId, diseases),
  }));
  const placed = new Set<GoldRelation>();
  const examples = sentenceSources(document, scheme).map((sentence, at) => {
    const names = nameFinder(sentence);
    const said = named.flatMap(({ relation, heads, tails }): RelationTriple[] => {
      if (!mayStandIn(sentence, relation)) return [];
      const [head, tail] = [heads.find(names), tails.find(names)];
      if (head === undefined || tail === undefined) return [];
      placed.add(relation);
      return [{ head, tail, relation: relation.relation }];
    });
    return { id: `${id}, sentence ${at + 1}`, source: sentence.content.text, target: scheme.template.render(said) };
  });
  const unclear = scheme.names === "database" && placed.size < gold.relations.length;
  return unclear ? examples.filter(({ target }) => target !== "") : examples;
}

/** What may be written for an argument, the best first. */
function namesOf(
  name: string,
  concept: string | undefined,
  mentions: readonly (readonly [mention: string, id: string])[],
): string[] {
  const others = mentions.filter(([, id]) => id === concept).map(([mention]) => mention);
  const parts = /^(.*) \(([^()]+)\)$/.exec(name)?.slice(1) ?? [];
  return [...new Set([name, ...parts, ...others])].filter((each) => each !== "").sort((a, b) => b.length - a.length);
}

function nameFinder({ document, content }: SentenceSource): (name: string) => boolean {
  return (name) => anchorArgument(name, document, content).length > 0;
}

function mayStandIn(sentence: SentenceSource, { sentences }: GoldRelation): boolean {
  return (
    sentences === undefined ||
    sentences.some(
      ({ passage, start, end }) => passage === sentence.passage && start < sentence.end && sentence.start < end,
    )
  );
}
