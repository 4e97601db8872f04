/**
 * Pairs that their own sentences deny: "heart failure was seen in none of the animals given doxorubicin"; or, where no sentence names both, all sentences of the
 * second name: "None of the patients developed hallucinations."
 */

import type { FoundMention } from "../entities/found-mentions.ts";
import { statementContext } from "../statement-context.ts";
import type { PairFilter } from "./pair-filter.ts";

/** Says of what stands behind it in the clause that it was not there. */
const ABSENT =
  /\b(?:none of (?:[\w-]+ ){1,8}?(?:developed|had|experienced|showed|reported|suffered|presented with)|no (?:[\w-]+ ){0,2}?(?:patients?|subjects?|volunteers?|animals?|rats|mice|one) (?:[\w-]+ ){0,4}?(?:developed|had|experienced|showed|reported|suffered)|did not (?:develop|experience|show|report|have)|no (?:[\w-]+ ){0,2}(?:side effects?|adverse (?:effects?|events?|reactions?)|signs?|symptoms?))\b(?:(?!\b(?:but|however|except)\b)[^.;:]){0,60}$/i;
/** Cases that there were none of. */
const NO_CASES = /\bno (?:[\w-]+ ){0,2}(?:cases?|episodes?|instances?) of\b[^.;:]{0,60}$/i;
const SOME_CASES = /\b(?:cases?|episodes?|instances?) of\b[^.;:]{0,60}$/i;

/** "No hypotension, bradycardia, or" before "respiratory depression was observed". */
const NONE_OF =
  /^no (?!(?:differences?|changes?|matter|doubt)\b)(?:(?!\b(?:but|however|except|in|with|of)\b)[^.;:]){0,80}$/i;
const WERE_SEEN =
  /^(?:(?!\b(?:but|however|except|in|with)\b)[^.;:]){0,80}\b(?:was|were) (?:observed|seen|noted|noticed|reported|recorded|found|detected|encountered|present)\b/i;
/** Behind a name. */
const WAS_ABSENT = /^ (?:was|were) (?:absent|not (?:observed|seen|noted|reported|recorded|encountered))\b/i;
/** Between two names: "CYP3A7 did not metabolize BDP". */
const DENIED_OUTRIGHT =
  /^ (?:did|does|do|could)(?: not|n't) (?:\w+ly )?(?:inhibit|block|activate|bind(?: to)?|metaboli[sz]e|hydroxylate|oxidi[sz]e|antagoni[sz]e)(?: the)? $/i;

/** @returns whether a pair's names stand in one sentence at least once, and every such sentence denies that they are related; or those of the second name do */
export const deniedPairs: PairFilter = ({ document, mentions, sentences }) => {
  const isDeniedOutright = (one: FoundMention, other: FoundMention): boolean => {
    const [first, second] = one.start < other.start ? [one, other] : [other, one];
    if (first.passage !== second.passage) return false;
    return DENIED_OUTRIGHT.test(document.passages[first.passage]!.text.slice(first.end, second.start));
  };
  return ({ scheme, places }) => {
    let together = 0;
    let absent = 0;
    if (
      scheme.tail === "Gene" &&
      places.some(([first, second]) => isDeniedOutright(mentions[first]!, mentions[second]!))
    )
      return true;
    for (const [first, second] of places) {
      const [head, tail] = [mentions[first]!, mentions[second]!];
      const sentence = sentences[tail.passage]!.find(({ start, end }) => start <= tail.start && tail.end <= end);
      if (sentence === undefined) continue;
      const text = document.passages[tail.passage]!.text.slice(sentence.start, sentence.end);
      const within = ({ start, end }: typeof head) => ({ start: start - sentence.start, end: end - sentence.start });
      if (head.passage !== tail.passage || head.start < sentence.start || head.end > sentence.end) {
        if (isAbsent(text.slice(0, within(tail).start), text.slice(within(tail).end))) absent++;
        continue;
      }
      if (!statementContext(text, within(head), within(tail)).negated) return false;
      together++;
    }
    return together > 0 || (places.length > 0 && absent === places.length);
  };
};

function isAbsent(before: string, behind: string): boolean {
  if (WAS_ABSENT.test(behind) || (NONE_OF.test(before) && WERE_SEEN.test(behind))) return true;
  return SOME_CASES.test(before) ? NO_CASES.test(before) : ABSENT.test(before);
}
