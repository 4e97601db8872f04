/**
 * What the text calls a chemical by its target: "itraconazole, a potent CYP3A4 inhibitor", "the mTOR inhibitor everolimus", "venetoclax (BCL-2 inhibitor)".
 *
 * Who is called the inhibitor of a protein is one, and the neighbours in the sentence are not by that: "celecoxib, a COX-2 inhibitor, versus ibuprofen" says
 * nothing of ibuprofen and COX-2. Figures: docs/experiments.md, "Called by its target".
 */
import type { Document } from "../../corpora/document.ts";
import type { FoundMention } from "../entities/found-mentions.ts";
import { isClassBeside, isNobodysRole } from "./nobodys-role.ts";
import { OWN_BRACKETS } from "./own-brackets.ts";
import type { PairFilter } from "./pair-filter.ts";
import type { ReaderScheme } from "./reader-scheme.ts";
import { type TargetAct, targetActs } from "./target-acts.ts";

/** Behind a target: the word for who acts on it. */
const ROLE =
  /^\)?(?: \([^()]{1,20}\))?(?:[- ](?:specific|selective|targeting|receptor|channel|enzyme|kinase|subtype|pathway|family|protein))*[- ](inhibitor|inverse agonist|partial agonist|agonist|antagonist|blocker|activator|ligand|substrate|modulator)(s?)\b/;
/** Words of an apposition; none that begins another phrase. */
const WORDS =
  "(?!(?:not|no|never|nor|and|or|with|by|of|in|to|for|on|from|versus|than|that|which)\\b)[\\w/-]+,?(?: and)?";
/** Between a chemical and the target of its apposition: "(HK), a novel and selective ", " is an oral ". */
const APPOSED = new RegExp(
  `^${OWN_BRACKETS}(?:,? (?:is|are|was|were|as)|,| \\() (?:an?|the|another|which (?:is|are)|known as|one of the)(?: ${WORDS}){0,6} $`,
);
/** The same without an article, with no other chemical between: " (selective ". */
const APPOSED_NEXT = new RegExp(`^${OWN_BRACKETS}(?:,? (?:is|are|was|were) | \\()(?:${WORDS} ){0,4}$`);
/** Between a role and the chemical that has it: "the mTOR inhibitor everolimus", "inhibitors such as ", "inhibitors (". */
const NAMED =
  /^(?: \([A-Z][A-Za-z-]{1,7}\))?(?:(?:,? | \()(?:such as|including|like|e\.g\.,?|i\.e\.,?|namely)|:| [([])? ?(?:the )?$/;
/** Between a role and what has it, which no tagger found: "the AMPK inhibitor compound C". */
const UNKNOWN = /^ (?:compound [A-Z\d]+|[A-Z]{2,}-?\d[\w-]*)\b/;
/** The same, where nobody before the target has the role: "the irreversible SSAO inhibitor, hydralazine". */
const NAMED_LAST = /^, $/;
const THE = /\b(?:the|two|three|four|both|these) (?:(?!(?:an?|and|by|for|in|of|to|with)\b)[\w-]+ ){0,4}$/i;
/** Between names of a list. */
const LISTED = /^[)\]]?(?: ?[([][^()[\]]{1,25}[)\]])?(?:[,;]|[,;]? and|[,;]? or|\/| plus|,? as well as)? ?$/;
/** A class of drugs, which is no single inhibitor of something else: "ACE inhibitors, a TXA2 synthetase inhibitor, ozagrel". */
const CLASS_OF_DRUGS = /(?:inhibitors|blockers|antagonists|agonists)$/i;
/** Between a name and another of its own. */
const ALIAS =
  /^ ?[([](?:(?:formerly|previously|also|now)? ?(?:known as|called)? ?)?(?:[\w-]+, )?$|^, [\w-]{1,12}[)\]]$/;
/** Of a target and what stands before its role: who blocks a receptor is its antagonist. */
const RECEPTOR = /\breceptors?\b/i;
/** How far behind a target its role is looked for, and how far before it an article. */
const [BEHIND, BEFORE] = [90, 60];

export interface TargetRole {
  /** In lower case, one of those that `ROLE` knows. */
  readonly role: string;
  /** Indices of the mentions of the chemicals that have it; none where it is nobody's that has a name. */
  readonly owners: ReadonlySet<number>;
  /** Of chemicals within the phrase, which may say what kind they are: "enalkiren, a dipeptide renin inhibitor". */
  readonly within: ReadonlySet<number>;
}

/**
 * The role that stands behind a target, with the chemicals that have it by apposition or by name.
 *
 * @param target index of the target's mention
 * @returns undefined where the text names no role, or leaves open who has it
 */
export function targetRole(
  passages: Document["passages"],
  mentions: readonly FoundMention[],
  target: number,
): TargetRole | undefined {
  const { passage, start, end } = mentions[target]!;
  const { text } = passages[passage]!;
  const [whole, word, plural] = ROLE.exec(text.slice(end, end + BEHIND)) ?? [];
  if (whole === undefined) return undefined;
  const role = word === "blocker" && RECEPTOR.test(text.slice(start, end + whole.length)) ? "antagonist" : word;
  const roleEnd = end + whole.length;
  const chemicals = mentions.flatMap((mention, index) =>
    mention.passage === passage && mention.type === "Chemical" && index !== target ? [{ ...mention, index }] : [],
  );
  const joins = (left: number): boolean => {
    const between = text.slice(chemicals[left]!.end, chemicals[left + 1]!.start);
    const isBracketed = between === " " && /^[([]/.test(chemicals[left + 1]!.text);
    return isBracketed || ALIAS.test(between) || (plural === "s" && LISTED.test(between));
  };
  const found = (first: number, least: number, end: number): TargetRole => {
    let [from, to] = [first, first];
    while (to + 1 < end && joins(to)) to++;
    while (from > least && joins(from - 1)) from--;
    const indices = (begin: number, end: number) => new Set(chemicals.slice(begin, end).map(({ index }) => index));
    return { role: role!, owners: indices(from, to + 1), within: indices(to + 1, end) };
  };
  const named = (way: RegExp): number =>
    chemicals.findIndex((one) => one.start >= roleEnd && way.test(text.slice(roleEnd, one.start)));
  const unknown = plural === "" ? UNKNOWN.exec(text.slice(roleEnd))?.[0] : undefined;
  const isFound = mentions.some((one) => one.passage === passage && one.start === roleEnd + 1);
  if (unknown !== undefined && !isFound) return { role: role!, owners: new Set(), within: new Set() };
  const behind = named(NAMED);
  if (behind >= 0) return { ...found(behind, behind, chemicals.length), within: new Set() };
  const before = chemicals.findLastIndex((one) => one.end <= start);
  const isClass = ({ text: name }: FoundMention): boolean => plural === "" && CLASS_OF_DRUGS.test(name);
  const apposed = chemicals.findLastIndex(
    (one, at) =>
      at <= before &&
      !isClass(one) &&
      (APPOSED.test(text.slice(one.end, start)) || (at === before && APPOSED_NEXT.test(text.slice(one.end, start)))),
  );
  if (apposed >= 0) return found(apposed, 0, before + 1);
  const isNext = before >= 0 && isClass(chemicals[before]!);
  const last = isNext || THE.test(text.slice(Math.max(0, start - BEFORE), start)) ? named(NAMED_LAST) : -1;
  if (last >= 0) return { ...found(last, last, chemicals.length), within: new Set() };
  const place = { start, end: roleEnd, isPlural: plural === "s" };
  return isNobodysRole(text, place, chemicals) ? { role: role!, owners: new Set(), within: new Set() } : undefined;
}

/** Labels of DrugProt's kind that a role's word stands for, the usual one first; none of the others says which it is. */
const LABELS: Readonly<Record<string, readonly string[]>> = {
  inhibitor: ["inhibitor"],
  blocker: ["inhibitor", "antagonist"],
  antagonist: ["antagonist"],
  agonist: ["agonist"],
  "partial agonist": ["agonist"],
  activator: ["activator"],
  ligand: ["binder"],
  substrate: ["substrate"],
};

/** Indices of a chemical's and of its target's mention. */
type Place = readonly [head: number, tail: number];

/** What a document's text says of its targets. */
export interface TargetRoles {
  /**
   * The scheme's labels that the text gives the pair by a role, or by what it says that the chemical does, the usual one first, and the place that gives
   * them; undefined where it gives none.
   *
   * @param places of the pair
   */
  said(
    scheme: ReaderScheme,
    places: readonly Place[],
  ): { readonly labels: readonly string[]; readonly place: Place } | undefined;
  /** Whether the target is another's in every place of the pair. */
  isOthers(scheme: ReaderScheme, places: readonly Place[]): boolean;
}

export function targetRoles({ document, mentions, sentences }: Parameters<PairFilter>[0]): TargetRoles {
  let acts: readonly TargetAct[] | undefined;
  const actsOf = (): readonly TargetAct[] => {
    acts ??= targetActs(document.passages, mentions, sentences);
    return acts;
  };
  const actOf = ([head, tail]: Place): string | undefined =>
    actsOf().find(({ chemicals, targets }) => chemicals.includes(head) && targets.includes(tail))?.role;
  /** Whether the sentence says outright of another that it is the target's inhibitor, or that the target was inhibited by it. */
  const isAnothers = ([head, tail]: Place): boolean => {
    const act = actsOf().find(({ targets, isOfThese }) => isOfThese && targets.includes(tail));
    if (act === undefined || act.chemicals.includes(head)) return false;
    return act.sentence.start <= mentions[head]!.start && mentions[head]!.end <= act.sentence.end;
  };
  const known = new Map<number, TargetRole | undefined>();
  const roleOf = (target: number): TargetRole | undefined => {
    if (!known.has(target)) known.set(target, targetRole(document.passages, mentions, target));
    return known.get(target);
  };
  const ownRole = ([head, tail]: Place): string | undefined => {
    const role = roleOf(tail);
    return role?.owners.has(head) ? role.role : undefined;
  };
  const isBeside = ([head, tail]: Place): boolean => {
    const [drug, target] = [mentions[head]!, mentions[tail]!];
    if (drug.passage !== target.passage || drug.end > target.start) return false;
    return isClassBeside(document.passages[drug.passage]!.text, drug, target);
  };
  const applies = ({ head, tail, relations }: ReaderScheme): boolean =>
    head === "Chemical" && tail === "Gene" && relations.includes("inhibitor");
  return {
    said: (scheme, places) => {
      if (!applies(scheme)) return undefined;
      for (const roleAt of [ownRole, actOf]) {
        for (const place of places) {
          const labels = (LABELS[roleAt(place) ?? ""] ?? []).filter((label) => scheme.relations.includes(label));
          if (labels.length > 0) return { labels, place };
        }
      }
      return undefined;
    },
    isOthers: (scheme, places) =>
      applies(scheme) &&
      places.length > 0 &&
      places.every(([head, tail]) => {
        if (isBeside([head, tail])) return true;
        const role = roleOf(tail);
        if (role !== undefined) return !role.owners.has(head) && !role.within.has(head);
        return isAnothers([head, tail]);
      }),
  };
}
