import fc from "fast-check";
import { expect, test } from "vitest";
import { sentenceAround, splitSentences } from "./sentences.ts";

const sentences = (text: string): string[] => splitSentences(text).map(({ start, end }) => text.slice(start, end));

/** A `|` stands where a sentence ends. */
const EXAMPLES: readonly string[] = [
  "Lithium was given to 12 patients. |None had seizures! |Did any relapse? |Two did.",
  "We tested E. coli and S. Typhimurium. |E. coli grew faster.",
  "Drugs (e.g. aspirin, i.e. Bayer's) were compared vs. Placebo in Fig. 2A. |They worked.",
  "As Smith et al. Reported in 2010, Smith et al. (2011) were right. |We follow Smith et al. |The method is new.",
  "The difference was significant (P < 0.05). |The dose was 0.5 mg/kg i.v. |Rats were killed.",
  "The dose was given p. o. twice daily, P < 0. 05 in 2010. |25 patients died.",
  "Patients had hepatitis C. |Most had cirrhosis. |Vitamin D. lowers risk.",
  "Approved by the U.S. Food and Drug Administration in the U.S. |The label changed.",
  "p53 was lost. |p53 and mRNA fell. |mRNA of miR-21 rose. |α-Synuclein was stable.",
  "It was toxic (in all cells. Even in controls). |The end.",
  'He called it "toxic." |The others did not.',
  "1. Introduction of the drug was slow. |2. Methods were few.",
  "BACKGROUND: One. |METHODS: Two.",
  "First line\n|Second line without a stop",
  "An open ( bracket is a slip. |The next sentence stands.",
  "Levels rose to 3.2 +/- 0.4 ng/ml vs. 1.1 ng/ml. |No change was seen in Bacillus sp. |The rest grew.",
  "Genes of Candida sp. Strain 4 were read.",
  "Cells were incubated for 30 min. |The medium was then removed. |It grew in the new strain. |This one was mixed with one vol. |We waited.",
  "The max. Dose was given at a temp. Of 37 degrees in vol. 3 of strain. K12.",
];

for (const example of EXAMPLES) {
  test(`splits: ${example.slice(0, 60)}`, () => {
    const expected = example.split("|").map((part) => part.trim());
    expect(sentences(example.replaceAll("|", ""))).toEqual(expected);
  });
}

test("spans are in order, do not overlap, and cover all text but white space", () => {
  const piece = fc.constantFrom(
    ". ",
    "? ",
    "(",
    ")",
    "[",
    "]",
    "\n",
    "e.g. ",
    "E. coli ",
    "0.5 ",
    "The ",
    "p53 ",
    '"',
    "\u00a0",
    "α",
    "𝛽 ",
    "...",
    "al. ",
  );
  fc.assert(
    fc.property(
      fc.array(fc.oneof(piece, fc.string({ unit: "grapheme", maxLength: 6 })), { maxLength: 60 }),
      (pieces) => {
        const text = pieces.join("");
        const spans = splitSentences(text);
        let last = 0;
        for (const { start, end } of spans) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(text.slice(last, start).trim()).toBe("");
          expect(text.slice(start, end)).toBe(text.slice(start, end).trim());
          last = end;
        }
        expect(text.slice(last).trim()).toBe("");
      },
    ),
    { numRuns: 500 },
  );
});

test("the sentence around a span, or the run of sentences that holds it", () => {
  const text = "One is here. Two is there. Three.";
  const spans = splitSentences(text);
  expect(sentenceAround(spans, { start: 14, end: 16 })).toEqual(spans[1]);
  expect(sentenceAround(spans, { start: 5, end: 20 })).toEqual({ start: 0, end: 26 });
  expect(sentenceAround(spans, { start: 12, end: 13 })).toBeUndefined();
});
