/** How much two texts say in the same words. */

const ORDERS = 4;

/** A text as it is compared: how often it has each run of one to four words. */
export interface WordRuns {
  /** By the length of the run, single words first. */
  readonly runs: readonly ReadonlyMap<string, number>[];
  /** Of the text. */
  readonly words: number;
}

/** Words in small letters; each sign of punctuation is one. */
export function wordRuns(text: string): WordRuns {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? [];
  const runs = Array.from({ length: ORDERS }, (_, order) => {
    const counts = new Map<string, number>();
    for (let at = 0; at + order < words.length; at++) {
      const run = words.slice(at, at + order + 1).join(" ");
      counts.set(run, (counts.get(run) ?? 0) + 1);
    }
    return counts;
  });
  return { runs, words: words.length };
}

/** Mean over the lengths of runs of their F1: 0 to 1. */
export function overlap(a: WordRuns, b: WordRuns): number {
  let sum = 0;
  for (let order = 0; order < ORDERS; order++) {
    const [few, many] =
      a.runs[order]!.size < b.runs[order]!.size ? [a.runs[order]!, b.runs[order]!] : [b.runs[order]!, a.runs[order]!];
    let shared = 0;
    for (const [run, count] of few) shared += Math.min(count, many.get(run) ?? 0);
    const all = Math.max(0, a.words - order) + Math.max(0, b.words - order);
    sum += all === 0 ? 0 : (2 * shared) / all;
  }
  return sum / ORDERS;
}
