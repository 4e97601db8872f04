/**
 * Python's notions of white space and word characters, which the original's recipes and scorers are written in.
 *
 * JavaScript's `trim` and `\s` differ from `str.strip`: they take U+FEFF and leave U+0085 and U+001C to U+001F.
 */

const WHITE_SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const LEADING = new RegExp(`^[${WHITE_SPACE}]+`, "u");
const SPACES = new RegExp(`[${WHITE_SPACE}]+`, "gu");
const SPACE = new RegExp(`[${WHITE_SPACE}]`, "u");

/** `str.strip()`. */
export function strip(text: string): string {
  let end = text.length;
  while (end > 0 && SPACE.test(text[end - 1]!)) end--; // a pattern with `$` would be quadratic on long runs of spaces
  return text.slice(0, end).replace(LEADING, "");
}

/** `" ".join(text.split())`: runs of white space become one space, none is left at either end. */
export function collapseSpaces(text: string): string {
  return strip(text.replace(SPACES, " "));
}

/** Whether the text ends in a character that `\W` matches: neither letter nor number nor underscore. */
export function endsInNonWord(text: string): boolean {
  return /[^\p{L}\p{N}_]$/u.test(text);
}
