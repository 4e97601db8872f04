/**
 * Which of the descriptions of similar molecules fits a molecule best.
 *
 *     known molecules ─ likeness: the best 20 ─▶ features ─ linear score ─▶ the first
 *
 * The most similar molecule's description is often not the best one: a salt, the other enantiomer or an odd text among many alike. So the score looks at
 * several fingerprints, at charge and composition, at how far the candidates' texts agree with each other, as minimum Bayes risk decoding does, and at
 * what the texts of a hundred neighbours let expect.
 * The coefficients were fitted by bench/description-fit.ts on ChEBI-20's validation part, each molecule against all others.
 */
import type { MoleculeTraits } from "../../molecules/traits.ts";
import { expectedText } from "./expected-overlap.ts";
import { type Described, likeness, SAME_CHARGE } from "./likeness.ts";
import { overlap } from "./text-overlap.ts";

/** Candidates that are compared. */
export const CANDIDATES = 20;

/** Texts of candidates whose likeness is less than the best one's by 0.05 count e times less for agreement. */
const SHARPNESS = 20;
/** Texts that count for agreement. */
const AGREEING = 12;

/**
 * A vector for each candidate; they are given best likeness first.
 *
 * @param neighbours of whose texts the molecule's own is expected: those of the largest kernel
 *
 * Units     similarities and agreements 0 to 1; differences in atoms, as log(1 + n); lengths as log of words
 */
export function rankingFeatures(
  query: MoleculeTraits,
  candidates: readonly Described[],
  neighbours: readonly Described[],
): number[][] {
  const expected = expectedText(query, neighbours);
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
    const { all, others: byOthers } = expected.overlapWith(candidates[at]!.text);
    return [
      ...[like[at]! - (same ? SAME_CHARGE : 0), circular.similarity(traits.prints.circular)],
      ...[stereo.similarity(traits.prints.stereo), keys.similarity(traits.prints.keys)],
      ...[same ? 1 : 0, weighted(overlaps[at]!, others), weighted(overlaps[at]!, others.map(Math.sign))],
      ...[Math.log1p(carbon), Math.log1p(hydrogen), Math.log1p(hetero), carbon === 0 ? 1 : 0],
      ...[query.centres > 0 === traits.centres > 0 ? 1 : 0, Math.log1p(Math.abs(query.centres - traits.centres))],
      ...[lengths[at]!, Math.abs(lengths[at]! - usualLength), at === 0 ? 1 : 0],
      ...[all, byOthers, Math.abs(lengths[at]! - expected.length)],
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
  ...[4.758, 3.71, 6.249, 1.23, 5.428, 0.6, 11.015, -0.038],
  ...[-0.295, -1.71, 1.295, 2.327, -1.377, 2.359, 0.941, 0.299],
  ...[43.151, 15.165, -5.208],
];

/** The larger, the better the text fits. */
export function score(features: readonly number[]): number {
  return features.reduce((sum, value, i) => sum + value * COEFFICIENTS[i]!, 0);
}
