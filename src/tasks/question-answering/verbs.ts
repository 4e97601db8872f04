/**
 * The verbs that titles and conclusions of biomedical abstracts state their findings with, and their forms.
 *
 * Chosen by reading titles and conclusions of PubMed abstracts; a clause whose verb is not here is not turned into a
 * question, so a missing verb costs an example, never a wrong one.
 */

/** Regular verbs that are seldom a noun. */
const PLAIN =
  "abolish abrogate accelerate achieve activate affect aggravate allow alleviate alter ameliorate attenuate augment avoid cause compromise confer " +
  "contribute correlate decelerate depend detect differ differentiate diminish disrupt distinguish elevate eliminate elicit enable " +
  "encode enhance ensure exacerbate exhibit exist express facilitate follow impair improve increase decrease " +
  "induce influence inhibit interact interfere involve lack lower maintain mediate mimic minimize mitigate mirror mobilize modify modulate occur offer " +
  "outperform outweigh perform permit persist possess potentiate precede preclude predict predispose prevent produce prolong promote protect " +
  "provide recruit reduce reflect regulate relieve remain remove represent require restore restrict retain reverse serve share shorten " +
  "stabilize stimulate strengthen suppress sustain target tend tolerate undergo upregulate downregulate up-regulate down-regulate vary worsen yield " +
  "disappear emerge carry exceed experience receive decline deteriorate worsen last play act cost delay limit " +
  "support trigger benefit change control display harbor harbour impact matter need result show work help lead have drive bind form " +
  "give make become arise begin lose keep hold reach adhere respond recover survive";
/** Forms in -s that are a plural noun as often as not. */
const NOUN_PLURALS: ReadonlySet<string> = new Set(
  (
    "increases decreases causes changes controls benefits delays limits supports triggers impacts needs results works targets costs declines displays " +
    "experiences influences reverses shares lasts forms acts plays shows matters mirrors mediates leads drives yields offers helps holds makes"
  ).split(" "),
);
const IRREGULAR_PAST: Readonly<Record<string, string>> = {
  show: "showed",
  lead: "led",
  have: "had",
  drive: "drove",
  bind: "bound",
  give: "gave",
  make: "made",
  become: "became",
  arise: "arose",
  begin: "began",
  lose: "lost",
  keep: "kept",
  hold: "held",
  undergo: "underwent",
};
/** Not a participle as well. */
const SURE_PAST: ReadonlySet<string> = new Set([
  "showed",
  "had",
  "gave",
  "became",
  "arose",
  "began",
  "underwent",
  "drove",
]);
const DOUBLED = new Set(["confer", "control", "permit", "occur"]);

export interface VerbForm {
  readonly base: string;
  readonly kind: "singular" | "plural" | "past";
  /** As likely another part of speech. */
  readonly doubtful: boolean;
}

const FORMS: ReadonlyMap<string, VerbForm> = new Map(
  PLAIN.split(" ").flatMap((base): (readonly [string, VerbForm])[] => {
    const singular = singularOf(base);
    const past = IRREGULAR_PAST[base] ?? pastOf(base);
    return [
      [base, { base, kind: "plural", doubtful: NOUN_PLURALS.has(singular) }],
      [singular, { base, kind: "singular", doubtful: NOUN_PLURALS.has(singular) }],
      [past, { base, kind: "past", doubtful: !SURE_PAST.has(past) }],
    ];
  }),
);

/** What a word is as a finite verb. "have" and its forms are here as a main verb. */
export function verbForm(word: string): VerbForm | undefined {
  return FORMS.get(word.toLowerCase());
}

function singularOf(base: string): string {
  if (base === "have") return "has";
  if (/(?:[sxz]|[cs]h|o)$/.test(base)) return `${base}es`;
  return /[^aeou]y$/.test(base) ? `${base.slice(0, -1)}ies` : `${base}s`;
}

function pastOf(base: string): string {
  if (base.endsWith("e")) return `${base}d`;
  if (/[^aeou]y$/.test(base)) return `${base.slice(0, -1)}ied`;
  return DOUBLED.has(base) ? `${base}${base.at(-1)}ed` : `${base}ed`;
}
