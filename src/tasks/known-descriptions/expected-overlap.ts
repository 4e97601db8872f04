/**
 * What the unknown text of a molecule can be expected to share with a known one, from the texts of the molecules around it.
 *
 *     kernel of all pairs of neighbours ─ (G + noise I) w = k ─▶ a weight for each neighbour ;   expected = mean + sum of w * (overlap - mean)
 *
 * Kernel regression: unlike a mean that is weighted by similarity, it counts ten copies of one relative as little more than one, and lets a near one
 * speak against those that are merely of the same class. Weights may be negative.
 *
 * Source   the posterior mean of a Gaussian process, Rasmussen and Williams, 2006, section 2.2. Kernel and noise were chosen on ChEBI-20's validation
 *          part (docs/experiments.md, "Descriptions of molecules").
 */
import type { MoleculeTraits } from "../../molecules/traits.ts";
import { type Described, likeness } from "./likeness.ts";
import { overlap, type WordRuns } from "./text-overlap.ts";

/** Neighbours that an expectation is made of. */
export const NEIGHBOURS = 100;

/** What an equal composition counts beside a likeness of 0 to 1.05, and the difference, in sums of logarithms, at which that is e times less. */
const COMPOSITION = 0.2;
const COMPOSITION_WIDTH = 1.5;
/** Variance of what no relative tells, in the kernel's unit. */
const NOISE = 0.2;

/** How much two molecules are expected to have in common: 0 to 1.25. */
export function kernel(a: MoleculeTraits, b: MoleculeTraits): number {
  let difference = 0;
  for (const element of new Set([...Object.keys(a.atoms), ...Object.keys(b.atoms)].map(Number)))
    difference += Math.abs(Math.log1p(a.atoms[element] ?? 0) - Math.log1p(b.atoms[element] ?? 0));
  return likeness(a, b) + COMPOSITION * Math.exp(-difference / COMPOSITION_WIDTH);
}

/** What is expected of the text of a molecule. */
export interface ExpectedText {
  /** Of the overlap with a text: about 0 to 1; `others` leaves out what that text itself, where it is a neighbour's, adds. */
  overlapWith(text: WordRuns): { readonly all: number; readonly others: number };
  /** Logarithm of one more than its words. */
  readonly length: number;
}

/** @param neighbours those of the largest kernel; at least one */
export function expectedText(query: MoleculeTraits, neighbours: readonly Described[]): ExpectedText {
  const matrix = neighbours.map((a, i) =>
    neighbours.map((b, j) => (j > i ? 0 : kernel(a.traits, b.traits) + (i === j ? NOISE : 0))),
  );
  const weights = solved(
    matrix,
    neighbours.map(({ traits }) => kernel(query, traits)),
  );
  const expectation = (values: readonly number[]): number => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.reduce((sum, value, i) => sum + weights[i]! * (value - mean), mean);
  };
  return {
    overlapWith(text) {
      const overlaps = neighbours.map((other) => overlap(text, other.text));
      const others = overlaps.map((value, i) => (neighbours[i]!.text === text ? 0 : weights[i]! * value));
      return { all: expectation(overlaps), others: others.reduce((sum, value) => sum + value, 0) };
    },
    length: expectation(neighbours.map(({ text }) => Math.log1p(text.words))),
  };
}

/**
 * The solution of A x = b for a symmetric, positive definite A, of which the lower triangle is given and overwritten by its Cholesky factor.
 */
export function solved(A: number[][], b: readonly number[]): number[] {
  const n = b.length;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = A[i]![j]!;
      for (let k = 0; k < j; k++) sum -= A[i]![k]! * A[j]![k]!;
      A[i]![j] = i === j ? Math.sqrt(sum) : sum / A[j]![j]!;
    }
  }
  const x = [...b];
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= A[i]![k]! * x[k]!;
    x[i]! /= A[i]![i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= A[k]![i]! * x[k]!;
    x[i]! /= A[i]![i]!;
  }
  return x;
}
