/**
 * Pairs whose disease names cells or what an animal model is called by: "glutamate-induced rat pheochromocytoma (PC12 cells)". Nobody got that disease.
 */
import type { PairFilter } from "./pair-filter.ts";

/** Behind a disease. */
const CELLS =
  /^ ?(?:\((?:[\w-]+ )?(?:[A-Z][\w-]*\d[\w-]*)(?: cells?)?\) )?(?:cells?|cell lines?)\b|^ ?\([\w -]{1,20}\bcells?(?: lines?)?\)/;

/** @returns whether it is so in every place of the pair */
export const diseaseOfCells: PairFilter = ({ document, mentions }) => {
  return ({ scheme, places }) =>
    scheme.head === "Chemical" &&
    scheme.tail === "Disease" &&
    places.every(([, tail]) => {
      const { passage, end } = mentions[tail]!;
      return CELLS.test(document.passages[passage]!.text.slice(end, end + 40));
    });
};
