/** Values to try as a threshold: all that make a difference where there are few, else as many quantiles of them. */

/** Distinct values, rising; of more than `most` so many, evenly by rank, the least and the largest among them. */
export function distinctQuantiles(values: readonly number[], most: number): number[] {
  const distinct = [...new Set(values)].sort((a, b) => a - b);
  if (distinct.length <= most) return distinct;
  return Array.from({ length: most }, (_, at) => distinct[Math.round((at * (distinct.length - 1)) / (most - 1))]!);
}
