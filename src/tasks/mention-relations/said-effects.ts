/**
 * Diseases that the text says outright a chemical brings about: "gentamicin-induced acute renal failure", "psychosis caused by ketamine", "lisinopril caused
 * a dry cough", "angioedema due to captopril", "adverse events with tramadol included nausea".
 *
 * Only what stands between the two names counts. Words for harm of any kind ("toxicity", "damage") name no disease of their own and are left to the reader.
 * Figures: docs/experiments.md, "Said outright".
 */
import type { FoundMention } from "../entities/found-mentions.ts";
import { OWN_BRACKETS } from "./own-brackets.ts";
import type { FilteredText } from "./pair-filter.ts";

/** Words that say more of the disease; none that begins another phrase or says that there was less of it. */
const ADJECTIVES =
  "(?:(?!(?:and|or|with|by|of|in|to|for|on|from|not|no|than|but|after|low(?:er)?(?!-)|less|fewer|(?:reduc|decreas|diminish|improv|attenuat|prevent)\\w*)\\b)[\\w-]+,? ){0,3}";
const GIVING = "(?: (?:therapy|treatment|administration|use))?";
const MORE =
  "(?:an? |the )?(?:(?:increased|higher|elevated|greater) )?(?:(?:risk|incidence|rate|occurrence|development)s? (?:of|for) )?";
/** First the chemical, then the disease. */
const BRINGS = [
  `(?:[- ](?:induced|associated)| (?:also )?(?:causes?|caused|provokes?|provoked|precipitates?|precipitated|induces|produces)) ${ADJECTIVES}`,
  `${GIVING} (?:(?:can|may|could) (?:also |rarely |occasionally )?|(?:is|are) (?:well |also )?known to )(?:cause|induce|provoke|produce|precipitate) (?:an? )?${ADJECTIVES}`,
  `${GIVING} (?:is|are|was|were|has been|have been) (?:\\w+ly )?associated with ${MORE}${ADJECTIVES}`,
  `-treated (?:patients|subjects|animals|rats|mice|children|women|men) (?:had|experienced|developed|suffered|reported) (?:significantly )?(?:more )?${ADJECTIVES}`,
].map((way) => new RegExp(`^${OWN_BRACKETS}${way}$`));
const GIVEN =
  "(?:(?:the|a|an|use of|administration of|treatment with|therapy with|oral|topical|intravenous|intermittent|excessive|high-dose|low-dose|long-term) ){0,3}";
/** First the disease. */
const BROUGHT = [
  `(?:(?:is|are|was|were) )?(?:\\w+ly )?(?:caused|induced|precipitated|provoked)(?: in \\w+)? by ${GIVEN}`,
  `(?:(?:is|are|was|were) )?(?:due|secondary|attributed|attributable|ascribed) to ${GIVEN}`,
  `(?:that (?:was|were) )?associated with ${GIVEN}`,
].map((way) => new RegExp(`^${OWN_BRACKETS} ${way}$`));
/** Behind the chemical, where it was not its presence: "due to gabapentin withdrawal". */
const OF_ITS_OWN =
  /^ (?:withdrawal|deficiency|depletion|discontinuation|cessation|deprivation|metabolism|transport|levels?|concentrations?)\b/i;
/** Around the chemical whose effects are listed: "common adverse events with tramadol included nausea and headache". */
const EFFECTS_OF =
  /\b(?:adverse|side|untoward|undesirable|toxic) (?:events?|effects?|reactions?)[^.;]{0,60}\b(?:for|of|with|to|from|in|during|by) (?:the )?$/i;
const ARE =
  /^(?:[- ]\w+){0,3} (?:were|was|are|is|included?|includes|including|consisted of|comprised)[,:]? (?:(?!(?:no|not|less|fewer|rarely)\b)\w+ ){0,3}$/;
/** Harm of any kind. */
const ANY_HARM =
  /(?:toxicit(?:y|ies)|damages?|injur(?:y|ies)|dysfunctions?|impairments?|alterations?|changes|lesions?|complications?|deficits?|symptoms?|disorders?|disturbances?|abnormalit(?:y|ies)|effects?|reactions?|death|deaths|disease|diseases)$/i;
/** What only asks or denies it. */
const UNSAID = /\b(?:whether|if|neither|nor|not|no|without|hypothesi[sz]\w*|suspected|possible|unlikely)\b[^,;]*$/i;

/** Characters between the two names; farther apart they are in no phrase. */
const FARTHEST = 100;

/** Tells of two mentions whether the text says that the first, a chemical, brings about the second, a disease. */
export function saidEffects({
  document,
  mentions,
  sentences,
}: FilteredText): (chemical: number, disease: number) => boolean {
  return (chemical, disease) => {
    if (Math.abs(chemical - disease) !== 1) return false;
    const [head, tail] = [mentions[chemical]!, mentions[disease]!];
    if (head.passage !== tail.passage || !isNamed(tail)) return false;
    const [first, second] = head.start < tail.start ? [head, tail] : [tail, head];
    if (second.start - first.end > FARTHEST) return false;
    const { text } = document.passages[head.passage]!;
    const between = text.slice(first.end, second.start);
    const sentence = sentences[head.passage]!.find(({ start, end }) => start <= first.start && first.start < end);
    const before = text.slice(sentence?.start ?? 0, first.start);
    if (UNSAID.test(before)) return false;
    if (first === head)
      return BRINGS.some((way) => way.test(between)) || (EFFECTS_OF.test(before) && ARE.test(between));
    return BROUGHT.some((way) => way.test(between)) && !OF_ITS_OWN.test(text.slice(head.end));
  };
}

function isNamed({ type, text }: FoundMention): boolean {
  return type === "Disease" && !ANY_HARM.test(text);
}
