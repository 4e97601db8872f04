/**
 * How likely a similar name means the same: a logistic model over how well the words of both match.
 *
 * Words match as far as their trigrams do (Dice), and count as they are rare. The coefficients were fitted by bench/normalization-fit.ts.
 */
import { contentWords, trigramsOf } from "./folding.ts";
import { isTrouble, meaningsOf } from "./word-meanings.ts";

/** A name's words, as they are compared. */
export interface ComparedName {
  readonly folded: readonly string[];
  readonly meanings: readonly string[];
  readonly trigrams: readonly ReadonlySet<number>[];
  /** Of each word: how rare it is. */
  readonly weights: readonly number[];
}

export function comparedName(folded: readonly string[], weightOf: (meaning: string) => number): ComparedName {
  const meanings = meaningsOf(folded);
  return {
    folded: contentWords(folded),
    meanings,
    trigrams: meanings.map((meaning) => trigramsOf([meaning])),
    weights: meanings.map(weightOf),
  };
}

/** Words that match worse do not match. */
const WORST_MATCH = 0.5;
/** Two different words that both say only that something is wrong. */
const TROUBLE_MATCH = 0.7;

export function features(query: ComparedName, name: ComparedName, cosine: number, isPreferred: boolean): number[] {
  const matches = query.trigrams.map((word, i) =>
    name.trigrams.map((other, j) => {
      const match = dice(word, other);
      return match < TROUBLE_MATCH && isTrouble(query.meanings[i]!) && isTrouble(name.meanings[j]!)
        ? TROUBLE_MATCH
        : match;
    }),
  );

  const best = matches.map((row) => Math.max(0, ...row));
  const bestOfName = name.trigrams.map((_, j) => Math.max(0, ...matches.map((row) => row[j]!)));
  const share = (values: readonly number[], weights: readonly number[]): number => {
    const all = weights.reduce((sum, weight) => sum + weight, 0);
    return all === 0 ? 0 : values.reduce((sum, value, i) => sum + value * weights[i]!, 0) / all;
  };
  const same = query.folded.filter((word) => name.folded.includes(word)).length;
  const isShort = (word: string): boolean => /^(\d+|[a-z]{1,2})$/.test(word);
  const strange = (from: readonly string[], to: readonly string[]): number =>
    Math.min(2, from.filter((word) => isShort(word) && !to.includes(word)).length);
  return [
    1,
    cosine,
    share(best, query.weights),
    share(bestOfName, name.weights),
    best.at(-1) ?? 0,
    Math.min(...best),
    Math.min(...bestOfName),
    (2 * same) / (query.folded.length + name.folded.length),
    strange(query.folded, name.folded),
    strange(name.folded, query.folded),
    Math.abs(query.folded.length - name.folded.length),
    isPreferred ? 1 : 0,
  ];
}

function dice(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
  let common = 0;
  for (const code of a) if (b.has(code)) common++;
  const value = (2 * common) / (a.size + b.size);
  return value < WORST_MATCH ? 0 : value;
}

/** Of `features`, in their order. */
const COEFFICIENTS: readonly number[] = [
  -4.203, 2.209, 0.563, 2.316, -0.286, 0.48, 0.181, 0.488, -0.449, -0.456, -0.147, 0.381,
];

/** 0 to 1. */
export function probabilityOfSame(values: readonly number[]): number {
  return 1 / (1 + Math.exp(-values.reduce((sum, value, i) => sum + value * COEFFICIENTS[i]!, 0)));
}
