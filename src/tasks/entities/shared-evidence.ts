/**
 * What a document's words say of one another, before they are decoded into names.
 *
 *     same word           "losartan" twelve times: each occurrence counts half by itself, half by the mean of all
 *     defined short form  "bipolar disorders (BD)": BD is half what it looks like, half what "disorders" is; what is no name has an
 *                         abbreviation that is none
 *
 * Means of log-probabilities (docs/experiments.md, "What a document says of its names"): the model reads windows and decides word by word,
 * so that a name it is sure of in nine places is missed or mistaken in the tenth.
 */
import { findAbbreviations } from "../../corpora/abbreviations.ts";
import { beginsClass } from "./labels.ts";
import type { TokenizedText } from "./text-tokens.ts";

/** Share of the mean over a word's occurrences. */
const OF_SAME_WORD = 0.5;
/** Share of a definition's long form in its short form. */
const OF_LONG_FORM = 0.5;
/** Nats; surer than this a long form is of nothing. */
const LEAST = -6;

/**
 * @param logProbabilities of each word's classes (words, 1 + 2 types), nats; left as they are
 * @returns those of the document as a whole, normalised
 */
export function withSharedEvidence(text: TokenizedText, logProbabilities: Float32Array, types: number): Float32Array {
  const L = 1 + 2 * types;
  const shared = Float32Array.from(logProbabilities);
  const words = wordsOf(text);
  for (const places of placesOf(words.map((word) => word.toLowerCase())).values()) {
    if (places.length < 2) continue;
    const mean = new Float64Array(L);
    for (const place of places)
      for (let c = 0; c < L; c++) mean[c]! += logProbabilities[place * L + c]! / places.length;
    for (const place of places) mix(shared, place * L, mean, OF_SAME_WORD);
  }
  const spelt = placesOf(words);
  for (const { word, long } of definitions(text)) {
    const meant = meaningOf(shared.subarray(long * L, (long + 1) * L), types);
    for (const place of spelt.get(words[word]!) ?? []) mix(shared, place * L, meant, OF_LONG_FORM);
  }
  return shared;
}

function wordsOf({ text, starts, ends, words }: TokenizedText): string[] {
  return Array.from({ length: words.length - 1 }, (_, word) =>
    text.slice(starts[words[word]!]!, ends[words[word + 1]! - 1]!),
  );
}

/** Of each word with a letter: the places where it stands. */
function placesOf(words: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [place, word] of words.entries()) {
    if (!/\p{L}/u.test(word)) continue;
    const known = places.get(word);
    if (known === undefined) places.set(word, [place]);
    else known.push(place);
  }
  return places;
}

/** Short forms of one word that the text defines, and the last word of their long forms. */
function definitions({ text, starts, ends, words }: TokenizedText): { readonly word: number; readonly long: number }[] {
  const [beginning, ending] = [new Map<number, number>(), new Map<number, number>()];
  for (let word = 0; word < words.length - 1; word++) {
    beginning.set(starts[words[word]!]!, word);
    ending.set(ends[words[word + 1]! - 1]!, word);
  }
  return findAbbreviations(text).flatMap(({ short, long }) => {
    const [word, last] = [beginning.get(short.start), ending.get(long.end)];
    return word === undefined || word !== ending.get(short.end) || last === undefined ? [] : [{ word, long: last }];
  });
}

/** Of a word that stands for a name: outside as the name's last word is, of a type as that is, whether it begins or goes on. */
function meaningOf(last: Float32Array, types: number): Float64Array {
  const meant = new Float64Array(1 + 2 * types);
  meant[0] = Math.max(LEAST, last[0]!);
  for (let type = 0; type < types; type++) {
    const begin = beginsClass(type);
    const ofType = Math.log(Math.exp(last[begin]!) + Math.exp(last[begin + 1]!));
    meant[begin] = meant[begin + 1] = Math.max(LEAST, ofType);
  }
  return meant;
}

/** Puts a weighted mean of a word's log-probabilities and others in their place, normalised. */
function mix(logProbabilities: Float32Array, at: number, other: Float64Array, share: number): void {
  let sum = 0;
  for (const [c, log] of other.entries()) {
    const mixed = (1 - share) * logProbabilities[at + c]! + share * log;
    logProbabilities[at + c] = mixed;
    sum += Math.exp(mixed);
  }
  const normalizer = Math.log(sum);
  for (let c = 0; c < other.length; c++) logProbabilities[at + c]! -= normalizer;
}
