import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeMentions } from "./found-mentions.ts";
import { withSharedEvidence } from "./shared-evidence.ts";
import type { TokenizedText } from "./text-tokens.ts";

const TYPES = ["Chemical", "Disease"];
const L = 1 + 2 * TYPES.length;

/** A text of one passage whose words and punctuation marks are tokens. */
function tokenized(text: string): TokenizedText {
  const found = [...text.matchAll(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu)];
  return {
    text,
    passageStarts: [0],
    ids: new Int32Array(found.length),
    starts: Int32Array.from(found, ({ index }) => index),
    ends: Int32Array.from(found, ({ 0: word, index }) => index + word.length),
    words: Array.from({ length: found.length + 1 }, (_, i) => i),
  };
}

/** Each word is outside of names but for those named: class and probability of each of their occurrences, in order. */
function evidence(
  text: TokenizedText,
  said: Readonly<Record<string, readonly (readonly [cls: number, p: number])[]>>,
): Float32Array {
  const seen = new Map<string, number>();
  return Float32Array.from(
    text.words.slice(1).flatMap((_, word) => {
      const name = text.text.slice(text.starts[word], text.ends[word]);
      const turn = seen.get(name) ?? 0;
      seen.set(name, turn + 1);
      const [cls, p] = said[name]?.[turn] ?? [0, 0.999];
      return Array.from({ length: L }, (_, c) => Math.log(c === cls ? p : (1 - p) / (L - 1)));
    }),
  );
}

const names = (text: TokenizedText, logProbabilities: Float32Array): string[] =>
  decodeMentions({ text, logProbabilities, windows: [] }, TYPES).map(({ text: name, type }) => `${name} ${type}`);

test("a name that is sure in two places is found in the third, whatever its case", () => {
  const text = tokenized("Losartan and enalapril. He took losartan. Then losartan stopped.");
  const said = {
    Losartan: [[0, 0.6]],
    losartan: [
      [1, 0.999],
      [1, 0.999],
    ],
    enalapril: [[1, 0.9]],
  } as const;
  expect(names(text, evidence(text, said))).toEqual([
    "Losartan Chemical",
    "enalapril Chemical",
    "losartan Chemical",
    "losartan Chemical",
  ]);
});

test("one occurrence of a word that means something else keeps what it is sure of", () => {
  const text = tokenized("Lead was toxic. A lead author wrote of lead and lead again.");
  const said = {
    Lead: [[1, 0.9]],
    lead: [
      [0, 0.999999],
      [1, 0.9],
      [1, 0.9],
    ],
  } as const;
  expect(names(text, evidence(text, said))).toEqual(["Lead Chemical", "lead Chemical", "lead Chemical"]);
});

test("an abbreviation is what its long form is, wherever it stands", () => {
  const text = tokenized("Patients with bipolar disorders (BD) slept. BD was mild.");
  const said = {
    bipolar: [[3, 0.99]],
    disorders: [[4, 0.99]],
    BD: [
      [1, 0.6],
      [0, 0.7],
    ],
  } as const;
  expect(names(text, evidence(text, said))).toEqual(["bipolar disorders Disease", "BD Disease", "BD Disease"]);
});

test("an abbreviation of what is no name is no name", () => {
  const text = tokenized("Left ventricular developed pressure (LVDP) fell. LVDP rose.");
  expect(
    names(
      text,
      evidence(text, {
        LVDP: [
          [1, 0.7],
          [3, 0.6],
        ],
      }),
    ),
  ).toEqual([]);
});

test("log-probabilities stay normalised, are left alone where nothing is said twice, and the given ones are not touched", () => {
  const vocabulary = fc.constantFrom("aspirin", "Aspirin", "pain", "heart failure (HF)", "HF", "and", ".", "5");
  fc.assert(
    fc.property(
      fc.array(vocabulary, { minLength: 1, maxLength: 25 }),
      fc.infiniteStream(fc.double({ min: 0.01, max: 0.99, noNaN: true })),
      (words, chances) => {
        const text = tokenized(words.join(" "));
        const given = Float32Array.from(
          text.words.slice(1).flatMap(() => {
            const shares = Array.from({ length: L }, () => chances.next().value as number);
            const sum = shares.reduce((total, share) => total + share, 0);
            return shares.map((share) => Math.log(share / sum));
          }),
        );
        const before = given.slice();
        const shared = withSharedEvidence(text, given, TYPES.length);
        expect(given).toEqual(before);
        for (let at = 0; at < shared.length; at += L)
          expect(shared.subarray(at, at + L).reduce((sum, log) => sum + Math.exp(log), 0)).toBeCloseTo(1, 4);
        const spelt = text.words
          .slice(1)
          .map((_, word) => text.text.slice(text.starts[word], text.ends[word]).toLowerCase());
        for (const [word, name] of spelt.entries()) {
          if (name === "hf" || (spelt.filter((other) => other === name).length > 1 && /\p{L}/u.test(name))) continue;
          expect(shared.subarray(word * L, (word + 1) * L)).toEqual(given.subarray(word * L, (word + 1) * L));
        }
      },
    ),
  );
});

test("no words, nothing to share", () => {
  expect(withSharedEvidence(tokenized(""), new Float32Array(0), 2)).toEqual(new Float32Array(0));
});

test("a hyphen behind a name is no part of it, a letter with its hyphen before it is, and function words are no names", () => {
  const text = tokenized("Digitalis-induced fits in T-bet mice, all by in and m-cresol.");
  const said = {
    Digitalis: [[1, 0.99]],
    "-": [
      [2, 0.9],
      [0, 0.9],
      [2, 0.9],
    ],
    fits: [[3, 0.99]],
    bet: [[3, 0.9]],
    in: [
      [0, 0.99],
      [1, 0.99],
    ],
    m: [[1, 0.9]],
    cresol: [[0, 0.99]],
  } as const;
  // "in" is said twice, so half of its second reading is the first's; both readings say so here.
  const sure = {
    ...said,
    in: [
      [1, 0.99],
      [1, 0.99],
    ],
  } as const;
  for (const one of [said, sure])
    expect(names(text, evidence(text, one))).toEqual(["Digitalis Chemical", "fits Disease", "T-bet Disease"]);
});

test("a name goes on over a hyphen into capitals and figures, but not into a word or another name", () => {
  const text = tokenized("Z-IETD-FMK and CA19-9 but not Cisplatin-Induced pain; CD4-CD8.");
  const said = {
    Z: [[1, 0.99]],
    IETD: [[0, 0.99]],
    CA19: [[1, 0.99]],
    Cisplatin: [[1, 0.99]],
    pain: [[3, 0.99]],
    CD4: [[1, 0.99]],
    CD8: [[1, 0.99]],
  } as const;
  expect(names(text, evidence(text, said))).toEqual([
    "Z-IETD-FMK Chemical",
    "CA19-9 Chemical",
    "Cisplatin Chemical",
    "pain Disease",
    "CD4 Chemical",
    "CD8 Chemical",
  ]);
});
