/**
 * Diseases that the text speaks of with other chemicals alone: "scopolamine was given … in cycloheximide-induced amnesia". A reader of whole
 * documents gives them to whatever chemical it finds elsewhere.
 *
 * A disease that is named without any chemical ("the most common adverse events were dizziness and drowsiness") may be anybody's, and stays.
 * Figures: docs/experiments.md, "Another chemical's effect".
 */
import type { FoundMention } from "../entities/found-mentions.ts";
import type { PairFilter } from "./pair-filter.ts";

/** @returns whether no sentence names both, and each that names the disease names another chemical */
export const othersEffects: PairFilter = ({ mentions, sentences }) => {
  const sentenceOf = mentions.map(({ passage, start }) => {
    const within = sentences[passage]!.findLastIndex((sentence) => sentence.start <= start);
    return `${passage} ${within}`;
  });
  const chemicalsOf = new Map<string, FoundMention[]>();
  for (const [at, mention] of mentions.entries()) {
    if (mention.type !== "Chemical") continue;
    const known = chemicalsOf.get(sentenceOf[at]!);
    if (known === undefined) chemicalsOf.set(sentenceOf[at]!, [mention]);
    else known.push(mention);
  }
  return ({ scheme, places }) => {
    if (scheme.head !== "Chemical" || scheme.tail !== "Disease") return false;
    const own = [...new Set(places.map(([chemical]) => mentions[chemical]!))];
    const isOwn = (other: FoundMention): boolean => own.some((mention) => isOneName(mention.text, other.text));
    const diseases = new Set(places.map(([, disease]) => disease));
    return [...diseases].every((disease) => {
      const beside = chemicalsOf.get(sentenceOf[disease]!) ?? [];
      return beside.length > 0 && !beside.some(isOwn);
    });
  };
};

/** "pentamidine isethionate" is pentamidine. */
function isOneName(a: string, b: string): boolean {
  const [one, other] = [a.toLowerCase(), b.toLowerCase()];
  return one.includes(other) || other.includes(one);
}
