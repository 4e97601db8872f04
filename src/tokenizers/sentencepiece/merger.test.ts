import fc from "fast-check";
import { expect, test } from "vitest";
import { MergeTable } from "./merge-table.ts";
import { Merger, type Symbols } from "./merger.ts";
import type { Merge } from "./model.ts";

/** The rule itself, over strings: the best pair, leftmost of equals, until none is left. */
function mergedSlowly(text: string, merges: readonly Merge[]): string[] {
  const parts = [...text];
  while (true) {
    let best = -1;
    let bestRank = Number.POSITIVE_INFINITY;
    for (let at = 0; at + 1 < parts.length; at++) {
      const rank = merges.find(({ left, right }) => left === parts[at] && right === parts[at + 1])?.rank;
      if (rank !== undefined && rank < bestRank) [best, bestRank] = [at, rank];
    }
    if (best < 0) return parts;
    parts.splice(best, 2, parts[best]! + parts[best + 1]!);
  }
}

const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 2, maxLength: 5 });
const vocabulary = fc.array(fc.record({ word, rank: fc.nat(6) }), { maxLength: 25 }).map((words) => {
  const merges = new Map<string, Merge>();
  for (const { word: made, rank } of words) {
    for (let cut = 1; cut < made.length; cut++) {
      const [left, right] = [made.slice(0, cut), made.slice(cut)];
      merges.set(`${left} ${right}`, { left, right, rank });
    }
  }
  return [...merges.values()];
});

test("scan and heap merge as the rule says", () => {
  fc.assert(
    fc.property(vocabulary, fc.string({ unit: fc.constantFrom("a", "b", "c", "d"), maxLength: 40 }), (merges, text) => {
      const numbers = new Map<string, number>();
      const symbolOf = (symbol: string): number => {
        if (!numbers.has(symbol)) numbers.set(symbol, numbers.size);
        return numbers.get(symbol)!;
      };
      const table = new MergeTable(merges, symbolOf);
      const wanted = mergedSlowly(text, merges);
      for (const longestScanned of [0, 100]) {
        const symbols: Symbols = {
          count: text.length,
          ids: Int32Array.from(text, symbolOf),
          ends: Int32Array.from(text, (_, at) => at + 1),
        };
        new Merger(table, { longestScanned }).merge(symbols);
        const ends = [...symbols.ends.subarray(0, symbols.count)];
        expect(ends.map((end, i) => text.slice(i === 0 ? 0 : ends[i - 1], end))).toEqual(wanted);
        expect([...symbols.ids.subarray(0, symbols.count)]).toEqual(wanted.map(symbolOf));
      }
    }),
    { numRuns: 500 },
  );
});
