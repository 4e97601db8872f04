/**
 * Candidates: which two concepts of a text can be in a relation, and in which places they stand together.
 *
 * Arguments are recognised names of the scheme's types, of two different concepts, neither inside of the other.
 */
import type { ReaderScheme } from "./reader-scheme.ts";

/** A name in a window of text. */
export interface PlacedName {
  readonly type: string;
  /** What it names: identifiers, or whatever else tells concepts apart. A composite name has several. */
  readonly concepts: readonly string[];
  /** First and last token, in the window. */
  readonly first: number;
  readonly last: number;
  /** Number of its sentence. */
  readonly sentence: number;
}

export interface ConceptPair {
  readonly head: string;
  readonly tail: string;
  /** Names that stand for them, nearest first: indices of the head's and of the tail's. */
  readonly places: readonly (readonly [head: number, tail: number])[];
}

/** A concept that is named twenty times is in no more places than it takes to tell what is said of it. */
export const MOST_PLACES = 8;

export function conceptPairs(names: readonly PlacedName[], scheme: ReaderScheme): ConceptPair[] {
  const pairs = new Map<string, { head: string; tail: string; places: (readonly [number, number])[] }>();
  for (const [i, head] of names.entries()) {
    if (head.type !== scheme.head) continue;
    for (const [j, tail] of names.entries()) {
      if (i === j || tail.type !== scheme.tail || (scheme.symmetric && j < i)) continue;
      if (scheme.scope === "sentence" && head.sentence !== tail.sentence) continue;
      if (head.first <= tail.last && tail.first <= head.last) continue;
      for (const one of head.concepts) {
        for (const other of tail.concepts) {
          if (one === other) continue;
          const [a, b] = scheme.symmetric && other < one ? [other, one] : [one, other];
          const key = JSON.stringify(scheme.scope === "sentence" ? [a, b, head.sentence] : [a, b]);
          const known = pairs.get(key);
          if (known === undefined) pairs.set(key, { head: a, tail: b, places: [[i, j]] });
          else known.places.push([i, j]);
        }
      }
    }
  }
  const apart = ([i, j]: readonly [number, number]): number => Math.abs(names[i]!.first - names[j]!.first);
  return [...pairs.values()].map(({ head, tail, places }) => ({
    ...{ head, tail },
    places: places.sort((a, b) => apart(a) - apart(b)).slice(0, MOST_PLACES),
  }));
}

/** A concept of a text that is known by its name alone. */
export function conceptOf(type: string, name: string): string {
  return `${type} ${name}`;
}

/** Whether two of `conceptOf` differ in their types alone: a name taken for a chemical here and for a disease there does nothing to itself. */
export function isOneName(left: string, right: string): boolean {
  const nameOf = (concept: string): string => concept.slice(concept.indexOf(" ") + 1);
  return nameOf(left) === nameOf(right);
}
