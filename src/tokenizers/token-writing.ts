/**
 * What each token will write, before it is chosen: for constraints over text, which have only ids to choose from.
 *
 * A text is written in a few states (is a word under way, does a space come next), and in each of them a token writes certain bytes and leads to
 * another state. Tokens whose text depends on what follows are left out: what is listed here is exactly what `decode` will make of them.
 */

export interface WrittenToken {
  readonly id: number;
  /** UTF-8, a character of the string for each byte; never empty. */
  readonly bytes: string;
  /** What it does to the state, as `after` reads it. */
  readonly effect: number;
}

/** Tokens that a state allows. Groups of several states share their lists, so what is made of a list can be kept by it. */
export interface TokenGroup {
  readonly tokens: readonly WrittenToken[];
  /** Whether a space is written before each. */
  readonly spaced: boolean;
}

/** Where a text of words and spaces stands. */
export interface WordPlace {
  /** The word may go on, and must: only a token that ends it makes room for others. */
  readonly inWord: boolean;
  /** A space comes before the next word. */
  readonly spaceNext: boolean;
  /** An odd number of quotation marks was written. */
  readonly inQuotes: boolean;
}

export interface TokenWriting {
  /** The state in which nothing is written. */
  readonly start: number;
  groups(state: number): readonly TokenGroup[];
  after(state: number, token: Pick<WrittenToken, "effect">): number;
  /** Of tokenizers that space words by rules. Absent: every text can be written, from every state on. */
  readonly placeOf?: (state: number) => WordPlace;
}

const ASCII = /^[\0-\x7f]*$/;

/** A text's UTF-8, a character for each byte. */
export function byteString(text: string): string {
  if (ASCII.test(text)) return text;
  let bytes = "";
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return bytes;
}

/** Of tokens that write the same wherever they stand. */
export function wholeWriting(tokens: readonly WrittenToken[]): TokenWriting {
  const groups = [{ tokens, spaced: false }];
  return { start: 0, groups: () => groups, after: () => 0 };
}
