/**
 * The regular expressions by which tokenizers cut a text into words, from Oniguruma's syntax into JavaScript's.
 *
 * What differs is written out: `\s` is Unicode's white space (JavaScript's has U+FEFF and lacks U+0085), `(?i:…)` stands for its letters in both
 * cases, since Node 20 knows no modifiers, with the long s and the Kelvin sign that fold to `s` and `k`.
 *
 * Left out  what no tokenizer in use has: refused by name, so that nothing is cut otherwise than it was trained. Letters of Unicode versions that
 *           only one of the two engines knows.
 */

/** Patterns in use have up to 500 characters. */
const LONGEST_PATTERN = 4000;
/** Unicode's White_Space, for a class. */
const WHITE_SPACE = "\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const CONTROLS: Readonly<Record<string, string>> = { r: "\\r", n: "\\n", t: "\\t", f: "\\f", v: "\\v" };
/** Further characters that are the same as a letter when case does not count. */
const FOLDED: Readonly<Record<string, string>> = { s: "\u017f", k: "\u212a" };

/** The pattern with the flags `gu`. @throws Error that says what in it is not read */
export function splitPattern(pattern: string): RegExp {
  if (pattern.length > LONGEST_PATTERN) throw new Error(`it has ${pattern.length} characters`);
  const translated = new Translator(pattern).translate();
  return new RegExp(translated, "gu");
}

/** GPT-2's own, which ByteLevel has built in. */
export const GPT2_PATTERN = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

interface Group {
  readonly ignoresCase: boolean;
  /** Whether it holds a `*`, `+` or `{n,}`. */
  repeats: boolean;
}

class Translator {
  readonly #characters: readonly string[];
  #at = 0;
  #out = "";
  readonly #groups: Group[] = [{ ignoresCase: false, repeats: false }];

  constructor(pattern: string) {
    this.#characters = [...pattern];
  }

  translate(): string {
    while (this.#at < this.#characters.length) this.#piece();
    if (this.#groups.length > 1) throw new Error("a group does not end");
    return this.#out;
  }

  /** One thing and what says how often it stands there. */
  #piece(): void {
    const character = this.#characters[this.#at++]!;
    if (character === "|") {
      this.#out += "|";
      return;
    }
    if (character === "(") {
      this.#openGroup();
      return;
    }
    let inner: Group | undefined;
    if (character === ")") {
      inner = this.#groups.pop();
      if (this.#groups.length === 0) throw new Error("a group ends that never began");
      this.#out += ")";
    } else if (character === "[") this.#out += this.#class();
    else if (character === "\\") this.#out += this.#escape();
    else if (character === ".") this.#out += "[^\\n]";
    else if ("^$*+?{".includes(character)) throw new Error(`${character} stands where it is not read`);
    else this.#out += this.#literal(character);
    const repeats = this.#quantifier();
    if (repeats && inner?.repeats === true) throw new Error("a repetition is repeated, which may take for ever");
    if (repeats || inner?.repeats === true) this.#groups.at(-1)!.repeats = true;
  }

  #openGroup(): void {
    const rest = this.#characters.slice(this.#at, this.#at + 3).join("");
    const [, opening = ""] = /^(\?i:|\?:|\?=|\?!|\?<=|\?<!)/.exec(rest) ?? [];
    if (rest.startsWith("?") && opening === "") throw new Error(`the group (${rest} is not read`);
    this.#at += opening.length;
    this.#out += opening === "" || opening === "?i:" ? "(?:" : `(${opening}`;
    const ignoresCase = opening === "?i:" || this.#groups.at(-1)!.ignoresCase;
    this.#groups.push({ ignoresCase, repeats: false });
  }

  /** @returns whether it has no upper end */
  #quantifier(): boolean {
    const rest = this.#characters.slice(this.#at, this.#at + 16).join("");
    const [found] = /^(?:[*+?]|\{\d{1,4}(?:,\d{0,4})?\})/.exec(rest) ?? [];
    if (found === undefined) return false;
    this.#at += found.length;
    this.#out += found;
    const next = this.#characters[this.#at];
    if (next === "+" || next === "*") throw new Error(`${found}${next} is not read`);
    if (next === "?") {
      this.#at++;
      this.#out += "?";
    }
    return found === "*" || found === "+" || found.endsWith(",}");
  }

  #literal(character: string): string {
    if (!this.#groups.at(-1)!.ignoresCase) return codePoint(character);
    const lower = character.toLowerCase();
    const same = new Set([character, lower, character.toUpperCase(), FOLDED[lower] ?? lower]);
    if ([...same].some((one) => [...one].length > 1)) throw new Error(`${character} has no single other case`);
    return same.size === 1 ? codePoint(character) : `[${[...same].map(codePoint).join("")}]`;
  }

  /** What stands behind a backslash outside of a class. */
  #escape(): string {
    const character = this.#characters[this.#at];
    if (character === "s" || character === "S") {
      this.#at++;
      return `[${character === "S" ? "^" : ""}${WHITE_SPACE}]`;
    }
    const found = this.#escaped();
    return found.startsWith("\\u{") ? this.#literal(String.fromCodePoint(Number.parseInt(found.slice(3), 16))) : found;
  }

  #class(): string {
    const negated = this.#characters[this.#at] === "^";
    if (negated) this.#at++;
    const start = this.#at;
    let out = "";
    for (;;) {
      const character = this.#characters[this.#at++];
      if (character === undefined) throw new Error("a class does not end");
      if (character === "]" && this.#at - 1 > start) break;
      if (character === "[" || (character === "&" && this.#characters[this.#at] === "&"))
        throw new Error("a class within a class is not read");
      if (character === "\\" && this.#characters[this.#at] === "s") {
        this.#at++;
        out += WHITE_SPACE;
      } else if (character === "\\") out += this.#escaped();
      // A hyphen between two characters makes a range, at either end it stands for itself.
      else if (character === "-" && out !== "" && this.#characters[this.#at] !== "]") out += "-";
      else out += codePoint(character);
    }
    if (this.#groups.at(-1)!.ignoresCase) throw new Error("a class in (?i:…) is not read");
    return `[${negated ? "^" : ""}${out}]`;
  }

  /** A property, a control character or a character that stands for itself. */
  #escaped(): string {
    const character = this.#characters[this.#at++];
    if (character === undefined) throw new Error("it ends in a backslash");
    if (character === "p" || character === "P") return this.#property(character);
    if (character === "d") return "\\p{Nd}";
    if (Object.hasOwn(CONTROLS, character)) return CONTROLS[character]!;
    if (/[A-Za-z0-9]/.test(character)) throw new Error(`\\${character} is not read`);
    return codePoint(character);
  }

  #property(letter: "p" | "P"): string {
    const rest = this.#characters.slice(this.#at, this.#at + 40).join("");
    const [whole, name] = /^\{([A-Za-z_]+)\}/.exec(rest) ?? [];
    if (whole === undefined || name === undefined) throw new Error(`\\${letter}${rest.slice(0, 8)} is not read`);
    this.#at += whole.length;
    for (const known of [name, `Script=${name}`]) {
      const property = `\\${letter}{${known}}`;
      if (isPattern(property)) return property;
    }
    throw new Error(`the property ${name} is not known`);
  }
}

function codePoint(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text, "u");
    return true;
  } catch {
    return false;
  }
}
