/**
 * Names made equal that mean the same: case, accents, Greek letters, hyphens, British spelling, plurals, Roman numerals, the order of words.
 *
 *     "Tumours of the Colon"  tokens tumours of the colon · folded tumor of the colon · key "colon tumor"
 *     "IL-2", "IL2"           tokens il 2
 *
 * Both sides are folded alike, so a rule may be crude as long as it seldom makes two meanings one. Leaves out stemming beyond plurals and
 * synonyms of words, which similarity takes care of.
 */
import { hashText } from "../../base/random.ts";

const GREEK: Readonly<Record<string, string>> = {
  α: "alpha",
  β: "beta",
  γ: "gamma",
  δ: "delta",
  ε: "epsilon",
  ζ: "zeta",
  η: "eta",
  θ: "theta",
  ι: "iota",
  κ: "kappa",
  λ: "lambda",
  μ: "mu",
  ν: "nu",
  ξ: "xi",
  π: "pi",
  ρ: "rho",
  σ: "sigma",
  ς: "sigma",
  τ: "tau",
  φ: "phi",
  χ: "chi",
  ψ: "psi",
  ω: "omega",
};

const ROMAN: Readonly<Record<string, string>> = {
  i: "1",
  ii: "2",
  iii: "3",
  iv: "4",
  vi: "6",
  vii: "7",
  viii: "8",
  ix: "9",
};

const STOP_WORDS: ReadonlySet<string> = new Set([..."of the an and or in to with by due type nos".split(" ")]);

/** A name, folded. */
export interface FoldedName {
  /** Without case, accents and signs; letters and digits apart; single spaces. */
  readonly cased: string;
  /** The same with plurals and spelling folded. */
  readonly folded: readonly string[];
  /** `folded` in alphabetical order without stop words: equal for names that differ by what is folded alone. */
  readonly key: string;
}

export function foldName(name: string): FoldedName {
  const tokens = tokensOf(name);
  const folded = tokens.map(foldToken);
  return { cased: tokens.join(" "), folded, key: keyOf(folded) };
}

/** Words in alphabetical order without stop words. */
export function keyOf(words: readonly string[]): string {
  const kept = contentWords(words);
  return kept.length === 1 ? kept[0]! : kept.toSorted().join(" ");
}

/** Whether a folded word tells nothing about which concept is meant. */
export function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word);
}

/** The words without stop words, unless there are no others. */
export function contentWords(words: readonly string[]): readonly string[] {
  if (words.length < 2) return words;
  const kept = words.filter((word) => !STOP_WORDS.has(word));
  return kept.length === 0 ? words : kept;
}

const PLAIN = /^[\x20-\x7e]*$/;
const TOKEN = /[a-z\u00df-\u024f\u0370-\u{10ffff}]+|\d+/gu;

/** Runs of letters and of digits, in lower case and without accents; the `'s` of "Parkinson's" is no token. */
export function tokensOf(name: string): string[] {
  let text = name;
  if (!PLAIN.test(text)) {
    text = text
      .normalize("NFKD")
      .replaceAll(/\p{M}+/gu, "")
      .replaceAll(/[’‘ʼ´`′]/g, "'");
  }
  text = text.toLowerCase();
  if (!PLAIN.test(text)) text = text.replaceAll(/[α-ω]/g, (letter) => ` ${GREEK[letter] ?? letter} `);
  if (text.includes("'")) text = text.replaceAll(/'s\b/g, "").replaceAll("'", "");
  return text.match(TOKEN) ?? [];
}

/** Singular, American spelling, numerals as digits. */
export function foldToken(token: string): string {
  if (token.length < 5) {
    const numeral = ROMAN[token];
    if (numeral !== undefined) return numeral;
    if (token.length < 4) return token;
  }
  let word = token;
  if (word.includes("ae")) word = word.replaceAll("ae", "e");
  if (word.includes("oe")) word = word.replaceAll("oe", "e");
  if (word.includes("ph")) word = word.replaceAll("sulph", "sulf");
  if (word.includes("our")) word = word.replace(/our(?=s?$|al$|ed$|less$)/, "or");
  if (word.endsWith("ies") && word.length > 5) return `${word.slice(0, -3)}y`;
  if (word.endsWith("mata") && word.length > 6) return word.slice(0, -2);
  if (word.endsWith("s") && !word.endsWith("ss") && !word.endsWith("us")) word = word.slice(0, -1);
  // "disease" and "diseases", "metastasis" and "metastases" meet without their last vowel.
  return word.length > 4 && /[^aeiou][ei]$/.test(word) ? word.slice(0, -1) : word;
}

/** 32 bits of a key. */
export function hashOf(text: string): number {
  let hash = hashText(text);
  // Its high bits mix badly, and buckets are told by them.
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** The different trigrams of the words, each with a space before and behind it, as codes (`trigramCode`). */
export function trigramsOf(folded: readonly string[]): Set<number> {
  const codes = new Set<number>();
  for (const token of folded) {
    let before = 32;
    let at = token.charCodeAt(0);
    for (let i = 1; i <= token.length; i++) {
      const next = i < token.length ? token.charCodeAt(i) : 32;
      codes.add(trigramCode(before, at, next));
      before = at;
      at = next;
    }
  }
  return codes;
}

/** Below 2^31. ASCII has codes of its own; other letters may share one, which costs a little precision and no name. */
function trigramCode(a: number, b: number, c: number): number {
  if ((a | b | c) < 128) return (a << 14) | (b << 7) | c;
  return ((Math.imul(Math.imul(a, 0x01000193) ^ b, 0x01000193) ^ c) & 0x3fffffff) | 0x40000000;
}
