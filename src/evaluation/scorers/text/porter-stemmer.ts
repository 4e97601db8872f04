/**
 * Porter's stemmer with nltk's additions, which METEOR there uses: a table of irregular forms, words of two letters left alone, and milder rules for
 * -ies, -ied, -y, -alli, -bli, -fulli and -logi. The plain one gives another stem for about one word in twenty.
 *
 * Source   Porter, 1980; nltk.stem.porter in the mode NLTK_EXTENSIONS, whose steps have the names used here
 */

const IRREGULAR: ReadonlyMap<string, string> = new Map([
  ["sky", "sky"],
  ["skies", "sky"],
  ["dying", "die"],
  ["lying", "lie"],
  ["tying", "tie"],
  ["news", "news"],
  ["innings", "inning"],
  ["inning", "inning"],
  ["outings", "outing"],
  ["outing", "outing"],
  ["cannings", "canning"],
  ["canning", "canning"],
  ["howe", "howe"],
  ["proceed", "proceed"],
  ["exceed", "exceed"],
  ["succeed", "succeed"],
]);

/** @param word in lower case */
export function porterStem(word: string): string {
  const irregular = IRREGULAR.get(word);
  if (irregular !== undefined) return irregular;
  if ([...word].length <= 2) return word;
  const start = step1c(step1b(step1a(word)));
  return step5b(step5a(step4(replaced(step2(start), STEP_3, (stem) => measure(stem) > 0))));
}

type Suffixes = readonly (readonly [suffix: string, replacement: string])[];

/** The first suffix that the word ends with decides: replaced if what is left fulfils the condition, else the word stays. */
function replaced(word: string, suffixes: Suffixes, allows: (stem: string, suffix: string) => boolean): string {
  for (const [suffix, replacement] of suffixes) {
    if (!word.endsWith(suffix)) continue;
    const stem = word.slice(0, word.length - suffix.length);
    return allows(stem, suffix) ? stem + replacement : word;
  }
  return word;
}

/** c or v for each letter: a y is a consonant at the beginning and after a vowel. */
function letters(word: string): string {
  let kinds = "";
  for (const letter of word) {
    const vowel = "aeiou".includes(letter) || (letter === "y" && kinds.endsWith("c"));
    kinds += vowel ? "v" : "c";
  }
  return kinds;
}

/** How often a vowel is followed by a consonant. */
function measure(stem: string): number {
  return letters(stem).split("vc").length - 1;
}

function endsDouble(word: string): boolean {
  return word.length >= 2 && word.at(-1) === word.at(-2) && letters(word).endsWith("c");
}

function endsShort(word: string): boolean {
  const kinds = letters(word);
  return (kinds.endsWith("cvc") && !/[wxy]$/.test(word)) || kinds === "vc";
}

function step1a(word: string): string {
  if (word.endsWith("ies") && word.length === 4) return word.slice(0, -1);
  const suffixes: Suffixes = [
    ["sses", "ss"],
    ["ies", "i"],
    ["ss", "ss"],
    ["s", ""],
  ];
  return replaced(word, suffixes, () => true);
}

function step1b(word: string): string {
  if (word.endsWith("ied")) return word.slice(0, word.length === 4 ? -1 : -2);
  if (word.endsWith("eed")) return measure(word.slice(0, -3)) > 0 ? word.slice(0, -1) : word;
  for (const suffix of ["ed", "ing"]) {
    if (!word.endsWith(suffix)) continue;
    const stem = word.slice(0, word.length - suffix.length);
    if (!letters(stem).includes("v")) continue;
    if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
    if (endsDouble(stem)) return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1);
    return measure(stem) === 1 && endsShort(stem) ? `${stem}e` : stem;
  }
  return word;
}

function step1c(word: string): string {
  return replaced(word, [["y", "i"]], (stem) => stem.length > 1 && letters(stem).endsWith("c"));
}

const STEP_2: Suffixes = [
  ["ational", "ate"],
  ["tional", "tion"],
  ["enci", "ence"],
  ["anci", "ance"],
  ["izer", "ize"],
  ["bli", "ble"],
  ["alli", "al"],
  ["entli", "ent"],
  ["eli", "e"],
  ["ousli", "ous"],
  ["ization", "ize"],
  ["ation", "ate"],
  ["ator", "ate"],
  ["alism", "al"],
  ["iveness", "ive"],
  ["fulness", "ful"],
  ["ousness", "ous"],
  ["aliti", "al"],
  ["iviti", "ive"],
  ["biliti", "ble"],
  ["fulli", "ful"],
  ["logi", "log"],
];

function step2(word: string): string {
  if (word.endsWith("alli") && measure(word.slice(0, -4)) > 0) return step2(word.slice(0, -2));
  // The l of -logi counts as part of the stem, so that geology and geologist share theirs.
  return replaced(word, STEP_2, (stem, suffix) => measure(suffix === "logi" ? `${stem}l` : stem) > 0);
}

const STEP_3: Suffixes = [
  ["icate", "ic"],
  ["ative", ""],
  ["alize", "al"],
  ["iciti", "ic"],
  ["ical", "ic"],
  ["ful", ""],
  ["ness", ""],
];

const STEP_4: Suffixes = "al ance ence er ic able ible ant ement ment ent ion ou ism ate iti ous ive ize"
  .split(" ")
  .map((suffix) => [suffix, ""]);

function step4(word: string): string {
  return replaced(word, STEP_4, (stem, suffix) => measure(stem) > 1 && (suffix !== "ion" || /[st]$/.test(stem)));
}

function step5a(word: string): string {
  if (!word.endsWith("e")) return word;
  const stem = word.slice(0, -1);
  const size = measure(stem);
  return size > 1 || (size === 1 && !endsShort(stem)) ? stem : word;
}

function step5b(word: string): string {
  return word.endsWith("ll") && measure(word.slice(0, -1)) > 1 ? word.slice(0, -1) : word;
}
