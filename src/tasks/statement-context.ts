/**
 * What a sentence says about its own statement: that it does not hold, that it is only supposed, and what it was found in.
 *
 * Follows ConText (Harkema et al., J Biomed Inform 2009): a trigger has a scope to its right or left, which ends where a clause does. There the
 * target is a finding; here it is a relation, so a trigger counts when its scope reaches the tail, the head, or the words between the two.
 * Triggers are those of its list that occur in abstracts, and verbs of causing ("did not induce"), which clinical notes have no need of.
 * Leaves out who experienced it, and when.
 */
import type { ExperimentalSystem } from "../knowledge-graph/store/document-record.ts";

export interface StatementContext {
  readonly negated: boolean;
  readonly speculative: boolean;
  /** What the sentence itself says; null where it says nothing. */
  readonly system: ExperimentalSystem | null;
}

interface Place {
  readonly start: number;
  readonly end: number;
}

/** Deny what follows. */
const DENY_AFTER =
  /\b(?:(?:do|does|did|was|were|is|are|has|have|had|could|can|would|will|may|might)(?: not|n't)|cannot|can't|fail(?:s|ed)? to|failure to|neither|nor|without|absence of|lack of|lacks?|lacked|free (?:of|from)|no (?:significant |apparent |clear |evidence (?:of|for|that) |(?:causal |direct )?(?:association|relationship|relation|correlation|link|effect|influence|increase|change|difference|signs?|cases?|risk)s?\b)?|not (?:significantly |directly |statistically )?(?:associated|related|correlated|linked|caused|induced|affected|due|observed|found|seen|increase|induce|cause|affect)|unrelated to|independent of|rather than|instead of|never|none of)\b/gi;
/** Deny what stands before them. */
const DENY_BEFORE =
  /\b(?:(?:was|were|is|are|has|have|had|could|can)(?: not|n't)(?: been)? (?:\w+ly )?(?:observed|found|seen|detected|reported|confirmed|demonstrated|induced|caused|affected|associated|related|altered|changed|increased|noted|present|significant|different)|(?:was|were|is|are) (?:absent|ruled out|excluded|unaffected|unchanged|unlikely|not significant)|did not (?:occur|develop|differ|appear|change)|(?:was|were) (?:\w+ly )?(?:observed|found|seen|detected|reported|noted|present) in (?:none|neither))\b/gi;
/** Look like denials and are none. */
const NOT_DENIALS =
  /\b(?:not only|no doubt|without doubt|not necessarily|no longer|cannot be (?:excluded|ruled out)|could not be (?:excluded|ruled out)|not (?:un(?!der)\w+|in(?:significant|substantial|considerable|frequent|consistent|compatible|conceivable|distinguishable|different|dependent|ferior|effective|adequate|appropriate|accurate|sensitive|active)\w*)|not (?:more|less|specific)|(?:not|never) (?:yet )?(?:been )?(?:known|clear|certain|studied|investigated|examined|established))\b/gi;
/** Only suppose what follows. */
const SUPPOSE_AFTER =
  /\b(?:may|might|could|possibly|perhaps|presumably|probably|potentially|suspected|hypothesi[sz]ed?|hypothesis|speculated?|whether|suggest(?:s|ed|ing|ive)?|(?:is|are|was|were) (?:thought|believed|assumed|postulated|proposed) to|appears? to|seems? to|(?:un)?likely|possible|potential|putative|(?:to|we) (?:investigate|examine|determine|assess|evaluate|study|explore|test|compare)d?|aim(?:s|ed)? (?:to|at)|(?:purpose|aim|objective|goal) (?:of|was|is)|remains? (?:unclear|unknown|controversial|to be)|(?:is|are) (?:unclear|unknown))\b/gi;
/** Only suppose what stands before them. */
const SUPPOSE_BEFORE =
  /\b(?:(?:is|are|was|were|has been|have been|be) (?:suspected|hypothesi[sz]ed|postulated|suggested|considered|investigated|unclear|unknown|possible|likely|proposed)|cannot be (?:excluded|ruled out)|could not be (?:excluded|ruled out)|remains? (?:unclear|unknown|controversial))\b/gi;
/** Go with a noun alone, so before the statement their scope ends at a comma: "Without treatment, X caused Y". */
const OF_A_NOUN = /^(?:without|absence of|lack of|free (?:of|from)|rather than|instead of|independent of)$/i;
/** Stand between two names that are one noun with them: "scopolamine-induced amnesia", "amnesia induced by scopolamine". */
const PRESUPPOSED =
  /^(?: ?- ?| )(?:induced|related|associated|mediated|caused|provoked|elicited|evoked|produced)(?: by| with)?(?: the)? $/i;
/** Deny a verb, so not what its object presupposes: "did not prevent the amnesia induced by scopolamine". */
const OF_A_VERB = /\b(?:not|n't|cannot|can't|fail(?:s|ed)? to|neither|nor)\b/i;
/** End a scope: another clause begins. */
const CLAUSE_END =
  /[;:]|,? \b(?:but|however|whereas|while|although|though|except|because|since|which|nevertheless|yet|and (?:this|these|it|they|we|the \w+ (?:was|were|is|are))|therefore|thus|hence)\b/gi;

const ANIMAL =
  /\b(?:rats?|mouse|mice|murine|rabbits?|dogs?|canine|cats?|feline|pigs?|porcine|swine|guinea[- ]pigs?|hamsters?|monkeys?|macaques?|rhesus|primates?|zebrafish|drosophila|elegans|xenopus|chick(?:en)?s?|sheep|ovine|goats?|bovine|cattle|calves|horses?|equine|gerbils?|frogs?|animals?)\b/i;
const IN_VITRO =
  /\b(?:in[- ]vitro|ex[- ]vivo|cell[- ]lines?|cultured|cell cultures?|HEK[- ]?293T?|HeLa|HepG2|MCF-?7|CHO cells|Caco-?2|isolated (?:perfused )?(?:hearts?|hepatocytes|cells|tissues?|rings|mitochondria|microsomes)|(?:liver )?microsomes)\b/i;
const HUMAN =
  /\b(?:patients?|humans?|volunteers?|men|women|boys?|girls?|infants?|newborns?|neonates?|child(?:ren)?|adults?|adolescents?|participants?|subjects?|outpatients?|inpatients?|wom[ae]n|man|case report|clinical trial|(?:\d+|[a-z]+)-year-old)\b/i;

/**
 * @param sentence the statement's text
 * @param head     place of the first argument in it
 * @param tail     place of the second
 */
export function statementContext(sentence: string, head: Place, tail: Place): StatementContext {
  const masked = mask(sentence, head, tail).replaceAll(NOT_DENIALS, (words) => "·".repeat(words.length));
  const ends = [...masked.matchAll(CLAUSE_END)].map(({ index }) => index);
  const target = { start: Math.min(head.start, tail.start), end: Math.max(head.end, tail.end) };
  const supposed = mask(sentence, head, tail);
  const between = sentence.slice(Math.min(head.end, tail.end), Math.max(head.start, tail.start));
  const spared = PRESUPPOSED.test(between) ? OF_A_VERB : undefined;
  return {
    negated: reaches(masked, ends, target, { after: DENY_AFTER, before: DENY_BEFORE, spared }),
    speculative: reaches(supposed, ends, target, { after: SUPPOSE_AFTER, before: SUPPOSE_BEFORE }),
    system: systemOf(sentence),
  };
}

interface Triggers {
  readonly after: RegExp;
  readonly before: RegExp;
  /** Triggers of the first kind that leave what stands behind them as it is. */
  readonly spared?: RegExp | undefined;
}

/** Whether a trigger's scope reaches the statement: from before or within it forwards, from within or behind it backwards. */
function reaches(text: string, ends: readonly number[], target: Place, { after, before, spared }: Triggers): boolean {
  for (const { 0: words, index } of text.matchAll(after)) {
    const from = index + words.length;
    if (from > target.end || (index < target.start && spared?.test(words))) continue;
    const comma = OF_A_NOUN.test(words) && index < target.start ? text.indexOf(",", from) : -1;
    const end = Math.min(ends.find((place) => place >= from) ?? text.length, comma < 0 ? text.length : comma);
    // It must reach the last argument: what is denied before both ("did not change, but X caused Y") is another statement.
    if (end >= target.end) return true;
  }
  for (const { index } of text.matchAll(before)) {
    if (index < target.start) continue;
    const begin = ends.findLast((place) => place < index) ?? 0;
    if (begin <= target.end) return true;
  }
  return false;
}

/** Names may hold words that look like triggers ("NO donors"): they count as letters. */
function mask(sentence: string, head: Place, tail: Place): string {
  let text = sentence;
  for (const { start, end } of [head, tail]) text = text.slice(0, start) + "x".repeat(end - start) + text.slice(end);
  return text;
}

/** What was it found in: of several the plainest word counts, and culture before animals before people, since "rat hepatocytes in vitro" is no rat. */
export function systemOf(text: string): ExperimentalSystem | null {
  if (IN_VITRO.test(text)) return "in vitro";
  if (ANIMAL.test(text)) return "animal";
  return HUMAN.test(text) ? "human" : null;
}

/** Of a whole document, by its subject headings, else by its title. */
export function documentSystem(title: string, headings: readonly string[]): ExperimentalSystem | null {
  const has = (name: string): boolean => headings.includes(name);
  if (has("Humans")) return has("In Vitro Techniques") || has("Cell Line") ? null : "human";
  if (has("Animals")) return "animal";
  if (has("In Vitro Techniques") || has("Cells, Cultured") || has("Cell Line")) return "in vitro";
  return systemOf(title);
}
