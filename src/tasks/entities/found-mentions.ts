/** What a tagger finds in a text that was read: mentions with probabilities. */
import type { Mention } from "../../corpora/entities/mention-document.ts";
import { withWholeBrackets } from "./bracketed-names.ts";
import { decodeTags, mentionOf } from "./decode.ts";
import { isMoleculePlace } from "./molecule-places.ts";
import { calibratedName, type NameCalibrations } from "./name-calibration.ts";
import { withSharedEvidence } from "./shared-evidence.ts";
import type { ReadText } from "./text-reader.ts";

/** A mention that a tagger found. */
export interface FoundMention extends Mention {
  /** In [0, 1]: of exactly this name, given the text; where the model's folder says so, what `tagProbability` has meant on annotated documents. */
  readonly probability: number;
  /** In [0, 1]: the same as the tags have it. Rules of relations are learnt on it. */
  readonly tagProbability: number;
  /** In [0, 1]: by the tags, that its last word is part of a name of its type, wherever that begins and ends; at least `tagProbability`. */
  readonly typeProbability: number;
}

/** One whose probability is still that of its tags. */
type DecodedMention = Omit<FoundMention, "tagProbability">;

/** The names of a text that was read, in order; without what joins them to the next; halves of names that the text has whole elsewhere are made whole, and loose brackets get their fellows. */
export function decodeMentions(
  { text, logProbabilities }: ReadText,
  types: readonly string[],
  calibrations: NameCalibrations = {},
): FoundMention[] {
  const shared = withSharedEvidence(text, logProbabilities, types.length);
  const decoded = decodeTags(shared, types.length, firstWords(text))
    .map((span) => mentionOf(text, span, types))
    .filter((mention) => mention !== undefined);
  const passages = text.passageStarts.map((from, passage) => {
    const to = text.passageStarts[passage + 1];
    return text.text.slice(from, to === undefined ? undefined : to - 1);
  });
  const passageOf = ({ passage }: DecodedMention): string => passages[passage]!;
  const mentions = decoded
    .map((mention, i) => withLetterBefore(withoutLooseEnd(mention), decoded[i - 1], passageOf(mention)))
    .map((mention, i) => withCodeBehind(mention, decoded[i + 1], passageOf(mention)))
    .filter((mention) => isName(mention.text) && !isMoleculePlace(mention.text, passageOf(mention).slice(mention.end)));
  return wholeNames(withWholeBrackets(mentions, passageOf), passageOf).map((mention) => ({
    ...mention,
    probability: calibratedName(calibrations[mention.type], mention.probability),
    tagProbability: mention.probability,
  }));
}

/** The words that begin a passage. */
function firstWords({ passageStarts, starts, words }: ReadText["text"]): Set<number> {
  const first = new Set<number>();
  let word = 0;
  for (const start of passageStarts) {
    while (word < words.length - 1 && starts[words[word]!]! < start) word++;
    first.add(word);
  }
  return first;
}

/** What joins a name to the next one, and is no part of it: "breast, and" of "breast, and prostate cancer", "digitalis-" of "digitalis-induced". */
const LOOSE_END = /(?:\s*[,;:]|\s+(?:and|or)|(?<=[\p{L}\p{N}]{2}|-[\p{L}\p{N}])-|(?<=^[^.]*[\p{L}\p{N}])\.)+$/iu;

export function withoutLooseEnd(mention: DecodedMention): DecodedMention {
  const text = mention.text.replace(LOOSE_END, "");
  if (text === "" || text === mention.text) return mention;
  return { ...mention, end: mention.start + text.length, text };
}

/** A capital or a figure that a hyphen joins to what comes. */
const LETTER_BEFORE = /(?<![^\s(])[A-Z0-9]-$/;

/** "bet" behind "T-" is "T-bet". */
function withLetterBefore(
  mention: DecodedMention,
  before: DecodedMention | undefined,
  passage: string,
): DecodedMention {
  const start = mention.start - 2;
  if (!LETTER_BEFORE.test(passage.slice(Math.max(0, start - 1), mention.start))) return mention;
  if (before?.passage === mention.passage && before.end > start) return mention;
  return { ...mention, start, text: passage.slice(start, mention.end) };
}

/** What a hyphen joins to a name in capitals and figures, or a slash in figures. */
const CODE_BEHIND = /^(?:(?:-[A-Z0-9]+)+|\/[0-9]+)(?![\p{L}\p{N}])/u;

/** "Z" before "-IETD-FMK" is "Z-IETD-FMK", "F4" before "/80" is "F4/80". */
function withCodeBehind(mention: DecodedMention, behind: DecodedMention | undefined, passage: string): DecodedMention {
  const end = mention.end + (CODE_BEHIND.exec(passage.slice(mention.end))?.[0].length ?? 0);
  if (behind?.passage === mention.passage && behind.start < end) return mention;
  return { ...mention, end, text: passage.slice(mention.start, end) };
}

/** In lower case, as "NO" and "AS" are names. */
const FUNCTION_WORDS: ReadonlySet<string> = new Set(
  "a an and as at be but by for from in into is it its no nor not of on or per than that the their these this those to via was were which who with".split(
    " ",
  ),
);

/** Whether it has a letter and more than that and a hyphen, and a word that is no function word. */
function isName(text: string): boolean {
  return /\p{L}/u.test(text) && !/^.-$/u.test(text) && text.split(/\s+/).some((word) => !FUNCTION_WORDS.has(word));
}

/**
 * "renal failure" behind "acute" is "acute renal failure" where that is found elsewhere in the document: a name is spelt alike.
 *
 * @param mentions  in order
 * @param passageOf the text that a mention's places count in
 */
export function wholeNames(
  mentions: readonly DecodedMention[],
  passageOf: (mention: DecodedMention) => string,
): DecodedMention[] {
  const named = new Map(mentions.map((mention) => [`${mention.type} ${mention.text.toLowerCase()}`, mention]));
  const longer = [...named.values()].filter(({ text }) => text.includes(" "));
  const found: DecodedMention[] = [];
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
