/**
 * Names found in documents against gold ones: a mention is right when document, passage, start, end and type are.
 *
 * BC2GM lists other spans beside its gold ones. Such a span counts for a gold mention that it overlaps and that nothing else was found
 * for, so that each gold mention is found once and a second name for it is wrong: README.GM of the corpus, "alternative".
 */
import type { Mention } from "../../corpora/entities/mention-document.ts";
import { addCounts, type Counts, type PrecisionRecall, scoresOf } from "./counts.ts";

export interface EntityGold {
  readonly mentions: readonly Mention[];
  /** Spans that may stand for the gold mentions they overlap. */
  readonly alternatives?: readonly Mention[];
}

export interface EntityScore extends Counts, PrecisionRecall {}

export interface JudgedName<Found> {
  readonly name: Found;
  readonly right: boolean;
}

export interface EntityScores<Found = Place> {
  /** Over all types together. */
  readonly all: EntityScore;
  readonly byType: Readonly<Record<string, EntityScore>>;
  /** Counts of each document over all types, for intervals. */
  readonly documents: readonly Counts[];
  /** What was found of the scored types, each name of a document once. */
  readonly names: readonly JudgedName<Found>[];
}

type Place = Pick<Mention, "passage" | "start" | "end" | "type">;

/**
 * @param types  what is scored; mentions of other types are passed over on both sides
 * @param found  the mentions of each document of `gold`, in its order
 */
export function scoreEntities<Found extends Place>(
  gold: readonly EntityGold[],
  found: readonly (readonly Found[])[],
  types: readonly string[],
): EntityScores<Found> {
  const judged = gold.map((document, i) => types.map((type) => judge(document, found[i] ?? [], type)));
  const counts = judged.map((all) => all.map((one) => one.counts));
  const byType = types.map((type, t): [string, EntityScore] => [type, scored(addCounts(counts.map((all) => all[t]!)))]);
  return {
    all: scored(addCounts(counts.flat())),
    byType: Object.fromEntries(byType),
    documents: counts.map((all) => addCounts(all)),
    names: judged.flat().flatMap(({ names }) => names),
  };
}

function scored(counts: Counts): EntityScore {
  return { ...counts, ...scoresOf(counts) };
}

function judge<Found extends Place>(
  { mentions, alternatives = [] }: EntityGold,
  found: readonly Found[],
  type: string,
): { readonly counts: Counts; readonly names: readonly JudgedName<Found>[] } {
  const open = new Map<string, Place>();
  for (const mention of mentions) if (mention.type === type) open.set(keyOf(mention), mention);
  const total = open.size;
  const allowed = new Set(alternatives.filter((span) => span.type === type).map(keyOf));
  // A name that is found twice is one name.
  const names = new Map(found.filter((span) => span.type === type).map((span) => [keyOf(span), span]));
  const right = new Set<Found>();
  for (const [key, span] of names) if (open.delete(key)) right.add(span);
  for (const [key, span] of names) {
    if (right.has(span) || !allowed.has(key)) continue;
    const stood = [...open].find(([, mention]) => overlaps(mention, span));
    if (stood === undefined) continue;
    open.delete(stood[0]);
    right.add(span);
  }
  return {
    counts: { truePositives: right.size, falsePositives: names.size - right.size, falseNegatives: total - right.size },
    names: [...names.values()].map((name) => ({ name, right: right.has(name) })),
  };
}

function keyOf({ passage, start, end }: Place): string {
  return `${passage} ${start} ${end}`;
}

function overlaps(left: Place, right: Place): boolean {
  return left.passage === right.passage && left.start < right.end && right.start < left.end;
}
