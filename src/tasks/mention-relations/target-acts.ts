/**
 * What the text says that a chemical does to its target: "celecoxib selectively inhibits COX-2", "naloxone is a competitive antagonist at the mu-opioid
 * receptor", "warfarin acts by inhibiting VKORC1", "midazolam is metabolized by CYP3A4", "inhibition of CYP3A4 by ketoconazole".
 *
 * Only what stands between the two names and right behind the target counts, so that little is found and what is found is right: "inhibited insulin
 * secretion" says nothing of insulin. Figures: docs/experiments.md, "What it does to its target".
 */
import type { Document } from "../../corpora/document.ts";
import type { Span } from "../../corpora/sentences.ts";
import type { FoundMention } from "../entities/found-mentions.ts";
import { nameLists } from "./name-lists.ts";
import { OWN_BRACKETS } from "./own-brackets.ts";

export interface TargetAct {
  /** One of the roles of target-roles.ts. */
  readonly role: string;
  /** Indices of mentions. */
  readonly chemicals: readonly number[];
  readonly targets: readonly number[];
  /** Whether it is said of these alone: "an inhibitor of", "inhibition of … by". */
  readonly isOfThese: boolean;
  readonly sentence: Span;
}

const ADVERBS = "(?:(?:also|can|[a-z-]+ly|[a-z]+-dependently|both) ){0,3}";
/** What may stand before a target that is still the target. */
const DETERMINERS =
  "(?:(?:the|both|human|rat|mouse|bovine|recombinant|purified|endogenous|native|hepatic|cardiac|cellular|intestinal|enzyme|enzymes) ){0,3}";
const IS = "(?:is|are|was|were)";
const ARTICLE = `(?:,? (?:${IS}|as)|,| \\() (?:an?|the|another|known as|one of the)`;
const ADJECTIVES = "(?: (?!(?:not|no|of|in|to|for|on|with|by|than)\\b)[\\w/-]+,?){0,5}";

interface Wording {
  /** Between the two names. Its first group, where it has one, is the word for the role. */
  readonly between: RegExp;
  readonly role: string;
  /** Of what stands before the first name. */
  readonly before?: RegExp;
  /** See `TargetAct`. */
  readonly isOfThese: boolean;
}

function wording(role: string, between: string, before?: RegExp): Wording {
  const isOfThese = role === "" || before !== undefined;
  const way = new RegExp(`^${between} ${DETERMINERS}$`);
  return { role, between: way, isOfThese, ...(before === undefined ? {} : { before }) };
}

/** First the chemical, then its target. */
const CHEMICAL_FIRST: readonly Wording[] = [
  wording("inhibitor", `${OWN_BRACKETS}(?:,? which| that)? ${ADVERBS}(?:inhibits?|inhibited|inactivates?|inactivated)`),
  wording("blocker", `${OWN_BRACKETS}(?:,? which| that)? ${ADVERBS}(?:blocks?|blocked)`),
  wording("antagonist", `${OWN_BRACKETS}(?:,? which| that)? ${ADVERBS}antagoni[sz](?:es?|ed)`),
  wording("activator", `${OWN_BRACKETS}(?:,? which| that)? ${ADVERBS}(?:activates?|activated)`),
  wording(
    "",
    `${OWN_BRACKETS}${ARTICLE}${ADJECTIVES} (inhibitor|inverse agonist|partial agonist|agonist|antagonist|blocker|activator|ligand|substrate)s? (?:of|at|for|against)`,
  ),
  wording(
    "inhibitor",
    `${OWN_BRACKETS} (?:acts?|works?) (?:[a-z]+ly )?(?:by|through|via) (?:[a-z]+ly )?inhibiti(?:ng|on of)`,
  ),
  wording(
    "blocker",
    `${OWN_BRACKETS} (?:acts?|works?) (?:[a-z]+ly )?(?:by|through|via) (?:[a-z]+ly )?block(?:ing|ade of)`,
  ),
  wording(
    "substrate",
    `${OWN_BRACKETS} ${IS} ${ADVERBS}(?:metaboli[sz]ed|oxidi[sz]ed|hydroxylated|demethylated|glucuronidated) ${ADVERBS}(?:by|via|through)`,
  ),
];
/** First the target. */
const TARGET_FIRST: readonly Wording[] = [
  wording("inhibitor", `(?: (?:activity|enzymes?|kinase|channels?))? ${IS} ${ADVERBS}inhibited ${ADVERBS}by`),
  wording("blocker", `(?: (?:activity|receptors?|channels?|currents?))? ${IS} ${ADVERBS}blocked ${ADVERBS}by`),
  wording("activator", `(?: (?:activity|receptors?|channels?))? ${IS} ${ADVERBS}activated ${ADVERBS}by`),
  wording(
    "inhibitor",
    "(?: (?:activity|enzymes?|kinase|channels?))? (?:by|with)",
    /\binhibition of (?:[\w-]+ ){0,2}$/i,
  ),
  wording(
    "blocker",
    "(?: (?:activity|receptors?|channels?|currents?))? (?:by|with)",
    /\bblockade of (?:[\w-]+ ){0,2}$/i,
  ),
  wording("substrate", " (?:metaboli[sz]es|hydroxylates|demethylates)"),
  // "Inhibitors of PDE4 (rolipram) and PDE3 (cilostazol)"
  ...["inhibitor", "antagonist", "agonist", "blocker", "activator"].map(
    (role): Wording => ({
      role,
      between: /^ \((?:e\.g\.,? |such as )?$/,
      before: new RegExp(`\\b${role}s? of (?:[^.()]|\\([^()]*\\)){0,80}$`, "i"),
      isOfThese: true,
    }),
  ),
];
/** Behind a target that something is done to: the end of its phrase, not "expression" or "-induced death". */
const PHRASE_END =
  /^(?: \([^()]{1,40}\))?(?: (?:enzymes?|activity|activities|receptors?|channels?|kinase|isoforms?|currents?))*(?: \([^()]{1,40}\))?(?:[.,;:)]| (?:and|or|but|in|with|at|via|through|from|more|as|without|than|when|while|both|to)\b|$)/;
/** What only asks or denies it. */
const UNSAID = /\b(?:whether|if|neither|nor|not|hypothesi[sz]\w*|no evidence|unlikely|fail\w*)\b/i;
/** Words that speak of one chemical: those before it in a list are not meant. */
const OF_ONE = /\b(?:an?|is|was|another|inhibits|inactivates|blocks|antagoni[sz]es|activates|acts|works)\b/;
/** Characters between the two names; farther apart they are in no phrase. */
const FARTHEST = 160;
const RECEPTOR = /receptors?$/i;
const RECEPTOR_BEHIND = /^ receptors?\b/i;

/** In the order of the text. */
export function targetActs(
  passages: Document["passages"],
  mentions: readonly FoundMention[],
  sentences: readonly (readonly Span[])[],
): TargetAct[] {
  const lists = nameLists(passages, mentions);
  /** A mention and those of its list before or behind it. */
  const listed = (from: number, step: 1 | -1): number[] => lists[from]!.filter((at) => (at - from) * step >= 0);
  return mentions.flatMap((first, left) => {
    const second = mentions[left + 1];
    if (second === undefined || second.passage !== first.passage || second.start - first.end > FARTHEST) return [];
    const { text } = passages[first.passage]!;
    const isChemicalFirst = first.type === "Chemical" && second.type === "Gene";
    if (!isChemicalFirst && !(first.type === "Gene" && second.type === "Chemical")) return [];
    const sentence = sentences[first.passage]!.find(({ start, end }) => start <= first.start && first.start < end);
    if (sentence === undefined) return [];
    const before = text.slice(sentence.start, first.start);
    if (UNSAID.test(before)) return [];
    const between = text.slice(first.end, second.start);
    for (const { between: way, role: fixed, before: needed, isOfThese } of isChemicalFirst
      ? CHEMICAL_FIRST
      : TARGET_FIRST) {
      const found = way.exec(between);
      if (found === null || (needed !== undefined && !needed.test(before))) continue;
      const [chemicals, targets] = isChemicalFirst
        ? [OF_ONE.test(between) ? [left] : listed(left, -1), listed(left + 1, 1)]
        : [listed(left + 1, 1), needed === undefined ? listed(left, -1) : [left]];
      const last = mentions[targets.at(-1)!]!;
      const behind = text.slice(last.end);
      if (isChemicalFirst && !PHRASE_END.test(behind)) return [];
      const role = fixed === "" ? found[1]! : fixed;
      const isReceptor = RECEPTOR.test(last.text) || RECEPTOR_BEHIND.test(behind);
      return [
        { role: role === "blocker" && isReceptor ? "antagonist" : role, chemicals, targets, isOfThese, sentence },
      ];
    }
    return [];
  });
}
