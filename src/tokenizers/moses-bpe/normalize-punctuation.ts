/**
 * Typographic punctuation to ASCII, with the way back to the original text.
 *
 * BioGPT's vocabulary has none of ’ “ ” – — … although papers are full of them: its corpus was normalised first, and raw text
 * would give `<unk>`. Off where another implementation is to be matched, as no released one does this.
 *
 * Follows   the Moses script normalize-punctuation.perl for English in what it does to tokens; its changes of spacing around
 *           brackets and colons vanish in tokenization and are not made.
 * Differs   ’ always becomes an apostrophe (the script makes a double quote of it between words), and a no-break space
 *           between digits stays white space (the script makes a full stop of it).
 */

export interface NormalizedText {
  readonly text: string;
  /** Where each UTF-16 unit of `text` comes from; absent when the text is the original. Units that came about have empty places. */
  readonly origin?: { readonly starts: Int32Array; readonly ends: Int32Array };
}

const REPLACEMENTS: Readonly<Record<string, string>> = {
  "’": "'",
  "‘": "'",
  "‚": "'",
  "´": "'",
  "`": "'",
  "„": '"',
  "“": '"',
  "”": '"',
  "«": '"',
  "»": '"',
  "–": "-",
  "—": " - ",
  "…": "...",
};

const ANYTHING_TO_DO = /[’‘‚´`„“”«»–—…]|\u00a0[%?!;:]|''|"[,.]/;

export function normalizePunctuation(text: string): NormalizedText {
  if (!ANYTHING_TO_DO.test(text)) return { text };
  const units: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const put = (unit: string, start: number, end: number): void => {
    units.push(unit);
    starts.push(start);
    ends.push(end);
  };
  for (let at = 0; at < text.length; at++) {
    const unit = text[at]!;
    if (unit === "\u00a0" && "%?!;:".includes(text[at + 1] ?? " ")) continue;
    const replacement = REPLACEMENTS[unit] ?? unit;
    if (replacement === "'" && units.at(-1) === "'") {
      units[units.length - 1] = '"'; //                                        two apostrophes are a quotation mark
      ends[ends.length - 1] = at + 1;
    } else if (replacement === " - ") {
      put(" ", at, at);
      put("-", at, at + 1);
      put(" ", at + 1, at + 1);
    } else {
      put(replacement[0]!, at, at + 1);
      for (const more of replacement.slice(1)) put(more, at + 1, at + 1);
    }
  }
  moveQuotesBehindStops(units, starts, ends);
  return { text: units.join(""), origin: { starts: Int32Array.from(starts), ends: Int32Array.from(ends) } };
}

/** `"yes",` becomes `"yes,"`, as American typesetting has it; the mark goes behind all commas and full stops that follow. */
function moveQuotesBehindStops(units: string[], starts: number[], ends: number[]): void {
  for (let at = 0; at + 1 < units.length; at++) {
    if (units[at] !== '"') continue;
    let end = at + 1;
    while (units[end] === "," || units[end] === ".") end++;
    if (end === at + 1) continue;
    for (const list of [units, starts, ends] as (string | number)[][]) {
      const quote = list[at]!;
      list.copyWithin(at, at + 1, end);
      list[end - 1] = quote;
    }
  }
}
