/**
 * Pairs of drugs that the text only sets beside each other: "effective compared with cephalosporins", "ribavirin may help, whereas steroids need study",
 * "acetaminophen-induced nephrotoxicity and doxorubicin-induced cardiotoxicity".
 *
 * Figures: docs/experiments.md, "Nine thousand more abstracts".
 */
import type { PairFilter } from "./pair-filter.ts";

/** Right before the second name. */
const COMPARED =
  /\b(?:compared (?:with|to) other|(?:similar|comparable) to (?:that|those) (?:(?:seen|observed|found|obtained) )?(?:with|of|for)|as (?:effective|safe|potent|efficacious) as)(?: the)? (?:[\w-]+ ){0,2}$/i;
/** Between the two: what is said of the second begins anew. */
const ANEW = /[,;] (?:whereas|whilst)\b/i;
/** Behind a name. */
const INDUCED = /^ ?- ?(?:induced|related|associated)\b/i;

/** @returns whether it is so in every place of the pair */
export const besideDrugs: PairFilter = ({ document, mentions }) => {
  return ({ scheme, places }) =>
    scheme.head === "Chemical" &&
    scheme.tail === "Chemical" &&
    places.every(([one, other]) => {
      const [first, second] = [mentions[Math.min(one, other)]!, mentions[Math.max(one, other)]!];
      if (first.passage !== second.passage) return false;
      const { text } = document.passages[first.passage]!;
      const between = text.slice(first.end, second.start);
      if (COMPARED.test(between) || ANEW.test(between)) return true;
      return INDUCED.test(between) && INDUCED.test(text.slice(second.end, second.end + 20));
    });
};
