/**
 * Abbreviations that a text defines for itself: "parathyroid hormone (PTH)", "PTH (parathyroid hormone)".
 *
 * Source   Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical text", PSB 2003: the letters of
 *          the short form, from right to left, are sought in the words before it; the first one must begin a word.
 * Differs  a bracket's first part counts where a comma or semicolon follows ("(PTH; 10 ng/ml)"); sentences are those of `splitSentences`.
 */
import { type Span, splitSentences } from "./sentences.ts";

/** Places of both names, where the text defines the short one. */
export interface Abbreviation {
  readonly short: Span;
  readonly long: Span;
}

const LONGEST_SHORT = 10;
/** Characters; what is longer is an aside, not a name. */
const LONGEST_BRACKET = 200;
const ALPHANUMERIC = /[\p{L}\p{N}]/u;

/** The text's definitions, in its order; each bracket defines one name at most. */
export function findAbbreviations(text: string): Abbreviation[] {
  return splitSentences(text).flatMap((sentence) =>
    bracketsOf(text, sentence).flatMap((bracket) => definitionAt(text, sentence, bracket) ?? []),
  );
}

/** What stands in round brackets, without them; of nested ones the outer and the inner. */
function bracketsOf(text: string, { start, end }: Span): Span[] {
  const open: number[] = [];
  const brackets: Span[] = [];
  for (let at = start; at < end; at++) {
    if (text[at] === "(") open.push(at);
    else if (text[at] === ")" && open.length > 0) {
      const from = open.pop()! + 1;
      if (at > from && at - from <= LONGEST_BRACKET) brackets.push({ start: from, end: at });
    }
  }
  return brackets.sort((a, b) => a.start - b.start);
}

function definitionAt(text: string, sentence: Span, bracket: Span): Abbreviation | undefined {
  const inside = trimmed(text, bracket.start, firstPartEnd(text, bracket));
  const before = trimmed(text, sentence.start, bracket.start - 1);
  if (isShortForm(text.slice(inside.start, inside.end))) {
    const long = longForm(text, inside, before);
    if (long !== undefined) return { short: inside, long };
  }
  const word = { start: text.lastIndexOf(" ", before.end - 1) + 1, end: before.end };
  if (word.start < before.start || !isShortForm(text.slice(word.start, word.end))) return undefined;
  const long = longForm(text, word, trimmed(text, bracket.start, bracket.end));
  return long !== undefined && long.start === bracket.start ? { short: word, long } : undefined;
}

function firstPartEnd(text: string, { start, end }: Span): number {
  const at = text.slice(start, end).search(/[;,]\s/);
  return at < 0 ? end : start + at;
}

function trimmed(text: string, from: number, to: number): Span {
  let [start, end] = [from, to];
  while (start < end && /\s/.test(text[start]!)) start++;
  while (end > start && /\s/.test(text[end - 1]!)) end--;
  return { start, end };
}

function isShortForm(name: string): boolean {
  return (
    name.length >= 2 &&
    name.length <= LONGEST_SHORT &&
    name.split(/\s+/).length <= 2 &&
    /^[\p{L}\p{N}]/u.test(name) &&
    /\p{L}/u.test(name)
  );
}

/** The end of `within` whose words hold the short form's letters in their order. */
function longForm(text: string, short: Span, within: Span): Span | undefined {
  const letters = [...text.slice(short.start, short.end)].filter((letter) => ALPHANUMERIC.test(letter));
  let at = within.end;
  for (let letter = letters.length - 1; letter >= 0; letter--) {
    const sought = letters[letter]!.toLowerCase();
    do at--;
    while (
      at >= within.start &&
      (text[at]!.toLowerCase() !== sought || (letter === 0 && at > within.start && ALPHANUMERIC.test(text[at - 1]!)))
    );
    if (at < within.start) return undefined;
  }
  const start = Math.max(within.start, text.lastIndexOf(" ", at) + 1);
  const long = text.slice(start, within.end);
  const words = long.split(/[\s-]+/);
  const most = Math.min(letters.length + 5, 2 * letters.length);
  const name = text.slice(short.start, short.end);
  if (long.length <= name.length || words.length > most || words.includes(name) || /[()[\]]/.test(long))
    return undefined;
  return { start, end: within.end };
}
