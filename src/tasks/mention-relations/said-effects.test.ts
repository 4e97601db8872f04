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
  ["Angioedema due to captopril was reversible.", "Angioedema Disease; captopril Chemical"],
  ["Hepatic failure associated with the use of felbamate.", "Hepatic failure Disease; felbamate Chemical"],
  ["Verapamil use has been associated with an increased risk of cleft lip.", "Verapamil Chemical; cleft lip Disease"],
  ["Nitroglycerine is known to induce a headache.", "Nitroglycerine Chemical; headache Disease"],
  ["Dasatinib may cause hemorrhagic colitis.", "Dasatinib Chemical; hemorrhagic colitis Disease"],
  ["Carvedilol-treated patients had more dizziness.", "Carvedilol Chemical; dizziness Disease"],
  ["Common adverse events (≥5%) with tramadol included nausea.", "tramadol Chemical; nausea Disease"],
  ["ASA induces several low-incidence malformations.", "ASA Chemical; malformations Disease"],
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
  ["Status epilepticus due to gabapentin withdrawal.", "Status epilepticus Disease; gabapentin Chemical"],
  ["Anemia associated with iron deficiency was common.", "Anemia Disease; iron Chemical"],
  ["MEDNIK is a disorder associated with defective copper metabolism.", "MEDNIK Disease; copper Chemical"],
  ["Statins were associated with a reduced incidence of stroke.", "Statins Chemical; stroke Disease"],
  ["Clonidine produces less hypotension.", "Clonidine Chemical; hypotension Disease"],
  ["The side effects of tramadol were not nausea.", "tramadol Chemical; nausea Disease"],
  ["There were no adverse events with tramadol and included were nausea.", "tramadol Chemical; nausea Disease"],
  ["Aspirin in patients with stress-induced ulcer.", "Aspirin Chemical; ulcer Disease"],
  ["Valsartan and caffeine-induced hypertension.", "Valsartan Chemical; caffeine Chemical; hypertension Disease"],
])("not said: %s", (text, names) => {
  expect(isSaid(text, names)).toBe(false);
});
