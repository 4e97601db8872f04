/** Effects that a text states in so many words; not what it asks, denies, or only calls harm. */
import { expect, test } from "vitest";
import { splitSentences } from "../../corpora/sentences.ts";
import { found } from "./found.fixture.ts";
import { saidEffects } from "./said-effects.ts";

/** @param names the names in the text's order, chemicals in capitals at their types' place: "gentamicin Chemical; renal failure Disease" */
function isSaid(text: string, names: string): boolean {
  const mentions = names.split("; ").map((name) => {
    const [, words, type] = /^(.+) (Chemical|Disease)$/.exec(name)!;
    return found(text, words!, type!);
  });
  const said = saidEffects({
    document: { passages: [{ kind: "abstract", text }] },
    mentions,
    sentences: [splitSentences(text)],
  });
  return said(
    mentions.findIndex(({ type }) => type === "Chemical"),
    mentions.findLastIndex(({ type }) => type === "Disease"),
  );
}

test.each([
  ["Six had gentamicin-induced acute renal failure.", "gentamicin Chemical; acute renal failure Disease"],
  ["Lithium (Li)-induced severe polyuria was seen.", "Lithium Chemical; polyuria Disease"],
  ["Lisinopril caused a dry cough.", "Lisinopril Chemical; cough Disease"],
  ["Rhabdomyolysis induced by simvastatin is rare.", "Rhabdomyolysis Disease; simvastatin Chemical"],
  ["Catalepsy was partially caused by high-dose haloperidol.", "Catalepsy Disease; haloperidol Chemical"],
  ["Ondansetron did not help. It is cisplatin-induced vomiting.", "cisplatin Chemical; vomiting Disease"],
])("said: %s", (text, names) => {
  expect(isSaid(text, names)).toBe(true);
});

test.each([
  ["Doxorubicin-induced cardiotoxicity was studied.", "Doxorubicin Chemical; cardiotoxicity Disease"],
  ["METH-induced brain damage was studied.", "METH Chemical; brain damage Disease"],
  ["Propranolol did not cause depression.", "Propranolol Chemical; depression Disease"],
  ["It is not known whether aspirin causes asthma.", "aspirin Chemical; asthma Disease"],
  ["No lithium-induced tremor was seen.", "lithium Chemical; tremor Disease"],
  ["Cisplatin was given and caused no vomiting.", "Cisplatin Chemical; vomiting Disease"],
  ["Aspirin in patients with stress-induced ulcer.", "Aspirin Chemical; ulcer Disease"],
  ["Valsartan and caffeine-induced hypertension.", "Valsartan Chemical; caffeine Chemical; hypertension Disease"],
])("not said: %s", (text, names) => {
  expect(isSaid(text, names)).toBe(false);
});
