/**
 * Brackets of names: of BC5CDR's 18,976 names one has a bracket without its fellow, and a tagger that decides word by word cuts names there.
 *
 *     [cyclooxygenase (] [COX)-2]     is one name       cyclooxygenase (COX)-2
 *     ([insulin-dependent) diabetes]  begins with its bracket
 *     [Ca(2+])                        ends with it
 *     [A-86929 (]                     ends before it
 */
import type { Mention } from "../../corpora/entities/mention-document.ts";

const CLOSING: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
const OPENING: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(CLOSING).map(([opening, closing]) => [closing, opening]),
);
/** Between two parts of a name that was cut at its bracket: in the first of them, or in neither. */
const JOINT = /^ ?[([{]?$/;
/** What is left of a name has to have. */
const WORD = /[\p{L}\p{N}]{2}/u;

interface SureMention extends Mention {
  readonly probability: number;
}

/** Place of the first bracket in a text that has no fellow there. */
function looseBracket(text: string): number | undefined {
  const open: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const bracket = text[at]!;
    if (CLOSING[bracket] !== undefined) open.push(at);
    else if (OPENING[bracket] !== undefined && text[open.pop() ?? at] !== OPENING[bracket]) return at;
  }
  return open[0];
}

/**
 * @param mentions  in order
 * @param passageOf the text that a mention's places count in
 * @returns names without loose brackets; those of which nothing else is left are gone
 */
export function withWholeBrackets<Found extends SureMention>(
  mentions: readonly Found[],
  passageOf: (mention: Found) => string,
): Found[] {
  const found: Found[] = [];
  for (let i = 0; i < mentions.length; i++) {
    const mention = mentions[i]!;
    const passage = passageOf(mention);
    const joined = joinedTo(mention, mentions[i + 1], passage);
    if (joined !== undefined) i++;
    const whole = joined ?? repaired(mention, passage);
    if (whole !== undefined) found.push(whole);
  }
  return found;
}

/** A name and the one behind it, where a bracket cut them and they are one. */
function joinedTo<Found extends SureMention>(
  mention: Found,
  next: Found | undefined,
  passage: string,
): Found | undefined {
  if (next === undefined || next.passage !== mention.passage || next.type !== mention.type) return undefined;
  if (looseBracket(next.text) === undefined || !JOINT.test(passage.slice(mention.end, next.start))) return undefined;
  const text = passage.slice(mention.start, next.end);
  if (looseBracket(text) !== undefined || !WORD.test(text)) return undefined;
  return { ...next, start: mention.start, text, probability: Math.min(mention.probability, next.probability) };
}

/** A name with the fellow of its loose bracket, where that stands beside it, else without the bracket and what is behind or before it. */
function repaired<Found extends SureMention>(mention: Found, passage: string): Found | undefined {
  let { start, end } = mention;
  let widened = 0; // once on either side: what is cut away must not come back
  for (;;) {
    const text = passage.slice(start, end);
    const loose = looseBracket(text);
    if (loose === undefined) {
      if (start === mention.start && end === mention.end) return mention;
      return WORD.test(text) ? { ...mention, start, end, text } : undefined;
    }
    const bracket = text[loose]!;
    const isOpening = CLOSING[bracket] !== undefined;
    const isNear = isOpening
      ? loose > 0 && text[loose - 1] !== " " && passage[end] === CLOSING[bracket]
      : loose < text.length - 1 && passage[start - 1] === OPENING[bracket];
    if (isNear && widened++ < 2) {
      if (isOpening) end++;
      else start--;
    } else {
      const [before, behind] = [text.slice(0, loose).trimEnd(), text.slice(loose + 1)];
      const [first, second] = isOpening ? [before, behind] : [behind, before];
      if (!WORD.test(first) && !WORD.test(second)) return undefined;
      if ((WORD.test(first) ? first : second) === before) end = start + before.length;
      else start += loose + 1 + (behind.length - behind.trimStart().length);
    }
  }
}
