/**
 * Examples of single sentences, from those of documents: what a model that reads sentences learns from.
 *
 * A relation belongs to the sentence that the corpus annotates it in. Where the data do not say which (BioGPT's JSON), it belongs to
 * every sentence that names both arguments. Sentences without relations stay, with an empty target: most sentences are of that kind.
 */
import type { GoldRelation, GoldRelations, TaskExample } from "../example.ts";
import { anchorArgument } from "./anchor.ts";
import { type SentenceSource, sentenceSources } from "./reading-unit.ts";
import type { RelationScheme } from "./schemes.ts";

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
  const named = gold.relations.filter(({ head, tail }) => head !== "" && tail !== "");
  return sentenceSources(document, scheme).map((sentence, at) => ({
    id: `${id}, sentence ${at + 1}`,
    source: sentence.text,
    target: scheme.template.render(named.filter((relation) => standsIn(sentence, relation, scheme))),
  }));
}

function standsIn(sentence: SentenceSource, { head, tail, sentences }: GoldRelation, scheme: RelationScheme): boolean {
  const said = sentences === undefined || sentences.some((one) => overlap(one, sentence));
  if (!said) return false;
  const content = scheme.content(sentence.document);
  return [head, tail].every((name) => anchorArgument(name, sentence.document, content).length > 0);
}

function overlap(
  a: Pick<SentenceSource, "passage" | "start" | "end">,
  b: Pick<SentenceSource, "passage" | "start" | "end">,
): boolean {
  return a.passage === b.passage && a.start < b.end && b.start < a.end;
}
