/**
 * Moses word tokenization for English with aggressive dash splitting, step by step: the reference that reads like the scripts.
 * `moses-scan.ts` is its fast twin for ordinary text.
 *
 * Follows   tokenizer.perl `-l en -a` (mode `perl`) and sacremoses with `aggressive_dash_splits` (mode `sacremoses`); what
 *           differs is the last word of a text, the character classes, and whether U+001C to U+001F are white space.
 * Left out  protected patterns, other languages, and one defect: the scripts turn the literal text DOTMULTI into a full stop.
 */
import { internalError } from "../../base/errors.ts";
import { type CharacterClasses, characterClasses, type MosesMode } from "./characters.ts";

/** Words that keep their final full stop, compared with case. */
const NON_BREAKING: ReadonlySet<string> = new Set([
  ..."ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  ...(
    "Adj Adm Adv Asst Bart Bldg Brig Bros Capt Cmdr Col Comdr Con Corp Cpl DR Dr Drs Ens Gen Gov Hon Hr Hosp Insp Lt MM MR MRS MS Maj " +
    "Messrs Mlle Mme Mr Mrs Ms Msgr Op Ord Pfc Ph Prof Pvt Rep Reps Res Rev Rt Sen Sens Sfc Sgt Sr St Supt Surg v vs i.e rev e.g Rs " +
    "Nos Nr Jan Feb Mar Apr Jun Jul Aug Sep Oct Nov Dec"
  ).split(" "),
]);

/** Words that keep it only before a number. */
const NON_BREAKING_BEFORE_NUMBER: ReadonlySet<string> = new Set(["No", "Art", "pp"]);

/** What stands in for a dot of "...": step 1 has deleted every U+0001 of the text itself. */
const HELD_DOT = "\u0001";

interface Patterns {
  readonly classes: CharacterClasses;
  readonly whiteRuns: RegExp;
  readonly symbols: RegExp;
  readonly dashes: RegExp;
  readonly commas: readonly RegExp[];
  readonly apostrophes: readonly (readonly [RegExp, string])[];
  readonly alpha: RegExp;
  readonly startsLower: RegExp;
}

const made = new Map<MosesMode, Patterns>();

function patternsOf(mode: MosesMode): Patterns {
  const kept = made.get(mode);
  if (kept !== undefined) return kept;
  const classes = characterClasses(mode);
  const { alpha, alphanumeric, number, lower, white } = classes;
  const patterns: Patterns = {
    classes,
    whiteRuns: new RegExp(`${white}+`, "gv"),
    symbols: new RegExp(`[^${alphanumeric}${white}.'\`,\\-]`, "gv"),
    dashes: new RegExp(`(${alphanumeric})-(?=${alphanumeric})`, "gv"),
    commas: [new RegExp(`([^${number}])(,)`, "gv"), new RegExp(`(,)([^${number}])`, "gv")],
    apostrophes: [
      [new RegExp(`([^${alpha}])'([^${alpha}])`, "gv"), "$1 ' $2"],
      [new RegExp(`([^${alpha}${number}])'(${alpha})`, "gv"), "$1 ' $2"],
      [new RegExp(`(${alpha})'([^${alpha}])`, "gv"), "$1 ' $2"],
      [new RegExp(`(${alpha})'(${alpha})`, "gv"), "$1 '$2"],
      [new RegExp(`(${number})'(s)`, "gv"), "$1 '$2"],
    ],
    alpha: new RegExp(alpha, "v"),
    startsLower: new RegExp(`^${lower}`, "v"),
  };
  made.set(mode, patterns);
  return patterns;
}

/** Tokens of one line of text, before escaping: each is a run of the text's characters, but for `@-@`, which is a dash. */
export function mosesTokens(text: string, mode: MosesMode): string[] {
  const { whiteRuns, symbols, dashes, commas, apostrophes, alpha, startsLower } = patternsOf(mode);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is deleted
  let line = text.replace(whiteRuns, " ").replace(/[\u0000-\u001f]/g, "");
  line = withoutOuterSpaces(line);
  line = line.replace(symbols, " $& ");
  line = line.replace(dashes, "$1 @-@ ");
  line = line.replace(/\.{2,}/g, (dots) => ` ${HELD_DOT.repeat(dots.length)} `);
  line = line.replace(commas[0]!, "$1 $2 ").replace(commas[1]!, " $1 $2").replace(/,$/, " ,");
  for (const [pattern, replacement] of apostrophes) line = line.replace(pattern, replacement);

  const words = line.split(" ").filter((word) => word !== "");
  const tokens: string[] = [];
  for (const [i, word] of words.entries()) {
    const stem = word.slice(0, -1);
    if (word.endsWith(".") && stem !== "" && splitsFullStop(stem, words[i + 1])) tokens.push(stem, ".");
    else tokens.push(word);
  }
  const last = tokens.at(-1);
  if (last?.endsWith(".'")) {
    tokens.pop();
    if (last.length > 2) tokens.push(last.slice(0, -2));
    tokens.push(".", "'");
  }
  return tokens.map((token) => token.replaceAll(HELD_DOT, "."));

  function splitsFullStop(stem: string, next: string | undefined): boolean {
    if (next === undefined && mode === "perl") return true; //                 since November 2018
    if (stem.includes(".") && alpha.test(stem)) return false; //               U.S.
    if (NON_BREAKING.has(stem)) return false;
    if (next !== undefined && startsLower.test(next)) return false;
    return !(NON_BREAKING_BEFORE_NUMBER.has(stem) && next !== undefined && /^[0-9]/.test(next));
  }
}

/** Not by ` +$`, which takes quadratic time over long runs inside, as deleted control characters can leave. */
function withoutOuterSpaces(line: string): string {
  let start = 0;
  let end = line.length;
  while (start < end && line[start] === " ") start++;
  while (end > start && line[end - 1] === " ") end--;
  return line.slice(start, end);
}

/** Whether a word with a final full stop gives it up; `next` tells what the following word begins with. For `moses-scan.ts`. */
export function keepsFullStop(stem: string, next: "lower" | "digit" | "other"): boolean {
  if (NON_BREAKING.has(stem) || next === "lower") return true;
  return next === "digit" && NON_BREAKING_BEFORE_NUMBER.has(stem);
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "|": "&#124;",
  "<": "&lt;",
  ">": "&gt;",
  "'": "&apos;",
  '"': "&quot;",
  "[": "&#91;",
  "]": "&#93;",
};

/** A character as it is written after escaping. */
export function escapeCharacter(character: string): string {
  return ESCAPES[character] ?? character;
}

export function escapeMoses(token: string): string {
  return /[&|<>'"[\]]/.test(token) ? token.replace(/[&|<>'"[\]]/g, escapeCharacter) : token;
}

/** One line of text, tokenized and escaped, joined by spaces: what the scripts print. */
export function tokenizeMoses(text: string, mode: MosesMode = "perl"): string {
  return mosesTokens(text, mode).map(escapeMoses).join(" ");
}

/**
 * For each UTF-16 unit of each token, its place in the text: tokens keep the order of the text and drop only white space and
 * control characters. The three units of `@-@` share one dash: the first stands for it, the others come after it.
 */
export function locateTokens(text: string, tokens: readonly string[]): Int32Array[] {
  let at = 0;
  const next = (unit: number): number => {
    while (at < text.length && text.charCodeAt(at) !== unit) at++;
    if (at === text.length)
      throw internalError(`a Moses token is not in its text: ${JSON.stringify(tokens.slice(0, 20))}`);
    return at++;
  };
  return tokens.map((token) => {
    if (token === "@-@") return Int32Array.of(next(0x2d), at, at);
    return Int32Array.from({ length: token.length }, (_, i) => next(token.charCodeAt(i)));
  });
}
