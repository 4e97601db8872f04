/**
 * Roles that nobody has who is named: "glipizide combined with an alpha-glucosidase inhibitor", "in contrast to NMDA receptor antagonists", "metformin,
 * DPP-4 inhibitors, and insulin". The drugs beside them are not what they speak of.
 *
 * Figures: docs/experiments.md, "Nobody's inhibitor".
 */

/** Before the target of one such drug. */
const ANYBODYS =
  /(?:\. |\b(?:with|plus|and|or|of|to|than|versus|vs\.?|on|taking|receiving|received|prescribed|given|using|including|either|without) )(?:an?|another) (?:[\w-]+ ){0,4}\(?$/i;
/** Before the target of a class that something is held against, or that stands for others: "agents like the alpha-glucosidase inhibitors". */
const OTHERS =
  /\b(?:in contrast (?:to|with)|unlike|as opposed to|alternatives? to) (?!(?:other|the)\b)(?:[\w-]+ )?$|\b(?:like|such as|including) (?:the )?(?:[\w-]+ )?$/i;
/** Behind a role that was given up: "calcineurin inhibitor withdrawal". */
const GIVEN_UP = /^(?:-| )(?:withdrawal|minimi[sz]ation|avoidance|discontinuation|free|sparing)\b/i;
/** Between a drug and the target of a class that a list names beside it. */
const CLASS_NEXT = /^(?: ?\([^()]{1,25}\))?(,? and|,? or|,) (?:[\w-]+ )?$/;
/** Between two drugs. */
const AND = /^(?: ?\([^()]{1,25}\))?,? (?:and|or) /;
/** Behind a class that a list names. */
const NEXT = /^(?:,|,? and|,? or) /;
/** Between a role and a drug that may have it by apposition: "with a COX-2 inhibitor, celecoxib, in". */
const MAYBE_NAMED = /^(?:, (?:the )?|(?: \([A-Z]{2,6}s?\))?(?: [a-z]+){0,2} ?[([])$/;
/** Behind such a drug where a list goes on: "an ACE inhibitor, digoxin, and a diuretic". */
const GOES_ON = /^,(?: [\w-]+,)*? (?:and|or|plus) /;
/** How far before a target its phrase is looked for. */
const BEFORE = 60;

/** Between a drug and the target of a class beside it: "acetaminophen, or specific inhibitors of". */
const CLASS_OF =
  /^(?: ?\([^()]{1,25}\))?,? (?:and|or) (?!(?:both|all|each|two|three|other)\b)(?:[\w-]+ ){0,2}(?:inhibitors|blockers|antagonists|agonists) of (?:the )?(?:[\w-]+ )?$/;
/** Behind a target whose class has members with names. */
const MEMBERS = /^(?: ?\([^()]{1,20}\))?,? ?(?:\(|such as|including|like|e\.g)/;

/** Whether a list names a class behind a drug, which is then not of it: "treated with acetaminophen, or specific inhibitors of COX-2". */
export function isClassBeside(text: string, drug: Place, target: Place): boolean {
  return CLASS_OF.test(text.slice(drug.end, target.start)) && !MEMBERS.test(text.slice(target.end));
}

interface Place {
  readonly start: number;
  readonly end: number;
}

/**
 * @param role      from the target's first letter to the last one of the word for who acts on it
 * @param chemicals of the same text, in order, none of which the text calls by the role
 */
export function isNobodysRole(
  text: string,
  role: Place & { readonly isPlural: boolean },
  chemicals: readonly (Place & { readonly text: string })[],
): boolean {
  const last = chemicals.findLastIndex(({ end }) => end <= role.start);
  if (role.isPlural && last >= 0 && isListedClass(text, role, chemicals.slice(0, last + 1))) return true;
  if (!role.isPlural && GIVEN_UP.test(text.slice(role.end))) return true;
  const phrase = (role.isPlural ? OTHERS : ANYBODYS).exec(
    `${role.start > BEFORE ? "" : ". "}${text.slice(Math.max(0, role.start - BEFORE), role.start)}`,
  )?.[0];
  if (phrase === undefined || text[role.end] === "-") return false;
  // "a quinazoline-based Aurora kinase inhibitor" is that chemical's.
  if (last >= 0 && chemicals[last]!.end > role.start - phrase.length) return false;
  if (role.isPlural) return true;
  const maybe = chemicals.find(({ start }) => start >= role.end && MAYBE_NAMED.test(text.slice(role.end, start)));
  return maybe === undefined || GOES_ON.test(text.slice(maybe.end));
}

/** Whether a list names the class behind a drug; "A and B, COX-2 inhibitors," and "triptans, 5-HT1 agonists," are such. */
function isListedClass(
  text: string,
  { start, end }: Place,
  before: readonly (Place & { readonly text: string })[],
): boolean {
  const [first, drug] = [before.at(-2), before.at(-1)!];
  const [, joint] = CLASS_NEXT.exec(text.slice(drug.end, start)) ?? [];
  if (joint === undefined) return false;
  if (joint !== ",") return true;
  const isOneOfTwo = first !== undefined && AND.test(text.slice(first.end, drug.start));
  return !isOneOfTwo && !drug.text.endsWith("s") && NEXT.test(text.slice(end));
}
