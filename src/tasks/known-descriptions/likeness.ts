/** How alike two molecules are, as their descriptions go: three fingerprints and the charge. */
import type { MoleculeTraits } from "../../molecules/traits.ts";
import type { WordRuns } from "./text-overlap.ts";

/** What an equal charge counts beside a mean similarity of 0 to 1. */
export const SAME_CHARGE = 0.05;

/** A known molecule with its text. */
export interface Described {
  readonly traits: MoleculeTraits;
  readonly text: WordRuns;
}

/** Mean similarity, 0 to 1, and 0.05 more for an equal charge. */
export function likeness(a: MoleculeTraits, b: MoleculeTraits): number {
  const { circular, stereo, keys } = b.prints;
  const sum =
    a.prints.circular.similarity(circular) + a.prints.stereo.similarity(stereo) + a.prints.keys.similarity(keys);
  return sum / 3 + (a.charge === b.charge ? SAME_CHARGE : 0);
}
