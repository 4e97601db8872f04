/** Near-miss names for error messages. Follows the optimal string alignment distance (one swap counts as one edit). */

/** Number of single-character insertions, deletions, substitutions and swaps of neighbours between two names. */
export function editDistance(left: string, right: string): number {
  const width = right.length + 1;
  const rows = [new Array<number>(width), Array.from({ length: width }, (_, i) => i), new Array<number>(width)];
  let [beforeLast, last, current] = rows as [number[], number[], number[]];
  for (let i = 1; i <= left.length; i++) {
    [beforeLast, last, current] = i === 1 ? [beforeLast, last, current] : [last, current, beforeLast];
    current[0] = i;
    for (let j = 1; j <= right.length; j++) {
      const substitution = last[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1);
      current[j] = Math.min(substitution, last[j]! + 1, current[j - 1]! + 1);
      if (i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1]) {
        current[j] = Math.min(current[j]!, beforeLast[j - 2]! + 1);
      }
    }
  }
  return left.length === 0 ? right.length : current[right.length]!;
}

/** The nearest of `candidates`, ignoring case, if it is near enough to be a slip (a third of its length, at most 3). */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    const allowed = Math.min(3, Math.max(1, Math.floor(Math.max(name.length, candidate.length) / 3)));
    if (distance <= allowed && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` Did you mean "x"?` or the empty string, to be appended to a fix. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const nearest = nearestName(name, candidates);
  return nearest === undefined ? "" : ` Did you mean "${nearest}"?`;
}
