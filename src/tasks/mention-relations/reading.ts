/** Windows of a text with the names that stand in them, as pairs are made from: shared by training and reading. */
import type { Mention } from "../../corpora/entities/mention-document.ts";
import { splitSentences } from "../../corpora/sentences.ts";
import type { TextWindow, TokenizedText } from "../entities/text-tokens.ts";
import type { PlacedName } from "./concept-pairs.ts";

/** Sentence of each token of a text. */
export function tokenSentences({ text, starts }: TokenizedText): Int32Array {
  const sentences = splitSentences(text);
  const of = new Int32Array(starts.length);
  let at = 0;
  for (const [token, start] of starts.entries()) {
    while (at + 1 < sentences.length && sentences[at + 1]!.start <= start) at++;
    of[token] = at;
  }
  return of;
}

/** A mention with its tokens [start, end) in the text; undefined for one that no word touches. */
export interface MentionTokens {
  readonly mention: Mention;
  readonly start: number;
  readonly end: number;
}

/** The tokens of the words that each mention touches. */
export function mentionTokens(
  { passageStarts, starts, ends, words }: TokenizedText,
  mentions: readonly Mention[],
): (MentionTokens | undefined)[] {
  return mentions.map((mention) => {
    const shift = passageStarts[mention.passage]!;
    const [from, to] = [shift + mention.start, shift + mention.end];
    let [low, high] = [0, words.length - 1];
    // The first word that ends behind the mention's beginning.
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[words[middle + 1]! - 1]! <= from) low = middle + 1;
      else high = middle;
    }
    let next = low;
    while (next < words.length - 1 && starts[words[next]!]! < to) next++;
    return next === low ? undefined : { mention, start: words[low]!, end: words[next]! };
  });
}

export interface NamesOfWindow {
  readonly names: readonly PlacedName[];
  /** Which of the mentions each name is. */
  readonly mentions: readonly number[];
}

/**
 * The names that stand in a window as a whole.
 *
 * @param placed     of the text's mentions
 * @param sentences  of the text's tokens
 * @param conceptsOf what a mention names
 */
export function namesOfWindow(
  { words }: TokenizedText,
  window: TextWindow,
  placed: readonly (MentionTokens | undefined)[],
  sentences: ArrayLike<number>,
  conceptsOf: (mention: Mention) => readonly string[],
): NamesOfWindow {
  const [from, to] = [words[window.start]!, words[window.end]!];
  const names: PlacedName[] = [];
  const mentions: number[] = [];
  for (const [index, tokens] of placed.entries()) {
    if (tokens === undefined || tokens.start < from || tokens.end > to) continue;
    const { mention, start, end } = tokens;
    const place = { first: start - from, last: end - 1 - from, sentence: sentences[start]! };
    names.push({ type: mention.type, concepts: conceptsOf(mention), ...place });
    mentions.push(index);
  }
  return { names, mentions };
}
