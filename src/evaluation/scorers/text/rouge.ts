/**
 * ROUGE-1, -2 and -L as google's rouge_score counts them, without its stemmer: F1 of shared n-grams, and of the longest common subsequence.
 *
 * Source   Lin, 2004; google-research/rouge. Tokens are runs of a-z and 0-9 of the lower-cased text, so `β-D-glucose` is `d`, `glucose`.
 */

export interface RougeScores {
  readonly rouge1: number;
  readonly rouge2: number;
  readonly rougeL: number;
}

export function rouge(output: string, truth: string): RougeScores {
  const [got, wanted] = [rougeTokens(output), rougeTokens(truth)];
  return {
    rouge1: sharedNgrams(got, wanted, 1),
    rouge2: sharedNgrams(got, wanted, 2),
    rougeL: got.length === 0 || wanted.length === 0 ? 0 : f1(longestCommon(got, wanted), got.length, wanted.length),
  };
}

function rougeTokens(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}

function sharedNgrams(got: readonly string[], wanted: readonly string[], n: number): number {
  const counts = new Map<string, number>();
  const gram = (tokens: readonly string[], at: number): string => tokens.slice(at, at + n).join(" ");
  for (let at = 0; at + n <= wanted.length; at++) counts.set(gram(wanted, at), (counts.get(gram(wanted, at)) ?? 0) + 1);
  let shared = 0;
  for (let at = 0; at + n <= got.length; at++) {
    const left = counts.get(gram(got, at)) ?? 0;
    if (left === 0) continue;
    counts.set(gram(got, at), left - 1);
    shared++;
  }
  return f1(shared, Math.max(got.length - n + 1, 1), Math.max(wanted.length - n + 1, 1));
}

function f1(shared: number, got: number, wanted: number): number {
  const [precision, recall] = [shared / got, shared / wanted];
  return precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
}

/** Length of the longest common subsequence, a row at a time. */
function longestCommon(got: readonly string[], wanted: readonly string[]): number {
  let above = new Int32Array(wanted.length + 1);
  for (const token of got) {
    const row = new Int32Array(wanted.length + 1);
    for (let at = 0; at < wanted.length; at++) {
      row[at + 1] = token === wanted[at] ? above[at]! + 1 : Math.max(above[at + 1]!, row[at]!);
    }
    above = row;
  }
  return above[wanted.length]!;
}
