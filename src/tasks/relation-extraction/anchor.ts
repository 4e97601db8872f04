/**
 * Finding a generated argument in the document it was generated from.
 *
 * What comes out of the model has gone through a lossy tokenizer (`5'-UTR` comes back as `5 '-UTR`, `Na+/K+` as `Na + / K +`)
 * and lower case, so both sides are compared without white space and control characters, in lower case, with one kind of
 * quote and of dash. A match begins and ends where a word does: `li` is not found in `lithium`.
 *
 * Left out  plurals, synonyms and abbreviations: an argument in other words than the document's counts as invented.
 */
import { buildContent, type Content, type ContentSource, type PassageSpan } from "./content.ts";

/** The text's comparable characters, and for each the stretch of text it stands for. */
interface Comparable {
  readonly key: string;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

const IGNORED = /[\s\p{Cc}\p{Cf}]/u;
const SAME: ReadonlyMap<string, string> = new Map([
  ...[...'"`´‘’‚‛“”„‟«»′″ʼ'].map((quote) => [quote, "'"] as const),
  ...[..."‐‑‒–—―−﹣－"].map((dash) => [dash, "-"] as const),
  ["…", "..."],
  ["µ", "μ"],
]);
const WORD_CHARACTER = /[\p{L}\p{N}]/u;

function comparable(text: string): Comparable {
  const starts: number[] = [];
  const ends: number[] = [];
  let key = "";
  let offset = 0;
  for (const character of text) {
    const end = offset + character.length;
    if (!IGNORED.test(character)) {
      const folded = SAME.get(character) ?? character.toLowerCase();
      key += folded;
      for (let unit = 0; unit < folded.length; unit++) {
        starts.push(offset);
        ends.push(end);
      }
    }
    offset = end;
  }
  return { key, starts: Int32Array.from(starts), ends: Int32Array.from(ends) };
}

/** What two spellings of a name have in common: no white space, lower case, one kind of quote and of dash. */
export function comparisonKey(text: string): string {
  return comparable(text).key;
}

/** A document's text is asked for each of its arguments. */
const prepared = new WeakMap<Content, Comparable>();

/**
 * Every place where the argument stands in the document, in the order of the text, none overlapping another.
 *
 * @param argument as generated and detokenized
 * @param content  the text made from `document` for the model; default: the usual one
 * @returns an empty list for an invented argument
 */
export function anchorArgument(
  argument: string,
  document: ContentSource,
  content: Content = buildContent(document),
): PassageSpan[] {
  const { key: sought } = comparable(argument);
  if (sought === "") return [];
  let text = prepared.get(content);
  if (text === undefined) {
    text = comparable(content.text);
    prepared.set(content, text);
  }
  const spans: PassageSpan[] = [];
  for (let at = text.key.indexOf(sought); at >= 0; ) {
    const [start, end] = [text.starts[at]!, text.ends[at + sought.length - 1]!];
    const span = standsAlone(content.text, start, end) ? content.toOriginalSpan(start, end) : undefined;
    if (span !== undefined) spans.push(span);
    at = text.key.indexOf(sought, span === undefined ? at + 1 : at + sought.length);
  }
  return spans;
}

/** Whether neither end cuts a run of letters and digits in two. */
function standsAlone(text: string, start: number, end: number): boolean {
  return !cutsWord(text, start) && !cutsWord(text, end);
}

/** Whether an argument that began or ended at this UTF-16 offset would have a letter or digit on both sides of it. */
export function cutsWord(text: string, offset: number): boolean {
  const [left, right] = [characterBefore(text, offset), characterAt(text, offset)];
  return left !== undefined && right !== undefined && WORD_CHARACTER.test(left) && WORD_CHARACTER.test(right);
}

function characterAt(text: string, offset: number): string | undefined {
  const code = text.codePointAt(offset);
  return code === undefined ? undefined : String.fromCodePoint(code);
}

function characterBefore(text: string, offset: number): string | undefined {
  if (offset === 0) return undefined;
  const pair = offset > 1 ? text.codePointAt(offset - 2)! : 0;
  return pair > 0xffff ? String.fromCodePoint(pair) : text[offset - 1];
}
