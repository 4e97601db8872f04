import fc from "fast-check";
import { expect, test } from "vitest";
import {
  CLEANING_RULES,
  type CleaningCounts,
  cleanText,
  isBoilerplateSection,
  normalizePunctuation,
  unbracketTitle,
} from "./cleaning.ts";

const rule = (name: string): typeof CLEANING_RULES => CLEANING_RULES.filter((candidate) => candidate.name === name);

const CASES: readonly (readonly [rule: string, from: string, to: string])[] = [
  ["markup", "Ca<sup>2+</sup> at 5 &lt; x &gt; 3 &#945; &unknown; <p>A</p>B", "Ca2+ at 5 < x > 3 α &unknown;  A B"],
  ["markup", "P<0.05 and n>3, a<b", "P<0.05 and n>3, a<b"],
  ["markup", "Significant at <p 0.01; men aged > 40 years fell.", "Significant at <p 0.01; men aged > 40 years fell."],
  ["markup", "Means (0.2 <b ≤0.4 and RR> 3) differed.", "Means (0.2 <b ≤0.4 and RR> 3) differed."],
  ["markup", 'See <a href="x?a=1" class=y>here</a > and <br/>there.', "See here and  there."],
  ["export-notes", "Statins reduce stroke.[see comment][comment]1807", "Statins reduce stroke."],
  ["export-notes", "What is the evidence?. [Review] [47 refs]", "What is the evidence?."],
  ["export-notes", "Wilson's disease: a report [German].", "Wilson's disease: a report."],
  ["export-notes", "It did not [corrected] improve. [References: 12]", "It did not improve."],
  ["export-notes", "Therapy.[erratum appears in Chest. 2005 Jan;127(1):416]. [Review] [179 refs]", "Therapy."],
  ["export-notes", "Benzo[a]pyrene and [3H]-thymidine [ISRCTN12]", "Benzo[a]pyrene and [3H]-thymidine [ISRCTN12]"],
  ["export-notes", "[Review]", "[Review]"],
  ["truncation-notice", "The end. (ABSTRACT TRUNCATED AT 250 WORDS)", "The end."],
  ["truncation-notice", "The end.(ABSTRACT TRUNCATED)", "The end."],
  [
    "truncation-notice",
    "A truncated protein (truncated at residue 250) was made.",
    "A truncated protein (truncated at residue 250) was made.",
  ],
  ["rights-statement", "It works. Copyright 2003 Wiley-Liss, Inc.", "It works."],
  ["rights-statement", "It works. © 2011 The Authors. Journal compilation © 2011 BSI.", "It works."],
  ["rights-statement", "It works. (c) 1999 Academic Press.", "It works."],
  ["rights-statement", "It works. Copyright © 2012 Elsevier B.V. All rights reserved.", "It works."],
  ["rights-statement", "It works. Published by Elsevier Ltd.", "It works."],
  ["rights-statement", "It works. This article is protected by copyright. All rights reserved.", "It works."],
  ["rights-statement", "It works. (PsycINFO Database Record (c) 2016 APA, all rights reserved).", "It works."],
  ["rights-statement", "It works. Copyright", "It works."],
  [
    "rights-statement",
    "Copyright law of 1998 in medicine is studied. We found much.",
    "Copyright law of 1998 in medicine is studied. We found much.",
  ],
  [
    "rights-statement",
    "(c) 40% of patients in 1998 and (d) the rest improved.",
    "(c) 40% of patients in 1998 and (d) the rest improved.",
  ],
  ["citations", "Shown before [1,2], [3-5] and [6].", "Shown before, and."],
  ["citations", "Shown before (1, 2) and (3–5). Known (7).", "Shown before and. Known."],
  ["citations", "We (1) saw, (2) won. In (12) mice (n = 3).", "We (1) saw, (2) won. In (12) mice (n = 3)."],
  ["citations", "It rose (Smith et al., 2010; Roe 2011) fast.", "It rose fast."],
  ["punctuation", "Alzheimer’s “disease” – a review — of ‘it’…", "Alzheimer's \"disease\" - a review - of 'it'..."],
  ["punctuation", "a ’\u200b’ b", 'a " b'],
  ["white-space", " A\u00a0b\u200b\u00adc\r\n d\u0007 e\u0301 ", "A bc d é"],
];
for (const [name, from, to] of CASES) {
  test(`${name}: ${from.slice(0, 60)}`, () => {
    const counts: CleaningCounts = {};
    expect(cleanText(from, rule(name), counts)).toBe(to);
    expect(counts[name]?.texts ?? 0).toBe(from === to ? 0 : 1);
  });
}

test("cleaning twice is cleaning once", () => {
  const piece = fc.constantFrom(
    "Copyright 2003 X. ",
    "(c) ",
    "<i>",
    "&lt;i&gt;",
    "(ABSTRACT TRUNCATED)",
    " ",
    "\u00a0",
    "A word. ",
    "[1]",
    "’",
    "\u200b",
    "\u1fef",
    "\u1ffd",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ unit: "grapheme", maxLength: 5 }))), (pieces) => {
      const rules = CLEANING_RULES.filter(({ name }) => name === "white-space" || name === "punctuation");
      const once = cleanText(pieces.join(""), rules, {});
      expect(cleanText(once, rules, {})).toBe(once);
      expect(once).toBe(once.trim());
      expect(once).not.toMatch(/\s\s/);
    }),
  );
});

test("normalized punctuation leaves other characters alone", () => {
  expect(normalizePunctuation("5 µg, β-cells ≥ 3 • ″")).toBe("5 µg, β-cells ≥ 3 • ″");
});

test("translated titles lose their brackets, others keep theirs", () => {
  expect(unbracketTitle("[Effects of [14C] X.]")).toBe("Effects of [14C] X.");
  expect(unbracketTitle("[Effects of X].")).toBe("Effects of X");
  expect(unbracketTitle("[3H]Thymidine and [14C]")).toBe("[3H]Thymidine and [14C]");
});

test("boilerplate headings are told from headings of science", () => {
  for (const label of [
    "Authors' contributions",
    "Competing interests",
    "ACKNOWLEDGEMENTS:",
    "Funding",
    "6. References",
  ]) {
    expect(isBoilerplateSection(label), label).toBe(true);
  }
  for (const label of ["Results", "Reference values", "Methods", "Consent", "", "Funding models compared"]) {
    expect(isBoilerplateSection(label), label).toBe(false);
  }
});
