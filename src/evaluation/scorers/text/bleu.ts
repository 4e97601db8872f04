/**
 * BLEU over tokens with one reference each, as nltk.translate.bleu_score counts it.
 *
 *     BLEU = brevity * exp(mean over n of log(matches_n / n-grams_n))        matches clipped to the reference's counts
 *
 * Source   Papineni et al., 2002. nltk's choices: a sample without n-grams of an order counts as one n-gram; no unigram matches give 0; any other
 *          order without matches gives the smallest positive double (so the score collapses to about 0), or, smoothed, a numerator of 0.1 (Chen and
 *          Cherry, 2014, method 1).
 */

/** A sample: tokens of what was written and of what should have been. */
export interface TokenPair {
  readonly output: readonly string[];
  readonly truth: readonly string[];
}

/** What a sample adds to a corpus score; sums of these over any selection of samples have a score. */
export interface BleuCounts {
  /** By order, unigrams first. */
  readonly matches: readonly number[];
  readonly total: readonly number[];
  readonly outputLength: number;
  readonly truthLength: number;
}

/** @param orders longest n-gram: 2 or 4 */
export function bleuCounts({ output, truth }: TokenPair, orders: number): BleuCounts {
  const matches: number[] = [];
  const total: number[] = [];
  for (let n = 1; n <= orders; n++) {
    const wanted = countNgrams(truth, n);
    let matched = 0;
    for (const [gram, count] of countNgrams(output, n)) matched += Math.min(count, wanted.get(gram) ?? 0);
    matches.push(matched);
    total.push(Math.max(1, output.length - n + 1));
  }
  return { matches, total, outputLength: output.length, truthLength: truth.length };
}

/** @returns a share, 0 to 1 */
export function corpusBleu(samples: readonly BleuCounts[], orders: number): number {
  const matches = new Array<number>(orders).fill(0);
  const total = new Array<number>(orders).fill(0);
  let [outputLength, truthLength] = [0, 0];
  for (const sample of samples) {
    for (let i = 0; i < orders; i++) {
      matches[i]! += sample.matches[i]!;
      total[i]! += sample.total[i]!;
    }
    outputLength += sample.outputLength;
    truthLength += sample.truthLength;
  }
  return fromCounts({ matches, total, outputLength, truthLength }, false, orders);
}

/** Of one sample, smoothed by method 1. @returns a share, 0 to 1 */
export function smoothedBleu(counts: BleuCounts, orders: number): number {
  return fromCounts(counts, true, orders);
}

/** Python's sys.float_info.min, the smallest positive double of full precision. */
const SMALLEST = 2.2250738585072014e-308;

function fromCounts(
  { matches, total, outputLength, truthLength }: BleuCounts,
  smoothed: boolean,
  orders: number,
): number {
  if (outputLength === 0 || matches[0] === 0) return 0;
  const brevity = outputLength > truthLength ? 1 : Math.exp(1 - truthLength / outputLength);
  let logs = 0;
  for (let i = 0; i < orders; i++) {
    const matched = matches[i]!;
    logs += Math.log(matched > 0 ? matched / total[i]! : smoothed ? 0.1 / total[i]! : SMALLEST) / orders;
  }
  return brevity * Math.exp(logs);
}

/** Tokens hold no line ends, so these part them. */
function countNgrams(tokens: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let at = 0; at + n <= tokens.length; at++) {
    const gram = tokens.slice(at, at + n).join("\n");
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}
