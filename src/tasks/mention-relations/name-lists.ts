/** Names that a list joins: "barbiturates, phenytoin, carbamazepine and other inducers". */
import type { Document } from "../../corpora/document.ts";
import type { FoundMention } from "../entities/found-mentions.ts";

/** Between two names of a list, with what stands in brackets behind the first. */
const LISTED = /^(?: ?[([][^()[\]]{1,25}[)\]])?(?:,|,? and|,? or|,? as well as) (?:other |the )?$/;

/** Of each mention, in their order, the list that it stands in: indices of names of one type, rising; of one that stands in none, its own index alone. */
export function nameLists(passages: Document["passages"], mentions: readonly FoundMention[]): (readonly number[])[] {
  const lists: number[][] = [];
  for (const [at, mention] of mentions.entries()) {
    const before = mentions[at - 1];
    const isListed =
      before?.passage === mention.passage &&
      before.type === mention.type &&
      LISTED.test(passages[mention.passage]!.text.slice(before.end, mention.start));
    const list = isListed ? lists[at - 1]! : [];
    list.push(at);
    lists.push(list);
  }
  return lists;
}
