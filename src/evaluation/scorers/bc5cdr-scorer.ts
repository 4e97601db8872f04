/**
 * The official BC5CDR scorer's relation mode.
 *
 * Follows  BC5CDR_Evaluation 0.0.3 (Java): items are (document, chemical, disease) in a set, so repetitions count once; an id
 *          without a colon gets `MESH:` before it; an empty or `-1` id is null, and a pair with a null member stays in, as a
 *          false positive, (null, D1) and (null, D2) being two; predictions for documents without gold entry are dropped.
 *          Counts are summed over documents, so the scores are micro scores.
 */
import { addCounts, type Counts, compareSets, type PrecisionRecall, scoresOf } from "./counts.ts";

export interface ConceptPair {
  readonly documentId: string;
  /** MeSH ids; empty or `-1` where a mention could not be mapped. */
  readonly chemical: string;
  readonly disease: string;
}

export interface Bc5cdrScore extends Counts, PrecisionRecall {
  /** For each document with gold, in the order of the gold. */
  readonly documents: ReadonlyMap<string, Counts>;
}

export function scoreBc5cdr(predicted: Iterable<ConceptPair>, gold: Iterable<ConceptPair>): Bc5cdrScore {
  const goldSets = byDocument(gold);
  const predictedSets = byDocument(predicted);
  const documents = new Map(
    [...goldSets].map(([id, pairs]) => [id, compareSets(predictedSets.get(id) ?? new Set(), pairs)] as const),
  );
  const counts = addCounts(documents.values());
  return { ...counts, ...scoresOf(counts), documents };
}

function byDocument(pairs: Iterable<ConceptPair>): Map<string, Set<string>> {
  const sets = new Map<string, Set<string>>();
  for (const { documentId, chemical, disease } of pairs) {
    const set = sets.get(documentId) ?? new Set();
    sets.set(documentId, set.add(`${conceptId(chemical)}\t${conceptId(disease)}`));
  }
  return sets;
}

function conceptId(id: string): string {
  const trimmed = id.trim();
  if (trimmed === "" || trimmed === "-1") return "null";
  return trimmed.includes(":") ? trimmed : `MESH:${trimmed}`;
}
