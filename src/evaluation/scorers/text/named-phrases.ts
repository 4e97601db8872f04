/**
 * Which things a description names, whatever sentence it names them in: a score that a fluent text about something else does not get.
 *
 * BLEU and ROUGE count words, and most words of a description are its template's: with a wrong substance in a right sentence both are high, with the
 * right one in another sentence low (RAPM's authors give .83 against .27). So the phrases are compared that stand between function words and
 * punctuation: "a 3-oxo-Delta(4) steroid", "EC 1.1.1.146 inhibitor".
 *
 * Left out  what is a name of the same thing: "aspirin" and "acetylsalicylic acid" are two phrases. The score is a lower bound of what was meant.
 */
import { ratio } from "../counts.ts";
import type { DescriptionPair } from "./score-descriptions.ts";

/** Words between names: they say how things hang together, not what they are. */
// biome-ignore format: by kind
const BETWEEN: ReadonlySet<string> = new Set([
  ..."a an the this that these those it its they their which whose who what where when".split(" "),
  ..."of in on at to from by with without for as into onto via per between within through during under over near across along".split(" "),
  ..."and or nor but also both either than then so such other another each all any some one more most least less not no only".split(" "),
  ..."is are was were be been being has have had having does do did can may might could would will acts act plays play".split(" "),
  ..."derives derived derive consists consisting consist comprising composed contains containing contain bearing carrying carries".split(" "),
  ..."obtained formed resulting arising produced isolated found known used involved belongs belonging located linked attached joined".split(" "),
  ..."substituted replaced located catalyzes catalyses binds inhibits participates functionally related bound based according".split(" "),
  ..."respectively commonly mainly especially particularly possibly probably likely which".split(" "),
]);

/** Alone they name nothing. */
const GENERIC: ReadonlySet<string> = new Set(
  "molecule compound protein role sequence member position family group substance chemical enzyme species hydrogen".split(
    " ",
  ),
);

/** Names in lower case, without a plural's s; each once. */
export function namedPhrases(text: string): ReadonlySet<string> {
  const phrases = new Set<string>();
  let words: string[] = [];
  const end = (): void => {
    const last = words.at(-1);
    if (last !== undefined && /[a-z]{3,}s$/.test(last) && !/(?:ss|us|is)$/.test(last))
      words[words.length - 1] = last.slice(0, -1);
    const phrase = words.join(" ");
    if (/\p{L}/u.test(phrase) && phrase.length > 1 && !words.every((word) => GENERIC.has(word))) phrases.add(phrase);
    words = [];
  };
  for (const token of text.toLowerCase().split(/\s+/)) {
    // A bracket or quote that opens before a word is punctuation; one within a word ("Delta(4)") is part of a name.
    const opened = token.replace(/^["'“‘]+/, "").replace(/^\((?=[^)]*$)/, "");
    const word = opened.replace(/[.,;:!?"'”’]+$/, "").replace(/^([^(]*)\)$/, "$1");
    if (opened !== token) end();
    if (word === "" || BETWEEN.has(word)) end();
    else words.push(word);
    if (word !== opened) end();
  }
  end();
  return phrases;
}

/** Counts of one pair. */
export interface NamedCounts {
  readonly shared: number;
  readonly inOutput: number;
  readonly inTruth: number;
}

/** Shares over all pairs together, 0 to 1. */
export interface EntityScore {
  /** Of the phrases of the outputs those that are in their truths. */
  readonly precision: number;
  /** Of the phrases of the truths those that are in their outputs. */
  readonly recall: number;
  readonly f1: number;
  /** Phrases of the truths. */
  readonly named: number;
}

export function namedCounts({ output, truth }: DescriptionPair): NamedCounts {
  const [written, wanted] = [namedPhrases(output), namedPhrases(truth)];
  const shared = [...written].filter((phrase) => wanted.has(phrase)).length;
  return { shared, inOutput: written.size, inTruth: wanted.size };
}

export function entityScore(counts: readonly NamedCounts[]): EntityScore {
  const sum = (of: (one: NamedCounts) => number): number => counts.reduce((total, one) => total + of(one), 0);
  const [shared, inOutput, inTruth] = [
    sum(({ shared }) => shared),
    sum((one) => one.inOutput),
    sum((one) => one.inTruth),
  ];
  return {
    precision: ratio(shared, inOutput),
    recall: ratio(shared, inTruth),
    f1: ratio(2 * shared, inOutput + inTruth),
    named: inTruth,
  };
}
