/**
 * Confidence interval of a share of yes-or-no judgements by Wilson's score, which holds for few of them and for shares near 0 and 1, where the
 * bootstrap sees no variance.
 *
 *     (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n)
 *
 * Source   Wilson, 1927, JASA 22:209; recommended by Brown, Cai and DasGupta, 2001
 */
export interface ConfidenceInterval {
  readonly low: number;
  readonly high: number;
  readonly level: number;
}

/** Standard normal quantile of 0.975. */
const Z = 1.959963984540054;

/** 95 %. @returns 0 to 1 where there is nothing to count */
export function wilsonInterval(successes: number, trials: number): ConfidenceInterval {
  if (trials === 0) return { low: 0, high: 1, level: 0.95 };
  const share = successes / trials;
  const middle = share + Z ** 2 / (2 * trials);
  const reach = Z * Math.sqrt((share * (1 - share)) / trials + Z ** 2 / (4 * trials ** 2));
  const whole = 1 + Z ** 2 / trials;
  // At the ends the two terms are equal but for rounding.
  const low = successes === 0 ? 0 : (middle - reach) / whole;
  const high = successes === trials ? 1 : (middle + reach) / whole;
  return { low, high, level: 0.95 };
}
