/**
 * Which of the descriptions of similar molecules fits a molecule best.
 *
 *     known molecules ─ likeness: the best 20 ─▶ features ─ linear score ─▶ the first
 *
 * The most similar molecule's description is often not the best one: a salt, the other enantiomer or an odd text among many alike. So the score looks at
 * several fingerprints, at charge and composition, and at how far the candidates' texts agree with each other, as minimum Bayes risk decoding does.
 * The coefficients were fitted by bench/description-fit.ts on ChEBI-20's validation part, each molecule against all others.
 */
import type { MoleculeTraits } from "../../molecules/traits.ts";
import { overlap, type WordRuns } from "./text-overlap.ts";

/** Candidates that are compared. */
export const CANDIDATES = 20;

/** What an equal charge counts beside a mean similarity of 0 to 1. */
const SAME_CHARGE = 0.05;
/** Texts of candidates whose likeness is less than the best one's by 0.05 count e times less for agreement. */
const SHARPNESS = 20;
/** Texts that count for agreement. */
const AGREEING = 12;

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

/**
 * A vector for each candidate; they are given best likeness first.
 *
 * Units     similarities and agreements 0 to 1; differences in atoms, as log(1 + n); lengths as log of words
 */
export function rankingFeatures(query: MoleculeTraits, candidates: readonly Described[]): number[][] {
  const like = candidates.map(({ traits }) => likeness(query, traits));
  const weights = like.map((value, at) => (at < AGREEING ? Math.exp(SHARPNESS * (value - like[0]!)) : 0));
  const lengths = candidates.map(({ text }) => Math.log(1 + text.words));
  const usualLength = weighted(lengths, weights);
  const overlaps = candidates.map(({ text }, i) =>
    candidates.map((other, j) => (i === j ? 0 : overlap(text, other.text))),
  );
  return candidates.map(({ traits }, at) => {
    const others = weights.map((weight, i) => (i === at ? 0 : weight));
    const same = traits.charge === query.charge;
    const { carbon, hydrogen, others: hetero } = composition(query, traits);
    const { circular, stereo, keys } = query.prints;
    return [
      ...[like[at]! - (same ? SAME_CHARGE : 0), circular.similarity(traits.prints.circular)],
      ...[stereo.similarity(traits.prints.stereo), keys.similarity(traits.prints.keys)],
      ...[same ? 1 : 0, weighted(overlaps[at]!, others), weighted(overlaps[at]!, others.map(Math.sign))],
      ...[Math.log1p(carbon), Math.log1p(hydrogen), Math.log1p(hetero), carbon === 0 ? 1 : 0],
      ...[query.centres > 0 === traits.centres > 0 ? 1 : 0, Math.log1p(Math.abs(query.centres - traits.centres))],
      ...[lengths[at]!, Math.abs(lengths[at]! - usualLength), at === 0 ? 1 : 0],
    ];
  });
}

function weighted(values: readonly number[], weights: readonly number[]): number {
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return all === 0 ? 0 : values.reduce((sum, value, i) => sum + value * weights[i]!, 0) / all;
}

/** Atoms that one has and the other has not: carbons, hydrogens, all others. */
function composition(a: MoleculeTraits, b: MoleculeTraits): { carbon: number; hydrogen: number; others: number } {
  const apart = { carbon: 0, hydrogen: 0, others: 0 };
  for (const element of new Set([...Object.keys(a.atoms), ...Object.keys(b.atoms)].map(Number))) {
    const difference = Math.abs((a.atoms[element] ?? 0) - (b.atoms[element] ?? 0));
    apart[element === 6 ? "carbon" : element === 1 ? "hydrogen" : "others"] += difference;
  }
  return apart;
}

/** Of the features, in their order. */
const COEFFICIENTS: readonly number[] = [
  ...[10.931, 6.842, 13.81, 7.397, 9.484, 18.226, 27.861, -0.722],
  ...[-0.663, -2.848, 1.674, 2.598, -1.778, 2.736, -4.387, 0.921],
];

/** The larger, the better the text fits. */
export function score(features: readonly number[]): number {
  return features.reduce((sum, value, i) => sum + value * COEFFICIENTS[i]!, 0);
}
