/** What a sentence says of a drug and a disease: remedy, cause, or neither. */
import { expect, test } from "vitest";
import { splitSentences } from "../../corpora/sentences.ts";
import { found } from "./found.fixture.ts";
import { remedyPairs, remedyVerdict } from "./remedy-pairs.ts";

function verdict(sentence: string): string {
  const place = (mark: RegExp): { start: number; end: number } => {
    const { index, 0: words } = mark.exec(sentence)!;
    return { start: index, end: index + words.length };
  };
  return remedyVerdict(sentence, place(/DRUG/), place(/ILLNESS/));
}

test.each([
  "The hyperalgesia was prevented, and DRUG attenuated remifentanil-induced ILLNESS.",
  "DRUG was associated with a reduction in the incidence of ILLNESS.",
  "ILLNESS is significantly attenuated by a bolus of DRUG.",
  "DRUG may play a role in reducing long-term mortality and ILLNESS.",
  "DRUG: a remedy for inhibitor-induced ILLNESS.",
  "Treatment of severe ILLNESS with DRUG was safe.",
  "ILLNESS was successfully treated with DRUG in all.",
  "DRUG for the prevention of ILLNESS after surgery.",
  "He had ILLNESS, which stopped when lidocaine was withdrawn and DRUG was given.",
  "ILLNESS after spinal cord injury: treatment with ergotamine and DRUG.",
  "ILLNESS resolved more frequently during DRUG treatment.",
  "She was admitted with ILLNESS and managed aggressively with DRUG and other drugs.",
  "Two patients, who had ILLNESS under another drug, were successfully treated with DRUG.",
  "High doses of DRUG became the standard of care for acute ILLNESS.",
  "We studied the role of DRUG in patients with type 2 ILLNESS.",
  "Long-term DRUG effectively prevents development of streptozotocin-induced ILLNESS.",
  "DRUG intake was associated with a 7.0% risk reduction of ILLNESS.",
  "It was the daily dose of DRUG that was associated with reduced ILLNESS incidence.",
  "Epidural, not intravenous, DRUG inhibits pruritus, nausea, and ILLNESS.",
  "ILLNESS was partially prevented when DRUG was administered before.",
  "Twelve patients with severe ILLNESS following brain injury were treated with continuous infusion of DRUG.",
  "We assessed the preventive effects of a combination of DRUG, heparin and others on radiation-induced ILLNESS.",
  "The hepatoprotective role of DRUG against paracetamol ILLNESS was studied.",
  "DRUG is useful in reducing the unwanted effects of another drug's ILLNESS.",
  "DRUG led to an improvement in aggression and restlessness associated with ILLNESS.",
  "DRUG for early ILLNESS after trauma (RR, 0.4).",
  "A case of ILLNESS: efficacy of oral DRUG.",
  "A boy with ILLNESS caused by a fungus, with complete response to liposomal DRUG, is reported.",
  "The antihyperalgesic effects of DRUG on high-dose opioid-induced ILLNESS were compared.",
  "More of those under DRUG than under placebo had ILLNESS relief after two hours.",
  "The incidence of ILLNESS was significantly reduced after DRUG as compared with morphine.",
  "DRUG was able to reduce chronic pain, the total consumption of morphine and the occurrence of ILLNESS.",
  "ILLNESS in children with pumps: the effect of prophylactic intravenous DRUG.",
  "DRUG treatment was associated with a marked decrease in attacks of ILLNESS.",
  "DRUG did reduce the cumulative occurrence of ILLNESS.",
  "ILLNESS improved 40% to 60% for DRUG-treated subjects and less in the others.",
])("against: %s", (sentence) => {
  expect(verdict(sentence)).toBe("against");
});

test.each([
  "DRUG-induced ILLNESS was prevented by another drug.",
  "In DRUG (DG)-induced nephropathy antioxidants were significantly reducing the ILLNESS.",
  "DRUG, given to treat infections, caused ILLNESS.",
  "ILLNESS developed in two of those given DRUG.",
  "He had ILLNESS, which stopped when DRUG was withdrawn and diazepam was given.",
  "ILLNESS resolved after withdrawal of DRUG.",
  "DRUG protects the stomach but increases the risk of ILLNESS.",
  "ILLNESS developed after prolonged treatment with DRUG.",
  "DRUG reduced appetite and caused ILLNESS.",
])("causes: %s", (sentence) => {
  expect(verdict(sentence)).toBe("causes");
});

test.each([
  "ILLNESS in patients treated with DRUG.",
  "Improvement of ILLNESS after withdrawal of DRUG.",
  "After cessation of DRUG treatment relieved the ILLNESS.",
  "DRUG and ILLNESS.",
  "We gave DRUG where excretion was induced by exercise in ILLNESS.",
  "ILLNESS during treatment with DRUG.",
  "The protective effects of vitamin E against DRUG ILLNESS were studied.",
  "The odds ratio of DRUG for ILLNESS was 3.1.",
  "The antiepileptic effects of DRUG on adults with ILLNESS were studied.",
])("neither: %s", (sentence) => {
  expect(verdict(sentence)).toBe("nothing");
});

const text =
  "Doxorubicin caused cardiomyopathy. Dexrazoxane given before protected the heart. Dexrazoxane is a chelator. She was treated successfully with carvedilol.";
const mention = (name: string, type: string, from = 0) => found(text, name, type, from);
const mentions = [
  mention("Doxorubicin", "Chemical"),
  mention("cardiomyopathy", "Disease"),
  mention("Dexrazoxane", "Chemical"),
  mention("Dexrazoxane", "Chemical", 60),
  mention("carvedilol", "Chemical"),
];
const document = { passages: [{ kind: "abstract" as const, text }] };
const isRemedy = remedyPairs({ document, mentions, sentences: [splitSentences(text)] });
const pair = (places: readonly (readonly [number, number])[], tail = "Disease") => {
  const scheme = { name: "own", head: "Chemical", tail, relations: ["causes"], symmetric: false, scope: "document" };
  return { scheme, probabilities: [0.9], places } as const;
};

test("a protector's own sentence counts where none names both; a cause stays one; other schemes are left alone", () => {
  expect(isRemedy(pair([[2, 1]]) as never)).toBe(true);
  expect(isRemedy(pair([[3, 1]]) as never)).toBe(false);
  expect(isRemedy(pair([[4, 1]]) as never)).toBe(true);
  expect(isRemedy(pair([[0, 1]]) as never)).toBe(false);
  expect(isRemedy(pair([[2, 1]], "Gene") as never)).toBe(false);
});
