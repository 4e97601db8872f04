import fc from "fast-check";
import { expect, test } from "vitest";
import { statementQuestion } from "./statement-question.ts";

const MADE: readonly (readonly [statement: string, question: string, answer: "yes" | "no"])[] = [
  ["Aspirin does not reduce mortality in sepsis.", "Does aspirin reduce mortality in sepsis?", "no"],
  ["Statin use is associated with myopathy", "Is statin use associated with myopathy?", "yes"],
  ["Vitamin D improves bone density in women", "Does vitamin D improve bone density in women?", "yes"],
  [
    "Nifedipine and diltiazem reduce cardiac events: a trial",
    "Do nifedipine and diltiazem reduce cardiac events?",
    "yes",
  ],
  ["ATC was equivalent to PSV in predicting outcome.", "Is ATC equivalent to PSV in predicting outcome?", "yes"],
  [
    "In conclusion, we found that in elderly women, music had no significant effect on sleep quality, but it helped.",
    "Does music have an effect on sleep quality in elderly women?",
    "no",
  ],
  [
    "There was no significant difference in mortality between aspirin and placebo.",
    "Is there a difference in mortality between aspirin and placebo?",
    "no",
  ],
  [
    "No interaction was found between aspirin and propranolol",
    "Is there an interaction between aspirin and propranolol?",
    "no",
  ],
  ["Lack of association between ADRA2B and migraine", "Is there an association between ADRA2B and migraine?", "no"],
  ["Failure of aspirin to reduce fever in mice", "Does aspirin reduce fever in mice?", "no"],
  ["There is no evidence that vitamin A improves recovery", "Does vitamin A improve recovery?", "no"],
  ["Skin pigmentation was unaffected by topical aspirin", "Is skin pigmentation affected by topical aspirin?", "no"],
  [
    "Neither aspirin nor placebo changed the mean temperature",
    "Does aspirin or placebo change the mean temperature?",
    "no",
  ],
  ["cAMP lacks effects on muscle growth", "Does cAMP have effects on muscle growth?", "no"],
];

test.each(MADE)("%s", (statement, question, answer) => {
  expect(statementQuestion(statement)).toEqual({ question, answer });
});

test("what is no statement, hedged, of other text or about the study is refused", () => {
  for (const text of [
    "",
    "Effects of aspirin on mortality in sepsis",
    "Increased expression of p53 in patients treated with aspirin",
    "Aspirin may reduce mortality in sepsis",
    "It was associated with a lower mortality in sepsis",
    "These findings have implications for the treatment of sepsis",
    "Aspirin is not only safe but reduces mortality",
    "Further studies are needed to confirm the effect of aspirin",
    "Sequencing identifies mutations that cause sepsis",
    "Patients who received aspirin had a lower mortality",
    "Does aspirin reduce mortality in sepsis?",
  ])
    expect([text, statementQuestion(text)]).toEqual([text, undefined]);
});

test("in a title a participle is no verb", () => {
  const text = "Cell targeted heparin derivatives";
  expect(statementQuestion(text, undefined, { isTitle: true })).toBeUndefined();
});

test("a first word that is a name keeps its capital", () => {
  const text = "Warfarin reduces the risk of stroke";
  expect(statementQuestion(text, (word) => word === "Warfarin")?.question).toBe(
    "Does Warfarin reduce the risk of stroke?",
  );
  expect(statementQuestion(text)?.question).toBe("Does warfarin reduce the risk of stroke?");
});

/** Words of the rules' own, so that random sentences reach every branch. */
const words = fc.constantFrom(
  ..."aspirin Aspirin is are was not no There Lack of No Failure to reduce reduces reduced that we found , but ( ) : ; may neither nor has had had been in In the effect effects and evidence than".split(
    " ",
  ),
);

test("any text gives nothing, or a bounded question", () => {
  const sentences = fc.array(words, { maxLength: 40 }).map((parts) => parts.join(" "));
  fc.assert(
    fc.property(fc.oneof(sentences, fc.string({ unit: "grapheme" })), (text) => {
      const made = statementQuestion(text);
      if (made === undefined) return;
      expect(made.question).toMatch(/^\p{Lu}.*[^?]\?$/u);
      expect(["yes", "no"]).toContain(made.answer);
      expect(made.question.length).toBeLessThanOrEqual(text.length + 20);
    }),
    { numRuns: 2000 },
  );
});
