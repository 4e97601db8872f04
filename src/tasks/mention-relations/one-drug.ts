/**
 * Pairs of two names for one drug, or for a drug and its kind: "pegylated interferon" and "interferon", "jaceosidin, a natural flavonoid".
 *
 * Of 1,861 pairs in sentences of DDI's training part one of whose names holds the other, one interacts; of 13 with an apposition between, one. Figures:
 * docs/experiments.md, "Nobody's inhibitor".
 */
import type { FoundMention } from "../entities/found-mentions.ts";
import { OWN_BRACKETS } from "./own-brackets.ts";
import type { PairFilter } from "./pair-filter.ts";

/** Between a drug and the word for its kind. */
const IS_A = new RegExp(`^${OWN_BRACKETS}, an? (?:(?!(?:in|of|to|with)\\b)[\\w-]+ ){0,4}$`);

/** @returns whether all places of a pair of chemicals name one drug, or one of them calls it by its kind */
export const oneDrug: PairFilter = ({ document, mentions }) => {
  const isAppositive = ([left, right]: readonly [FoundMention, FoundMention]): boolean =>
    left.passage === right.passage &&
    left.end <= right.start &&
    IS_A.test(document.passages[left.passage]!.text.slice(left.end, right.start));
  return ({ scheme, places }) => {
    if (scheme.head !== "Chemical" || scheme.tail !== "Chemical") return false;
    const pairs = places.map(([head, tail]): readonly [FoundMention, FoundMention] => {
      const [one, other] = [mentions[head]!, mentions[tail]!];
      return one.passage === other.passage && other.start < one.start ? [other, one] : [one, other];
    });
    const isSame = ([one, other]: (typeof pairs)[number]): boolean =>
      holds(one.text, other.text) || holds(other.text, one.text);
    return pairs.every(isSame) || pairs.some(isAppositive);
  };
};

/** Whether a name has the other's words, and more. */
function holds(whole: string, part: string): boolean {
  if (part.length >= whole.length) return false;
  const [long, short] = [whole.toLowerCase(), part.toLowerCase()];
  for (let at = long.indexOf(short); at >= 0; at = long.indexOf(short, at + 1))
    if (!isLetter(long[at - 1]) && !isLetter(long[at + short.length])) return true;
  return false;
}

function isLetter(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}
