/**
 * Cleaning of text for pretraining: named rules over one passage, each counted.
 *
 * Follows the one cleaning snippet that BioGPT's authors published (truncation notices, rights statements, citation
 * numbers, "et al." parentheses) and the punctuation that BioGPT's vocabulary shows to have been normalized. Departs
 * from it where it harms: a lone number in parentheses is removed only where it cannot be a list's counter, and line
 * breaks become spaces. Leaves out spelling, case and tokenization.
 */

import { BLOCK_TAGS, INLINE_TAGS } from "../markup.ts";

export interface CleaningRule {
  readonly name: string;
  /** What it removes or rewrites, for reports and help. */
  readonly summary: string;
  /** Whether it runs unless asked otherwise. */
  readonly usual: boolean;
  readonly apply: (text: string, count: () => void) => string;
}

/** Removes what `pattern` (global) finds, or puts `by` in its place; `guard` spares texts that cannot match. */
function replacing(guard: RegExp, pattern: RegExp, by = ""): CleaningRule["apply"] {
  return (text, count) => {
    if (!guard.test(text)) return text;
    return text.replace(pattern, () => {
      count();
      return by;
    });
  };
}

const ENTITY_NAMES: Readonly<Record<string, string>> = {
  amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", ndash: "–", mdash: "—", hellip: "…", middot: "·",
  plusmn: "±", times: "×", le: "≤", ge: "≥", deg: "°", micro: "µ", alpha: "α", beta: "β", gamma: "γ", delta: "δ",
  kappa: "κ", lambda: "λ", mu: "μ", omega: "ω", lsquo: "‘", rsquo: "’", ldquo: "“", rdquo: "”",
}; // biome-ignore format: a table

/** Rights statements stand in an abstract's last words; the longest seen in PubMed's 2021 files is 280 characters. */
const RIGHTS_TAIL = 400;
const RIGHTS: readonly RegExp[] = [
  /(?:^|(?<=[.!?)\]]))\s*(?:©|\(c\)|Copyright)[\s:.]*$/i,
  /(?:^|(?<=[.!?)\]]))\s*(?:©|\([cC]\)(?=\s*(?:19|20)\d\d)|(?:Crown )?(?:[Cc]opyright|COPYRIGHT)(?=\s*[©(A-Z\d]))[^.!?]{0,60}\b(?:19|20)\d\d\b.*$/s,
  /(?:^|(?<=[.!?)\]]))\s*(?:\(?PsycINFO Database Record\b|This article is protected by copyright\b|Published (?:online )?by (?:Elsevier|John Wiley|Wiley|Oxford University Press|Springer|BMJ|Cambridge University Press|The Royal Society)\b).*$/is,
  /(?:^|(?<=[.!?)\]]))\s*[^.!?]{0,80}\ball rights (?:are )?reserved\b[.)\s]*$/i,
];

/** Control characters but white space, soft hyphens, zero-width and direction marks, byte order marks, non-characters. */
const INVISIBLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it removes
  /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffe\uffff]/g;

/**
 * What Ovid, Embase, the Cochrane Library and older MEDLINE files write into brackets behind a title or an abstract: kinds of
 * publication, languages, counts of references, comments, errata. Counted in 84,287 abstracts: 1,666 "[Review]", 1,572
 * "[38 refs]", 1,727 "[References: 12]", 460 "[see comment]". Chemistry's brackets ("benzo[a]pyrene", "[3H]") are none of them.
 */
const EXPORT_NOTE = [
  "(?:systematic )?reviews?(?:, [a-z, ]{1,60})?|protocol|letter|editorial|comments?|see comments?|news|in process citation",
  "clinical (?:conference|trial)|meta-analysis|author abstract|corrected|retracted|withdrawn|preprint",
  String.raw`references?: ?\d{1,4}|\d{1,4} ref(?:erence)?s?\.?`,
  String.raw`(?:published )?(?:erratum|corrections?|retraction|comment)(?: appears)? (?:in|on)[ :][^\[\]]{1,150}`,
  "english|german|french|japanese|spanish|chinese|italian|polish|czech|russian|croatian|dutch|serbian|portuguese|slovak",
  "bulgarian|turkish|korean|hungarian|danish|swedish|norwegian|finnish|romanian|ukrainian|greek|hebrew|persian|slovenian",
].join("|");
/** At the end of a text, several with full stops between; "[corrected]" stands behind the very word that was. */
const EXPORT_NOTES = new RegExp(
  String.raw`\s*\[(?:${EXPORT_NOTE})\](?:\.?\s*\[(?:${EXPORT_NOTE})\]){0,8}(?:\d{1,6})?\.?\s*$|\s*\[corrected\]`,
  "gi",
);

export const CLEANING_RULES: readonly CleaningRule[] = [
  {
    name: "markup",
    summary: "HTML and XML tags and entities",
    usual: true,
    apply: (text, count) => {
      const untagged = replacing(/<[/a-z]/i, BLOCK_TAGS, " ")(replacing(/<[/a-z]/i, INLINE_TAGS)(text, count), count);
      if (!/&(?:#|[a-z])/i.test(untagged)) return untagged;
      return untagged.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,8}));/gi, (match, hex, decimal, name) => {
        const code = hex ? Number.parseInt(hex, 16) : decimal ? Number(decimal) : undefined;
        const character =
          code === undefined
            ? ENTITY_NAMES[name as string]
            : code > 0 && code <= 0x10ffff && (code & 0x1ff800) !== 0xd800
              ? String.fromCodePoint(code)
              : undefined;
        if (character === undefined) return match;
        count();
        return character;
      });
    },
  },
  {
    name: "truncation-notice",
    summary: '"(ABSTRACT TRUNCATED AT 250 WORDS)" and its variants',
    usual: true,
    apply: replacing(/truncated/i, /\s*[([]?\s*ABSTRACT\s+TRUNCATED(?:\s+(?:AT|TO)\s+\d+\s+WORDS)?\s*[)\]]?\.?/g),
  },
  {
    name: "export-notes",
    summary: '"[see comment]", "[Review] [38 refs]" and other notes of databases in brackets',
    usual: true,
    apply: (text, count) =>
      !text.includes("[")
        ? text
        : text.replace(EXPORT_NOTES, (match, offset: number) => {
            // A text that is nothing but the note keeps it: there is no title in front of it.
            if (offset === 0) return match;
            count();
            return match.endsWith(".") && !/[.?!]$/.test(text.slice(0, offset)) ? "." : "";
          }),
  },
  {
    name: "rights-statement",
    summary: "copyright lines at the end of an abstract",
    usual: true,
    apply: (text, count) => {
      let cleaned = text;
      for (const pattern of RIGHTS) {
        const start = Math.max(0, cleaned.length - RIGHTS_TAIL);
        const tail = cleaned.slice(start);
        if (!/©|\(c\)|copyright|rights|PsycINFO|published/i.test(tail)) break;
        const match = pattern.exec(tail);
        // At the slice's own edge it could begin in mid-sentence, and at the text's beginning it is the text.
        if (match === null || match.index === 0) continue;
        count();
        cleaned = cleaned.slice(0, start + match.index).trimEnd();
      }
      return cleaned;
    },
  },
  {
    name: "citations",
    summary: 'bracketed citation numbers and "(… et al. …)" parentheses',
    usual: false,
    apply: (text, count) => {
      const numbers = String.raw`\d{1,3}(?:\s*[,;–-]\s*\d{1,3})`;
      const bracketed = replacing(/\[\d/, new RegExp(String.raw`\s*\[${numbers}*\]`, "g"))(text, count);
      // A list or range in parentheses, or one number right before the sentence's punctuation; "(1)" elsewhere counts items.
      const rounded = replacing(
        /\(\d/,
        new RegExp(String.raw`(?<=[\p{L}\d)]) \((?:${numbers}+|\d{1,3}(?=\)[.;,]))\)`, "gu"),
      )(bracketed, count);
      return replacing(/et al/, /\s*\([^()]{0,200}\bet al\b[^()]{0,200}\)/g)(rounded, count);
    },
  },
  {
    name: "punctuation",
    summary: "typographic quotes, dashes and ellipses written in ASCII, as BioGPT's pretraining text was",
    usual: false,
    apply: (text, count) => {
      // Two quotes with a zero-width space between are one double quote; of the Greek U+1FEF and U+1FFD NFC makes quotes.
      const visible = text.normalize("NFC").replace(INVISIBLE, "");
      const normalized = normalizePunctuation(visible);
      if (normalized === visible) return text;
      count();
      return normalized;
    },
  },
  {
    name: "white-space",
    summary: "control characters, soft hyphens, zero-width and unusual spaces, line breaks, runs of spaces",
    usual: true,
    apply: (text, count) => {
      const cleaned = text.normalize("NFC").replace(INVISIBLE, "").replace(/\s+/g, " ").trim();
      if (cleaned !== text) count();
      return cleaned;
    },
  },
];

/** What Moses's normalize-punctuation.perl does for English, but ’ after a letter stays an apostrophe instead of becoming ". */
export function normalizePunctuation(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
  if (!/[^\u0000-\u007f]|`|''/.test(text)) return text;
  return text
    .replace(/[\u2018\u2019\u201a\u00b4`]/g, "'")
    .replace(/[\u201e\u201c\u201d\u00ab\u00bb]|''/g, '"')
    .replace(/\u2013/g, "-")
    .replace(/ ?\u2014 ?/g, " - ")
    .replace(/\u2026/g, "...")
    .replace(/\u00a0(?=[%?!;:])/g, "");
}

/** Counts by rule name: texts changed and single changes. */
export type CleaningCounts = Record<string, { texts: number; changes: number }>;

export function cleanText(text: string, rules: readonly CleaningRule[], counts: CleaningCounts): string {
  let cleaned = text;
  for (const rule of rules) {
    let changes = 0;
    cleaned = rule.apply(cleaned, () => changes++);
    if (changes > 0) {
      counts[rule.name] ??= { texts: 0, changes: 0 };
      const count = counts[rule.name]!;
      count.texts++;
      count.changes += changes;
    }
  }
  return cleaned;
}

/** PubMed writes a translated title in brackets: "[Effects of X.]" is "Effects of X." */
export function unbracketTitle(title: string): string {
  const match = /^\[([^[\]]*(?:\[[^[\]]*\][^[\]]*)*)\]\.?$/.exec(title.trim());
  return match === null ? title : match[1]!.trim();
}

/** Headings of sections that hold no science: every article has them, in nearly the same words. */
const BOILERPLATE =
  /^(?:\d+\.?\s*)?(?:authors?[’']?s?[’']? contributions?|competing interests?|conflicts? of interests?|declaration of .*|pre-publication history|acknowledge?ments?|funding|financial (?:support|disclosures?)|abbreviations?|list of abbreviations|supplementary (?:material|data|information)s?|supporting information|additional files?|availability of data.*|data (?:availability|sharing).*|ethics (?:approval|statement).*|consent (?:for|to) .*|disclosures?|references|author details|publisher[’']s note|copyright.*|open access|provenance and peer review|contributors?)\W*$/i;

export function isBoilerplateSection(label: string): boolean {
  return BOILERPLATE.test(label.trim());
}
