/**
 * Training documents that are evaluation documents too: they are left out before a model is scored on these.
 *
 * Corpora overlap in both directions (BioRED's training part holds 53 test documents of BC5CDR). A document goes when its PMID is the other's,
 * or when two 13-grams of its words are: sentence corpora have no PMIDs. Thirteen words, as the checks that the project's table of leaks is made by.
 */
import { GramReader } from "../prepare/fingerprints.ts";
import type { MentionDocument } from "./mention-document.ts";

/** A single one is a stock phrase. */
const SHARED_GRAMS = 2;

/**
 * The training documents that are none of the evaluation documents.
 *
 * @param evaluation  all documents that will be scored
 */
export function withoutLeaks<Kept extends MentionDocument>(
  training: readonly Kept[],
  evaluation: readonly MentionDocument[],
): Kept[] {
  const reader = new GramReader();
  const ids = new Set(evaluation.map(({ id }) => id));
  const known = new Set<bigint>();
  for (const document of evaluation) for (const gram of gramsOf(reader, document)) known.add(gram);
  return training.filter((document) => {
    if (ids.has(document.id)) return false;
    let shared = 0;
    for (const gram of gramsOf(reader, document)) if (known.has(gram)) shared++;
    return shared < SHARED_GRAMS;
  });
}

function gramsOf(reader: GramReader, { passages }: MentionDocument): bigint[] {
  const { count, words, high, low } = reader.read(passages.map(({ text }) => text).join(" "));
  // A text of fewer words is one gram of them all, which says little.
  if (words < 13) return [];
  return Array.from({ length: count }, (_, i) => (BigInt(high[i]! >>> 0) << 32n) | BigInt(low[i]! >>> 0));
}
