/** Names that a list joins: "barbiturates, phenytoin, carbamazepine and other inducers". */
import type { Document } from "../../corpora/document.ts";
import type { FoundMention } from "../entities/found-mentions.ts";

/** Between two names of a list, with what stands in brackets behind the first. */
const LISTED = /^(?: ?[([][^()[\]]{1,25}[)\]])?(?:,|,? and|,? or|,? as well as) (?:other |the )?$/;

/** Of each mention, in their order, the first one of its list, which holds names of one type; of one that stands in none, its own index. */
export function listHeads(passages: Document["passages"], mentions: readonly FoundMention[]): number[] {
  const heads: number[] = [];
  for (const [at, mention] of mentions.entries()) {
    const before = mentions[at - 1];
    const isListed =
      before?.passage === mention.passage &&
      before.type === mention.type &&
      LISTED.test(passages[mention.passage]!.text.slice(before.end, mention.start));
    heads.push(isListed ? heads[at - 1]! : at);
  }
  return heads;
}
