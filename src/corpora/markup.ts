/**
 * Inline markup that stands in text as characters: what a tag is, and how a citation's text becomes plain.
 *
 * PubMed, Scopus and Europe PMC write tags into titles and abstracts as text ("&lt;i&gt;in vitro&lt;/i&gt;"). After the name of a tag come
 * attributes alone, so a comparison ("<p 0.05 and age > 60") is none. docs/formats/input.md says which readers tidy and which keep text as it is.
 */

/** A tag of one of these names. */
function tags(names: string): RegExp {
  const attribute = String.raw`\s{1,9}[a-z_:][\w:.-]{0,40}\s{0,9}=\s{0,9}(?:"[^"<>]{0,300}"|'[^'<>]{0,300}'|[^\s"'<>=]{1,300})`;
  return new RegExp(String.raw`</?(?:${names})(?:${attribute}){0,20}\s{0,9}/?>`, "gi");
}

/** Removed without a trace. */
export const INLINE_TAGS: RegExp = tags("i|b|u|em|strong|sup|sub|inf|sc|span|font|a|xref|italic|bold");
/** Part what stands before and behind them. */
export const BLOCK_TAGS: RegExp = tags("p|br|hr|div|ul|ol|li|h[1-6]|title|sec");

/** Powers of ten alone: behind other numbers a raised one is as often the number of a note ("in 2005<sup>12</sup>"). */
const TEN = String.raw`(?<![\p{L}\d.,])10`;
const EXPONENT = String.raw`\s{0,9}([-−–+]?\d{1,3})\s{0,9}`;
const RAISED_TAG = new RegExp(String.raw`(${TEN})\s?<sup>${EXPONENT}</sup>`, "giu");
const ENDS_IN_TEN = new RegExp(`${TEN}$`, "u");
const IS_EXPONENT = new RegExp(`^${EXPONENT}$`, "u");

/** Text of a citation: tags that stand in it as characters are taken out, "10<sup>-3</sup>" becomes "10^-3", runs of white space one space. */
export function tidyText(text: string): string {
  const untagged =
    text.includes("<") && /<\/?[a-z]/i.test(text)
      ? text.replace(RAISED_TAG, "$1^$2").replace(INLINE_TAGS, "").replace(BLOCK_TAGS, " ")
      : text;
  return needsTrimming(untagged) ? untagged.replace(/[ \t\n\r]+/g, " ").trim() : untagged;
}

/**
 * What is raised behind a text: an exponent of ten keeps its "^" ("10^6", not "106"); a charge, an isotope or a note's number joins on ("Ca2+").
 *
 * @param before  the text so far
 * @param content of the sup element, or the exponent of a formula
 */
export function raised(before: string, content: string): string {
  const exponent = IS_EXPONENT.exec(content)?.[1];
  return exponent !== undefined && ENDS_IN_TEN.test(before.slice(-4)) ? `^${exponent}` : content;
}

/** Five native searches are faster than one regular expression over long text. */
function needsTrimming(text: string): boolean {
  return (
    text.startsWith(" ") ||
    text.endsWith(" ") ||
    text.includes("  ") ||
    text.includes("\n") ||
    text.includes("\t") ||
    text.includes("\r")
  );
}
