/**
 * Moses tokens back to text, word by word, so that it can follow a model while it writes.
 *
 * Follows   detokenizer.perl `-l en` and sacremoses' MosesDetokenizer; they differ in the range of CJK, in `'s` after a word that
 *           does not end in a letter or digit, and in what the first word of a line may be.
 * Left out  other languages, upper-casing. Lines that begin with `<` and end with `>` are printed untouched by the script and by
 *           `detokenizeMoses`, but not by `MosesDetokenizer`, which cannot know the end; in escaped text only `<unk>` makes one.
 */
import { characterClasses, type MosesMode } from "./characters.ts";

const UNESCAPES: Readonly<Record<string, string>> = {
  "&bar;": "|",
  "&#124;": "|",
  "&lt;": "<",
  "&gt;": ">",
  "&bra;": "[",
  "&ket;": "]",
  "&quot;": '"',
  "&apos;": "'",
  "&#91;": "[",
  "&#93;": "]",
};

const OPENING = /^[\p{Sc}([{¿¡]+$/u;
const CLOSING = /^[,.?!:;\\%}\])]+$/;
const QUOTES = /^['"„“`]+$/;
/** What stands in none of them. */
const NO_MARK = /[^\p{Sc}([{¿¡,.?!:;\\%}\])'"„“”`]/u;
const LOW_OR_HIGH_QUOTES = /^[„“”]+$/;

interface Patterns {
  readonly startsCjk: RegExp;
  readonly endsCjk: RegExp;
  readonly clitic: RegExp;
  readonly endsAlphanumeric: RegExp;
}

const PATTERNS: Readonly<Record<MosesMode, Patterns>> = { perl: patterns("perl"), sacremoses: patterns("sacremoses") };

function patterns(mode: MosesMode): Patterns {
  const { alpha, alphanumeric } = characterClasses(mode);
  // sacremoses compares with < and >, so that the ends of its ranges are outside.
  const cjk =
    mode === "perl"
      ? "[\\u1100-\\u11FF\\u2E80-\\uA4CF\\uA840-\\uA87F\\uAC00-\\uD7AF\\uF900-\\uFAFF\\uFE30-\\uFE4F\\uFF65-\\uFFDC\\u{20000}-\\u{2FFFF}]"
      : "[\\u1101-\\u11FE\\u2E81-\\uA4CE\\uA841-\\uA87E\\uAC01-\\uD7AE\\uF901-\\uFAFE\\uFE31-\\uFE4E\\uFF66-\\uFFDB\\u{20001}-\\u{2FFFE}\\u{17001}-\\u{18AFE}\\u{1B001}-\\u{1B12E}\\u{1B171}-\\u{1B2FE}]";
  return {
    startsCjk: new RegExp(`^${cjk}`, "v"),
    endsCjk: new RegExp(`${cjk}$`, "v"),
    clitic: new RegExp(`^'${alpha}`, "v"),
    endsAlphanumeric: new RegExp(`${alphanumeric}$`, "v"),
  };
}

/** What decides the spaces around a word. `clitic` and `quotes` depend on what stands before as well. */
export type WordForm = "cjk" | "opening" | "closing" | "clitic" | "quotes" | "plain";

/** @param word a whole one, without escapes */
export function wordForm(word: string, mode: MosesMode): WordForm {
  const { startsCjk, clitic } = PATTERNS[mode];
  if (startsCjk.test(word)) return "cjk";
  if (OPENING.test(word)) return "opening";
  if (CLOSING.test(word)) return "closing";
  if (clitic.test(word)) return "clitic";
  return QUOTES.test(word) ? "quotes" : "plain";
}

/** Whether a clitic joins a word before it. */
export function endsAlphanumeric(word: string, mode: MosesMode): boolean {
  return PATTERNS[mode].endsAlphanumeric.test(word.slice(-2)); // a character has at most two units
}

/** Whether a word that begins so is plain, however it goes on. */
export function beginsPlain(text: string, mode: MosesMode): boolean {
  return NO_MARK.test(text) && !text.startsWith("'") && !PATTERNS[mode].startsCjk.test(text);
}

export class MosesDetokenizer {
  readonly #mode: MosesMode;
  /** The word in hand: it may yet be joined by a dash to the next. */
  #held: string | undefined;
  #joinsNext = false;
  #space = " ";
  #previous = "";
  #words = 0;
  #opened = new Map<string, number>();
  #begun = false;
  #gap = false;

  constructor(mode: MosesMode) {
    this.#mode = mode;
  }

  /**
   * @param token one token as the tokenizer wrote it, escaped
   * @returns the text that is certain now
   */
  push(token: string): string {
    if (this.#joinsNext) {
      this.#held += token; //                                                  even another @-@: its space is used up
      this.#joinsNext = false;
      return "";
    }
    if (token === "@-@") {
      this.#held = `${this.#held ?? ""}-`;
      this.#joinsNext = true;
      return "";
    }
    const text = this.release();
    this.#held = token;
    return text;
  }

  /** The word in hand as text, when the next token is known not to be `@-@`. */
  release(): string {
    if (this.#held === undefined || this.#joinsNext) return "";
    const text = this.#write(unescapeMoses(this.#held));
    this.#held = undefined;
    return text;
  }

  /** @returns the rest; afterwards the detokenizer is as new */
  end(): string {
    this.#joinsNext = false;
    const text = this.release();
    this.#space = " ";
    this.#previous = "";
    this.#words = 0;
    this.#opened = new Map();
    this.#begun = false;
    this.#gap = false;
    return text;
  }

  #write(word: string): string {
    const previous = this.#previous;
    const following = this.#mode === "perl" || this.#words > 0; //             Perl's first word follows an empty one
    this.#previous = word;
    this.#words++;
    if (word === "") {
      this.#gap ||= this.#space !== "";
      this.#space = " ";
      return "";
    }
    let spaced = true;
    let nextSpace = " ";
    const form = wordForm(word, this.#mode);
    if (form === "cjk") spaced = !(following && PATTERNS[this.#mode].endsCjk.test(previous));
    else if (form === "opening") nextSpace = "";
    else if (form === "closing") spaced = false;
    else if (form === "clitic") {
      spaced = !(following && (this.#mode === "sacremoses" || endsAlphanumeric(previous, this.#mode)));
    } else if (form === "quotes") {
      const key = LOW_OR_HIGH_QUOTES.test(word) ? '"' : word;
      const count = this.#opened.get(key) ?? 0;
      const possessive = count % 2 === 0 && word === "'" && following && previous.endsWith("s");
      if (possessive || count % 2 === 1) spaced = false;
      else nextSpace = "";
      if (!possessive) this.#opened.set(key, count + 1);
    }
    const space = this.#begun && (this.#gap || (spaced && this.#space !== "")) ? " " : "";
    this.#space = nextSpace;
    this.#gap = false;
    this.#begun = true;
    return space + word;
  }
}

/** A line of tokens joined by spaces, as text. */
export function detokenizeMoses(line: string, mode: MosesMode = "perl"): string {
  if (mode === "perl" && (/^<.+>$/.test(line) || line.trim() === "")) return line;
  const detokenizer = new MosesDetokenizer(mode);
  let text = "";
  for (const token of mode === "perl" ? line.split(" ") : line.split(" ").filter((word) => word !== "")) {
    text += detokenizer.push(token);
  }
  return text + detokenizer.end();
}

/** Each escape once, `&amp;` last, as the scripts do: `&amp;lt;` becomes `&lt;`. */
export function unescapeMoses(word: string): string {
  if (!word.includes("&")) return word;
  return word
    .replace(/&(?:bar|#124|lt|gt|bra|ket|quot|apos|#91|#93);/g, (escaped) => UNESCAPES[escaped]!)
    .replaceAll("&amp;", "&");
}
