/** A concept of a vocabulary as every reader of this folder yields it. One concept may come in several pieces, which the index joins by `id`. */

export interface VocabularyConcept {
  /** CURIE (curie.ts). */
  readonly id: string;
  /** The name that people are shown; undefined in a piece that adds synonyms or identifiers alone. */
  readonly name: string | undefined;
  readonly synonyms: readonly Synonym[];
  /** Other CURIEs of the same concept. */
  readonly alternatives: readonly string[];
  /** `Disease`, `Chemical`, `Gene`, `Species`, `Anatomy`, `CellLine`; undefined where the vocabulary does not say. */
  readonly type: string | undefined;
}

export interface Synonym {
  readonly text: string;
  /** `related` names something near: OBO's NARROW, BROAD and RELATED, MeSH's NRW, BRD and REL, an old designation of a gene. */
  readonly scope: "exact" | "related";
  /** How often a corpus annotates the name so; 1 where nothing is counted. */
  readonly count: number;
}

/** Names of one scope; the empty and the doubled left out. */
export function synonymsOf(texts: Iterable<string>, scope: Synonym["scope"] = "exact"): Synonym[] {
  const kept = new Set<string>();
  for (const text of texts) {
    const trimmed = text.trim();
    if (trimmed !== "" && trimmed !== "-") kept.add(trimmed);
  }
  return [...kept].map((text) => ({ text, scope, count: 1 }));
}
