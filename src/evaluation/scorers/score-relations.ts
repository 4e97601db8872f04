/** The relation tasks' scores: BC5CDR by concept ids, DDI and KD-DTI by wording; and how many arguments are unsupported: stand nowhere in their document. */
import type { GoldRelations, TaskExample } from "../../tasks/example.ts";
import { anchorArgument, comparisonKey } from "../../tasks/relation-extraction/anchor.ts";
import type { RelationScheme } from "../../tasks/relation-extraction/schemes.ts";
import type { RelationTriple } from "../../tasks/relation-extraction/templates.ts";
import type { ConceptLookup } from "../evaluated-task.ts";
import { type Bc5cdrScore, scoreBc5cdr } from "./bc5cdr-scorer.ts";
import { type Resampled, resampled } from "./bootstrap.ts";
import { addCounts, mean, ratio, scoresOf } from "./counts.ts";
import { type HardMatchScore, scoreHardMatch } from "./hard-match.ts";

export type { ConceptLookup };

export interface AnsweredExample {
  readonly example: TaskExample<GoldRelations>;
  readonly triples: readonly RelationTriple[];
}

export interface ScoredRelations {
  readonly scores: {
    readonly precision: number;
    readonly recall: number;
    readonly f1: number;
    readonly microF1: number;
  };
  readonly details: Record<string, unknown>;
  /** The task's own score, of drawn documents. */
  readonly drawn: Resampled;
  readonly inventedArguments: number;
}

/** @param split every example of the split, whose mentions the published lookup knows */
export function scoreRelations(
  scheme: RelationScheme,
  answered: readonly AnsweredExample[],
  split: readonly TaskExample<GoldRelations>[],
  options: { readonly lookup?: ConceptLookup | undefined } = {},
): ScoredRelations {
  const { invented, total } = countUnsupported(scheme, answered);
  const shared = { arguments: total, inventedArguments: invented };
  const scored = isByConcept(answered) ? byConcepts(answered, split, options) : byWording(answered);
  return { ...scored, details: { ...scored.details, ...shared }, inventedArguments: ratio(invented, total) };
}

/** Arguments in all, and those that stand nowhere in their document. */
export function countUnsupported(
  scheme: RelationScheme,
  answered: readonly AnsweredExample[],
): { invented: number; total: number } {
  let [invented, total] = [0, 0];
  for (const { example, triples } of answered) {
    const content = scheme.content(example.document);
    for (const { head, tail } of triples) {
      for (const argument of [head, tail]) {
        total++;
        if (anchorArgument(argument, example.document, content).length === 0) invented++;
      }
    }
  }
  return { invented, total };
}

/**
 * The task's own score of many choices: how many of each document's triples, from the first on, are taken. Every document is scored
 * once for each number, so that a choice is a look-up.
 *
 * @param answered triples in the order in which they are taken; the documents each once
 */
export function prefixScorer(
  answered: readonly AnsweredExample[],
  split: readonly TaskExample<GoldRelations>[],
  { lookup = "published" }: { readonly lookup?: ConceptLookup | undefined } = {},
): (taken: readonly number[]) => number {
  const most = Math.max(0, ...answered.map(({ triples }) => triples.length));
  const prefixes = Array.from({ length: most + 1 }, (_, count) =>
    answered.map(({ example, triples }) => ({ example, triples: triples.slice(0, count) })),
  );
  if (!isByConcept(answered)) {
    const documents = prefixes.map((prefix) => hardMatch(prefix).documents);
    return (taken) => mean(taken.map((count, at) => documents[count]![at]!.f1));
  }
  const counts = prefixes.map((prefix) => {
    const { documents } = conceptScore(prefix, split, lookup).score;
    return answered.map(({ example }) => documents.get(example.id) ?? addCounts([])); // no gold: the scorer leaves it out
  });
  return (taken) => scoresOf(addCounts(taken.map((count, at) => counts[count]![at]!))).f1;
}

function isByConcept(answered: readonly AnsweredExample[]): boolean {
  return answered.some(({ example }) => example.gold.mentions !== undefined);
}

function byConcepts(
  answered: readonly AnsweredExample[],
  split: readonly TaskExample<GoldRelations>[],
  { lookup = "published" }: { lookup?: ConceptLookup | undefined },
): Omit<ScoredRelations, "inventedArguments"> {
  const { score, unmapped } = conceptScore(answered, split, lookup);
  const { precision, recall, f1, truePositives, falsePositives, falseNegatives } = score;
  return {
    scores: { precision, recall, f1, microF1: f1 },
    details: { truePositives, falsePositives, falseNegatives, unmappedPairs: unmapped },
    drawn: resampled([...score.documents.values()], (sample) => scoresOf(addCounts(sample)).f1),
  };
}

function conceptScore(
  answered: readonly AnsweredExample[],
  split: readonly TaskExample<GoldRelations>[],
  lookup: ConceptLookup,
): { readonly score: Bc5cdrScore; readonly unmapped: number } {
  const key = lookup === "published" ? (mention: string) => mention : comparisonKey;
  const table = (
    examples: readonly TaskExample<GoldRelations>[],
    type: "chemicals" | "diseases",
  ): Map<string, string> =>
    new Map(examples.flatMap(({ gold }) => gold.mentions?.[type] ?? []).map(([mention, id]) => [key(mention), id]));
  const merged = { chemicals: table(split, "chemicals"), diseases: table(split, "diseases") };
  const predicted = answered.flatMap(({ example, triples }) => {
    const tables =
      lookup === "published"
        ? merged
        : { chemicals: table([example], "chemicals"), diseases: table([example], "diseases") };
    return triples.map((triple) => {
      const { head, tail } = lookup === "published" ? triple : resplit(triple, tables, key);
      return {
        documentId: example.id,
        chemical: tables.chemicals.get(key(head)) ?? "-1",
        disease: tables.diseases.get(key(tail)) ?? "-1",
      };
    });
  });
  const gold = answered.flatMap(({ example }) =>
    example.gold.relations.map(({ headId = "-1", tailId = "-1" }) => ({
      documentId: example.id,
      chemical: headId,
      disease: tailId,
    })),
  );
  const unmapped = predicted.filter(({ chemical, disease }) => chemical === "-1" || disease === "-1").length;
  return { score: scoreBc5cdr(predicted, gold), unmapped };
}

/** The two arguments of "A and B and C" with both in the tables, where there is such a split; else as they were read. */
function resplit(
  triple: RelationTriple,
  { chemicals, diseases }: { chemicals: ReadonlyMap<string, string>; diseases: ReadonlyMap<string, string> },
  key: (text: string) => string,
): Pick<RelationTriple, "head" | "tail"> {
  const parts = [triple.head, triple.tail].join(" and ").split(" and ");
  for (let at = parts.length - 1; at > 0; at--) {
    const [head, tail] = [parts.slice(0, at).join(" and "), parts.slice(at).join(" and ")];
    if (chemicals.has(key(head)) && diseases.has(key(tail))) return { head, tail };
  }
  return triple;
}

function hardMatch(answered: readonly AnsweredExample[]): HardMatchScore {
  return scoreHardMatch(
    answered.map(({ example, triples }) => ({ id: example.id, predicted: triples, gold: example.gold.relations })),
  );
}

function byWording(answered: readonly AnsweredExample[]): Omit<ScoredRelations, "inventedArguments"> {
  const score = hardMatch(answered);
  const { precision, recall, meanF1, f1OfMeans, micro, ontology, heads, tails, labels, documents } = score;
  return {
    scores: { precision, recall, f1: meanF1, microF1: micro.f1 },
    details: {
      f1OfMeans,
      microPrecision: micro.precision,
      microRecall: micro.recall,
      ontology,
      jaccard: { heads, tails, labels },
    },
    drawn: resampled(documents, (sample) => mean(sample.map(({ f1 }) => f1))),
  };
}
