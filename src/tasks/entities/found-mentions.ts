/** What a tagger finds in a text that was read: mentions with probabilities. */
import type { Mention } from "../../corpora/entities/mention-document.ts";
import { withWholeBrackets } from "./bracketed-names.ts";
import { decodeTags, mentionOf } from "./decode.ts";
import type { ReadText } from "./text-reader.ts";

/** A mention that a tagger found. */
export interface FoundMention extends Mention {
  /** In [0, 1]: of exactly this name, given the text. */
  readonly probability: number;
  /** In [0, 1]: that its last word is part of a name of its type, wherever that begins and ends; at least `probability`. */
  readonly typeProbability: number;
}

/** The names of a text that was read, in order; without what joins them to the next; halves of names that the text has whole elsewhere are made whole, and loose brackets get their fellows. */
export function decodeMentions({ text, logProbabilities }: ReadText, types: readonly string[]): FoundMention[] {
  const mentions = decodeTags(logProbabilities, types.length)
    .map((span) => mentionOf(text, span, types))
    .filter((mention) => mention !== undefined)
    .map(withoutLooseEnd);
  const passages = text.passageStarts.map((from, passage) => {
    const to = text.passageStarts[passage + 1];
    return text.text.slice(from, to === undefined ? undefined : to - 1);
  });
  const passageOf = ({ passage }: FoundMention): string => passages[passage]!;
  return wholeNames(withWholeBrackets(mentions, passageOf), passageOf);
}

/** What joins a name to the next one, and is no part of it: "breast, and" of "breast, and prostate cancer". */
const LOOSE_END = /(?:\s*[,;:]|\s+(?:and|or))+$/i;

export function withoutLooseEnd(mention: FoundMention): FoundMention {
  const text = mention.text.replace(LOOSE_END, "");
  if (text === "" || text === mention.text) return mention;
  return { ...mention, end: mention.start + text.length, text };
}

/**
 * "renal failure" behind "acute" is "acute renal failure" where that is found elsewhere in the document: a name is spelt alike.
 *
 * @param mentions  in order
 * @param passageOf the text that a mention's places count in
 */
export function wholeNames(
  mentions: readonly FoundMention[],
  passageOf: (mention: FoundMention) => string,
): FoundMention[] {
  const named = new Map(mentions.map((mention) => [`${mention.type} ${mention.text.toLowerCase()}`, mention]));
  const longer = [...named.values()].filter(({ text }) => text.includes(" "));
  const found: FoundMention[] = [];
  for (const [i, mention] of mentions.entries()) {
    const [before, behind] = [found[i - 1], mentions[i + 1]];
    const least = before?.passage === mention.passage ? before.end : 0;
    const most = behind?.passage === mention.passage ? behind.start : Number.POSITIVE_INFINITY;
    const passage = passageOf(mention);
    let whole = mention;
    for (const { type, text: name } of longer) {
      if (type !== mention.type || name.length <= whole.text.length) continue;
      const at = placeIn(name, mention.text);
      if (at === undefined) continue;
      const [start, end] = [mention.start - at, mention.start - at + name.length];
      if (start < least || end > most) continue;
      const text = passage.slice(start, end);
      if (text.toLowerCase() !== name.toLowerCase()) continue;
      if (isLetter(passage[start - 1]) || isLetter(passage[end])) continue;
      whole = { ...mention, start, end, text };
    }
    found.push(whole);
  }
  return found;
}

/** Where words stand at the beginning or the end of a longer name. */
function placeIn(name: string, words: string): number | undefined {
  const [long, short] = [name.toLowerCase(), words.toLowerCase()];
  if (long.endsWith(` ${short}`)) return long.length - short.length;
  return long.startsWith(`${short} `) ? 0 : undefined;
}

function isLetter(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}
