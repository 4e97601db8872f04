/**
 * METEOR of one output against one truth, as nltk's `single_meteor_score` computes it.
 *
 *     F = P R / (0.9 P + 0.1 R)        score = F (1 - 0.5 (chunks / matches)^3)
 *
 * Words match exactly, then by stem, then by a synonym of WordNet, each time from the last word backwards to the last free one. As in nltk the third stage
 * looks up what the second left: stems, not words.
 *
 * Source   Lavie and Agarwal, 2007; nltk.translate.meteor_score
 */
import { porterStem } from "./porter-stemmer.ts";
import type { Synonyms } from "./wordnet.ts";

interface Word {
  readonly at: number;
  readonly text: string;
}

/**
 * @param synonyms absent skips that stage, which the caller must say
 * @returns 0 to 1; 0 where nothing matches
 */
export function meteor(output: readonly string[], truth: readonly string[], synonyms?: Synonyms): number {
  const matches: (readonly [output: number, truth: number])[] = [];
  let ours = numbered(output);
  let theirs = numbered(truth);
  const match = (formsOf: (word: string) => ReadonlySet<string>): void => {
    const free = new Map<string, Word[]>();
    for (const word of theirs) free.set(word.text, [...(free.get(word.text) ?? []), word]);
    const taken = new Set<Word>();
    for (const word of ours.toReversed()) {
      let best: Word | undefined;
      for (const form of formsOf(word.text)) {
        const last = free.get(form)?.at(-1);
        if (last !== undefined && (best === undefined || last.at > best.at)) best = last;
      }
      if (best === undefined) continue;
      free.get(best.text)!.pop();
      taken.add(word).add(best);
      matches.push([word.at, best.at]);
    }
    ours = ours.filter((word) => !taken.has(word));
    theirs = theirs.filter((word) => !taken.has(word));
  };
  match((word) => new Set([word]));
  ours = ours.map(({ at, text }) => ({ at, text: porterStem(text) }));
  theirs = theirs.map(({ at, text }) => ({ at, text: porterStem(text) }));
  match((word) => new Set([word]));
  if (synonyms !== undefined) match((word) => new Set([word, ...synonyms(word)]));
  if (matches.length === 0) return 0;
  matches.sort(([left], [right]) => left - right);
  let chunks = 1;
  for (let i = 1; i < matches.length; i++) {
    const [[output0, truth0], [output1, truth1]] = [matches[i - 1]!, matches[i]!];
    if (output1 !== output0 + 1 || truth1 !== truth0 + 1) chunks++;
  }
  const precision = matches.length / output.length;
  const recall = matches.length / truth.length;
  const mean = (precision * recall) / (0.9 * precision + 0.1 * recall);
  return mean * (1 - 0.5 * (chunks / matches.length) ** 3);
}

function numbered(words: readonly string[]): Word[] {
  return words.map((word, at) => ({ at, text: word.toLowerCase() }));
}
