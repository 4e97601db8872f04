/**
 * How likely a similar name means the same: a logistic model over how well the words of both match.
 *
 * Words match as far as their trigrams do (Dice), and count as they are rare. The coefficients were fitted by bench/normalization-fit.ts.
 */
import { foldToken, isStopWord, tokensOf, trigramsOf } from "./folding.ts";
import { isTrouble, meaningsOfWord } from "./word-meanings.ts";

/** A meaning of a word, as it is compared. */
interface ComparedMeaning {
  /** Ascending. */
  readonly trigrams: readonly number[];
  /** How rare it is. */
  readonly weight: number;
  readonly isTrouble: boolean;
}

interface ComparedWord {
  readonly folded: string;
  readonly isStopWord: boolean;
  /** A number, or a letter or two: what tells types apart. */
  readonly isShort: boolean;
  readonly meanings: readonly ComparedMeaning[];
}

/** A name, as it is compared. */
export interface ComparedName {
  readonly words: readonly ComparedWord[];
  readonly meanings: readonly ComparedMeaning[];
}

/** Pieces of names between spaces that are kept: names consist of the same words, again and again. More are forgotten together. */
const MOST_KEPT = 10_000;

/** Makes names ready to be compared, by what words weigh in one index; looks each word up once. */
export class NameComparison {
  readonly #weightOf: (trigrams: readonly number[]) => number;
  readonly #kept = new Map<string, readonly ComparedWord[]>();

  /** @param weightOf how rare a word's trigrams are */
  constructor(weightOf: (trigrams: readonly number[]) => number) {
    this.#weightOf = weightOf;
  }

  /** Stop words are left out, unless there are no others. */
  name(text: string): ComparedName {
    // Tokens never reach over a space, so that what a piece consists of is looked up whole.
    const all: ComparedWord[] = [];
    for (const piece of text.split(" ")) for (const word of this.#wordsOf(piece)) all.push(word);
    const kept = all.length < 2 ? all : all.filter((word) => !word.isStopWord);
    const words = kept.length === 0 ? all : kept;
    return { words, meanings: words.flatMap(({ meanings }) => meanings) };
  }

  #wordsOf(piece: string): readonly ComparedWord[] {
    let words = this.#kept.get(piece);
    if (words === undefined) {
      words = tokensOf(piece).map((token) => this.#word(token));
      if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
      this.#kept.set(piece, words);
    }
    return words;
  }

  #word(token: string): ComparedWord {
    const folded = foldToken(token);
    const meanings = meaningsOfWord(folded).map((meaning) => {
      const trigrams = [...trigramsOf([meaning])].sort((a, b) => a - b);
      return { trigrams, weight: this.#weightOf(trigrams), isTrouble: isTrouble(meaning) };
    });
    return { folded, isStopWord: isStopWord(folded), isShort: SHORT.test(folded), meanings };
  }
}

/** Words that match worse do not match. */
const WORST_MATCH = 0.5;
/** Two different words that both say only that something is wrong. */
const TROUBLE_MATCH = 0.7;
const SHORT = /^(\d+|[a-z]{1,2})$/;

export function features(query: ComparedName, name: ComparedName, cosine: number, isPreferred: boolean): number[] {
  // Of each meaning the best match on the other side.
  const best = query.meanings.map(() => 0);
  const bestOfName = name.meanings.map(() => 0);
  for (let i = 0; i < best.length; i++) {
    for (let j = 0; j < bestOfName.length; j++) {
      const [one, other] = [query.meanings[i]!, name.meanings[j]!];
      let match = dice(one.trigrams, other.trigrams);
      if (match < TROUBLE_MATCH && one.isTrouble && other.isTrouble) match = TROUBLE_MATCH;
      if (match > best[i]!) best[i] = match;
      if (match > bestOfName[j]!) bestOfName[j] = match;
    }
  }
  let same = 0;
  for (const word of query.words) if (has(name, word)) same++;
  return [
    1,
    cosine,
    share(best, query.meanings),
    share(bestOfName, name.meanings),
    best.at(-1) ?? 0,
    Math.min(...best),
    Math.min(...bestOfName),
    (2 * same) / (query.words.length + name.words.length),
    strange(query, name),
    strange(name, query),
    Math.abs(query.words.length - name.words.length),
    isPreferred ? 1 : 0,
  ];
}

function has({ words }: ComparedName, { folded }: ComparedWord): boolean {
  for (const word of words) if (word.folded === folded) return true;
  return false;
}

/** How much of a name is matched, each meaning as it is rare. */
function share(matches: readonly number[], meanings: readonly ComparedMeaning[]): number {
  let [matched, all] = [0, 0];
  for (const [i, { weight }] of meanings.entries()) {
    matched += matches[i]! * weight;
    all += weight;
  }
  return all === 0 ? 0 : matched / all;
}

/** Short words that the other name has not, two at most. */
function strange(from: ComparedName, to: ComparedName): number {
  let count = 0;
  for (const word of from.words) if (word.isShort && !has(to, word)) count++;
  return Math.min(2, count);
}

function dice(a: readonly number[], b: readonly number[]): number {
  let [common, i, j] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const difference = a[i]! - b[j]!;
    if (difference === 0) common++;
    if (difference <= 0) i++;
    if (difference >= 0) j++;
  }
  const value = (2 * common) / (a.length + b.length);
  return value < WORST_MATCH ? 0 : value;
}

/** Prefixes that make another thing of a word: "noninsulin-dependent" is not insulin-dependent, and an endomyocardial fibrosis not a myocardial one. */
const PREFIXES: readonly string[] = "non endo epi peri hyper hypo anti pre post pseudo poly mono micro macro".split(
  " ",
);
/** An organism's last word: it is not what it causes. */
const ORGANISM = /^(?:virus|cov|bacterium|bacteria)$/;
const INFECTION: ReadonlySet<string> = new Set(["infection", "infectious", "disease"].map(foldToken));
/** Also in capitals, as some vocabularies write all their names. */
const PROPER_NAME = /(?<!\p{L})\p{Lu}\p{L}+/gu;

/**
 * What a similar name's score is at most, and what it is multiplied by, for reasons that the words' likeness does not show. A ceiling keeps the order
 * of the others nearly as it was and says that the best of them is not to be relied on.
 */
export function reservations(
  query: ComparedName,
  name: ComparedName,
  queryText: string,
  nameText: string,
): { readonly most: number; readonly factor: number } {
  const factor = isOpposed(query, name) || isOpposed(name, query) ? OPPOSED : 1;
  const doubtful =
    isOrganismAlone(query, name) ||
    ((isWithoutTrouble(query, name) || isSyndromeAndDisease(query, name)) && !shareProperName(queryText, nameText));
  return { most: doubtful ? DOUBTFUL : 1, factor };
}

const OPPOSED = 0.85;
/** Below what a graph takes. */
const DOUBTFUL = 0.6;

/** One has a word that is the other's with a prefix, and neither has both. */
function isOpposed(one: ComparedName, other: ComparedName): boolean {
  return one.words.some((word) => {
    const prefix = PREFIXES.find((start) => word.folded.startsWith(start));
    if (prefix === undefined || has(other, word)) return false;
    const rest = word.folded.slice(prefix.length);
    const isIn = ({ words }: ComparedName): boolean => words.some(({ folded }) => folded === rest);
    return rest.length > 3 && isIn(other) && !isIn(one);
  });
}

/** "Epstein-Barr virus" beside "Epstein-Barr virus hepatitis"; by the virus its infection may be meant. */
function isOrganismAlone(query: ComparedName, name: ComparedName): boolean {
  const asked = query.words.at(-1)?.folded ?? "";
  if (!ORGANISM.test(asked) || asked === name.words.at(-1)?.folded) return false;
  const added = name.words.filter((word) => !has(query, word));
  const isItsInfection =
    query.words.every((word) => has(name, word)) && added.every(({ folded }) => INFECTION.has(folded));
  return !isItsInfection;
}

/** "metabolic syndrome" beside "disease of metabolism": the same meanings, but a syndrome is not all that is wrong there. */
function isSyndromeAndDisease(query: ComparedName, name: ComparedName): boolean {
  return (
    query.words.some(isSyndrome) !== name.words.some(isSyndrome) &&
    query.meanings.every((meaning) => isAmong(meaning, name.meanings)) &&
    name.meanings.every((meaning) => isAmong(meaning, query.meanings))
  );
}

const SYNDROME = foldToken("syndrome");

/** Whether it is the word, folded. */
export function isSyndrome({ folded }: Pick<ComparedWord, "folded">): boolean {
  return folded === SYNDROME;
}

function isAmong({ trigrams }: ComparedMeaning, meanings: readonly ComparedMeaning[]): boolean {
  return meanings.some((other) => dice(trigrams, other.trigrams) === 1);
}

/** "eyes" beside "eye disease": one word, of which the name says that something is wrong with it, and the query does not. */
function isWithoutTrouble({ meanings }: ComparedName, name: ComparedName): boolean {
  const [asked] = meanings;
  if (asked === undefined || meanings.length > 1 || asked.isTrouble || name.meanings.length < 2) return false;
  return isAmong(asked, name.meanings) && name.meanings.every((one) => one.isTrouble || isAmong(one, meanings));
}

/** "Alzheimer" and "Alzheimer's disease": people are no organs, and lend their name to the disease alone. */
export function shareProperName(one: string, other: string): boolean {
  const names = new Set(one.match(PROPER_NAME)?.map((name) => name.toLowerCase()));
  return (other.match(PROPER_NAME) ?? []).some((name) => names.has(name.toLowerCase()));
}

/** Of `features`, in their order. */
const COEFFICIENTS: readonly number[] = [
  -4.203, 2.209, 0.563, 2.316, -0.286, 0.48, 0.181, 0.488, -0.449, -0.456, -0.147, 0.381,
];

/** 0 to 1. */
export function probabilityOfSame(values: readonly number[]): number {
  return 1 / (1 + Math.exp(-values.reduce((sum, value, i) => sum + value * COEFFICIENTS[i]!, 0)));
}
