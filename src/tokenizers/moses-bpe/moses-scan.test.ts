/** The one-pass scan against the reference: the same tokens, or the text is given back. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { MosesMode } from "./characters.ts";
import { readGoldens } from "./goldens.fixture.ts";
import { mosesTokens } from "./moses.ts";
import { MosesScanner } from "./moses-scan.ts";

const scanners = { perl: new MosesScanner("perl"), sacremoses: new MosesScanner("sacremoses") };

/** Tokens by chunks, or undefined where the text was given back. */
function scanTokens(text: string, mode: MosesMode): string[] | undefined {
  const tokens: string[] = [];
  const scanner = scanners[mode];
  const whole = scanner.walkChunks(text, (start, end, _, next) => {
    scanner.scan(text, start, end, next);
    for (let i = 0; i < scanner.count; i++) {
      tokens.push(scanner.dashes[i] === 1 ? "@-@" : text.slice(scanner.starts[i], scanner.ends[i]));
    }
  });
  return whole ? tokens : undefined;
}

// Everything a rule looks at, and neighbours of it: white space of both kinds, letters and digits of several scripts, half pairs.
const ALPHABET = [
  ..."abzABs019.,'-`&|<>\"[]()+/%; \t\n",
  ..."βΑ中한९²Ⅳ½ʰ\u0301\u093c\u00a0\u0085\u3000\ufeff\u200b’–…",
  "\u0001",
  "\u001c",
  "\ud83d\ude00",
  "𝑎",
  "𠀀",
  "\ud800",
  ...["..", "...", "e.g.", "U.S.", "No.", "pp.", "Dr.", "n't", "5'", "'s ", " .", ". "],
];
const text = fc.array(fc.constantFrom(...ALPHABET), { maxLength: 24 }).map((parts) => parts.join(""));

test.each(["perl", "sacremoses"] as const)("random text, %s", (mode) => {
  let taken = 0;
  fc.assert(
    fc.property(text, (text) => {
      const tokens = scanTokens(text, mode);
      if (tokens !== undefined) {
        taken++;
        expect(tokens).toEqual(mosesTokens(text, mode));
      }
    }),
    { numRuns: 30_000 },
  );
  expect(taken).toBeGreaterThan(10_000);
});

const goldens = readGoldens();
test.skipIf(goldens.length === 0)("nearly every abstract is scanned, not given back", () => {
  let givenBack = 0;
  for (const { text } of goldens) {
    for (const mode of ["perl", "sacremoses"] as const) {
      const tokens = scanTokens(text, mode);
      if (tokens === undefined) givenBack++;
      else expect(tokens).toEqual(mosesTokens(text, mode));
    }
  }
  expect(givenBack).toBeLessThan(10);
});
