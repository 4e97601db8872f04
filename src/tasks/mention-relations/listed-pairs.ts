/**
 * What a text says of one name of a list it says of the others: of "somnolence, dizziness, ataxia and infection were more frequent in the gabapentin
 * group" a reader takes the nearest pairs, and doubts the rest.
 *
 * Effects alone: interacting drugs and targets are listed for different reasons too often (docs/experiments.md, "Lists of names").
 */
import type { Document } from "../../corpora/document.ts";
import { nameLists } from "./name-lists.ts";
import type { RelatedPair } from "./related-pair.ts";
import type { ReadDocument } from "./relation-reader.ts";

/** How much of the log-odds of a pair are those of the likeliest pair that differs by its place in a list. */
const SHARE = 0.5;
/** Nats; what is surer says no more. */
const MOST_SURE = 9;

/** Pairs of one scheme, those raised whose names stand in lists, with the place where the list stands. */
export function sharedInLists(
  pairs: readonly RelatedPair[],
  { document, mentions }: Pick<ReadDocument<Pick<Document, "passages">>, "document" | "mentions">,
): RelatedPair[] {
  if (pairs.length < 2) return [...pairs];
  const lists = nameLists(document.passages, mentions);
  const byPlace = new Map(pairs.flatMap((one) => one.pair.places.map((place) => [place.join(" "), one])));
  return pairs.map((one) => {
    let best = one;
    let listed: RelatedPair["said"];
    for (const place of one.pair.places) {
      const [head, tail] = place;
      const siblings = [...lists[head]!.map((other) => [other, tail]), ...lists[tail]!.map((other) => [head, other])];
      for (const sibling of siblings.map((other) => byPlace.get(other.join(" ")))) {
        if (sibling !== undefined && sibling.probability > best.probability) [best, listed] = [sibling, place];
      }
    }
    if (listed === undefined) return one;
    const odds = (1 - SHARE) * logOdds(one.probability) + SHARE * logOdds(best.probability);
    return { ...one, probability: 1 / (1 + Math.exp(-odds)), said: one.said ?? listed };
  });
}

function logOdds(probability: number): number {
  return Math.min(MOST_SURE, Math.max(-MOST_SURE, Math.log(probability / (1 - probability))));
}
