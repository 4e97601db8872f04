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

export interface EntityScores {
  /** Over all types together. */
  readonly all: EntityScore;
  readonly byType: Readonly<Record<string, EntityScore>>;
  /** Counts of each document over all types, for intervals. */
  readonly documents: readonly Counts[];
}

type Place = Pick<Mention, "passage" | "start" | "end" | "type">;

/**
 * @param types  what is scored; mentions of other types are passed over on both sides
 * @param found  the mentions of each document of `gold`, in its order
 */
export function scoreEntities(
  gold: readonly EntityGold[],
  found: readonly (readonly Place[])[],
  types: readonly string[],
): EntityScores {
  const counts = gold.map((document, i) => types.map((type) => countsOf(document, found[i] ?? [], type)));
  const byType = types.map((type, t): [string, EntityScore] => [type, scored(addCounts(counts.map((all) => all[t]!)))]);
  return {
    all: scored(addCounts(counts.flat())),
    byType: Object.fromEntries(byType),
    documents: counts.map((all) => addCounts(all)),
  };
}

function scored(counts: Counts): EntityScore {
  return { ...counts, ...scoresOf(counts) };
}

function countsOf({ mentions, alternatives = [] }: EntityGold, found: readonly Place[], type: string): Counts {
  const open = new Map<string, Place>();
  for (const mention of mentions) if (mention.type === type) open.set(keyOf(mention), mention);
  const total = open.size;
  const allowed = new Set(alternatives.filter((span) => span.type === type).map(keyOf));
  // A name that is found twice is one name.
  const names = new Map(found.filter((span) => span.type === type).map((span) => [keyOf(span), span]));
  let wrong = 0;
  const others: Place[] = [];
  for (const [key, span] of names) {
    if (open.delete(key)) continue;
    if (allowed.has(key)) others.push(span);
    else wrong++;
  }
  for (const span of others) {
    const stood = [...open].find(([, mention]) => overlaps(mention, span));
    if (stood === undefined) wrong++;
    else open.delete(stood[0]);
  }
  return { truePositives: total - open.size, falsePositives: wrong, falseNegatives: open.size };
}

function keyOf({ passage, start, end }: Place): string {
  return `${passage} ${start} ${end}`;
}

function overlaps(left: Place, right: Place): boolean {
  return left.passage === right.passage && left.start < right.end && right.start < left.end;
}
