/**
 * Pairs of a chemical and a disease that the patients had before it was given, or were given it for: "known to have hypertrophic cardiomyopathy, was
 * managed with dobutamine", "a history of seizures", "treated for tuberculosis". Figures: docs/experiments.md, "The doubt about names".
 */
import type { PairFilter } from "./pair-filter.ts";

/** Before a disease, with up to two words of its own between: "a history of severe". */
const HAD_BEFORE =
  /\b(?:histor(?:y|ies) of|(?:inclusion|eligibility|entry) criteri(?:a|on) (?:were|was|included|for)|known to have|(?:with|had|has) (?:an? )?(?:known|pre-?existing|underlying)|suffering from|who (?:have|had) (?:previously )?experienced|(?:treated|given|prescribed|administered|indicated) for) (?:(?!\w+-(?:induced|associated|related)\b)[a-z-]+ ){0,2}$/i;
/** How far before a name its introduction may begin. */
const BEFORE = 70;

/** @returns whether it is so in every place of the pair */
export const hadBefore: PairFilter = ({ document, mentions }) => {
  return ({ scheme, places }) =>
    scheme.head === "Chemical" &&
    scheme.tail === "Disease" &&
    places.every(([, tail]) => {
      const { passage, start } = mentions[tail]!;
      return HAD_BEFORE.test(document.passages[passage]!.text.slice(Math.max(0, start - BEFORE), start));
    });
};
