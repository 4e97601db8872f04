/**
 * Candidate relations: single relations with their probabilities, of which a decision rule keeps some (decision-rule.ts).
 *
 * Ranked decoding searches them (candidate-ranking.ts); an answer that was written as one text is cut into them.
 */
import { comparisonKey } from "./anchor.ts";
import type { RelationScheme } from "./schemes.ts";
import type { RelationTriple } from "./templates.ts";

export interface CandidateRelation extends RelationTriple {
  /** Ranked: among all relations that the source allows; written: of its tokens, given what was written before. In (0, 1]. */
  readonly probability: number;
}

/** The same for two writings of one relation; undefined for one that names the same thing twice. */
export function candidateKey(
  { head, tail, relation }: RelationTriple,
  { symmetric }: RelationScheme,
): string | undefined {
  const names = [comparisonKey(head), comparisonKey(tail)];
  if (names[0] === names[1]) return undefined;
  return JSON.stringify([relation, ...(symmetric ? names.sort() : names)]);
}

/**
 * The candidates of a document's sentences as the document's: each once, as probable as where it is most probable.
 *
 * @returns most probable first
 */
export function pooledCandidates(
  sentences: readonly (readonly CandidateRelation[])[],
  scheme: RelationScheme,
): CandidateRelation[] {
  const pooled = new Map<string, CandidateRelation>();
  for (const candidate of sentences.flat()) {
    const key = candidateKey(candidate, scheme);
    if (key !== undefined && candidate.probability > (pooled.get(key)?.probability ?? -1)) pooled.set(key, candidate);
  }
  return [...pooled.values()].sort((a, b) => b.probability - a.probability);
}
