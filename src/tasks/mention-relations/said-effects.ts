/**
 * Diseases that the text says outright a chemical brings about: "gentamicin-induced acute renal failure", "psychosis caused by ketamine", "lisinopril caused
 * a dry cough".
 *
 * Only what stands between the two names counts. Words for harm of any kind ("toxicity", "damage") name no disease of their own and are left to the reader.
 * Figures: docs/experiments.md, "Said outright".
 */
import type { FoundMention } from "../entities/found-mentions.ts";
import { OWN_BRACKETS } from "./own-brackets.ts";
import type { FilteredText } from "./pair-filter.ts";

/** Words that say more of the disease; none that begins another phrase. */
const ADJECTIVES = "(?:(?!(?:and|or|with|by|of|in|to|for|on|from|not|no|than|but|after)\\b)[\\w-]+,? ){0,3}";
/** First the chemical, then the disease. */
const BRINGS = new RegExp(
  `^${OWN_BRACKETS}(?:[- ](?:induced|associated)| (?:also )?(?:causes?|caused|provokes?|provoked|precipitates?|precipitated|induces|produces)) ${ADJECTIVES}$`,
);
/** First the disease. */
const BROUGHT = new RegExp(
  `^${OWN_BRACKETS} (?:(?:is|are|was|were) )?(?:\\w+ly )?(?:caused|induced|precipitated|provoked) by (?:(?:the|a|an|oral|intravenous|high-dose|low-dose) ){0,2}$`,
);
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
    const way = first === head ? BRINGS : BROUGHT;
    if (!way.test(text.slice(first.end, second.start))) return false;
    const sentence = sentences[head.passage]!.find(({ start, end }) => start <= first.start && first.start < end);
    return !UNSAID.test(text.slice(sentence?.start ?? 0, first.start));
  };
}

function isNamed({ type, text }: FoundMention): boolean {
  return type === "Disease" && !ANY_HARM.test(text);
}
