/** Where the length penalty is applied: what sequences and hypotheses are ranked by. */

/** Score of a hypothesis, see `Scoring`. Lengths count tokens, the prompt's without its first. */
export function normalizedScore(sum: number, length: number, lengthPenalty: number): number {
  return sum / length ** lengthPenalty;
}
