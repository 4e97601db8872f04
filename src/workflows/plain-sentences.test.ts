/** What anybody tries first: sentences that say it outright are printed at the defaults, and the same names where nothing is said are not. */
import { expect, test } from "vitest";
import { extract } from "./extract.ts";

const STATED: readonly (readonly [title: string, text: string, drug: string, disease: string])[] = [
  [
    "Cisplatin-induced acute renal failure.",
    "Two patients developed acute renal failure within ten days of cisplatin.",
    ...(["Cisplatin", "acute renal failure"] as const),
  ],
  [
    "Vancomycin nephrotoxicity.",
    "Acute kidney injury occurred in 12 of 80 patients given vancomycin.",
    ...(["Vancomycin", "Acute kidney injury"] as const),
  ],
  [
    "Amiodarone lung.",
    "Amiodarone-induced pulmonary fibrosis was confirmed by biopsy.",
    "Amiodarone",
    "pulmonary fibrosis",
  ],
  ["A case report.", "Indomethacin caused hypotension in six of ten rats.", "Indomethacin", "hypotension"],
  [
    "Drug-induced liver injury.",
    "Isoniazid is a well known cause of hepatotoxicity.",
    ...(["Isoniazid", "hepatotoxicity"] as const),
  ],
  [
    "Tardive dyskinesia after metoclopramide.",
    "We report three women who developed tardive dyskinesia while taking metoclopramide for nausea.",
    ...(["metoclopramide", "Tardive dyskinesia"] as const),
  ],
];
const NOT_STATED: readonly (readonly [title: string, text: string])[] = [
  ["Gonococcal conjunctivitis: a case report.", "She was treated successfully with intramuscular ceftriaxone."],
  ["Aspirin and cancer.", "Aspirin intake was associated with a 7% risk reduction of prostate cancer."],
  ["Spasticity.", "Twelve patients with severe spasticity were treated with intrathecal baclofen."],
  ["Clonidine with mepivacaine.", "No side effects (sedation, drowsiness, bradycardia) were reported after clonidine."],
  ["Verapamil in old rats.", "Verapamil effectively prevented the development of cognitive impairment."],
];

const documentOf = (title: string, text: string, id: number) => ({
  ...{ id: String(id), source: "test" },
  passages: [
    { kind: "title" as const, text: title },
    { kind: "abstract" as const, text },
  ],
});

async function printed(
  texts: readonly (readonly [title: string, text: string])[],
  scheme = "chemical-disease",
): Promise<string[][]> {
  const documents = texts.map(([title, text], id) => documentOf(title, text, id));
  const found: string[][] = [];
  for await (const { relations } of extract(documents, { scheme }))
    found.push(relations.map(({ head, tail }) => `${head.text} → ${tail.text}`.toLowerCase()));
  return found;
}

test("what a sentence says outright is printed", async () => {
  const found = await printed(STATED.map(([title, text]) => [title, text]));
  for (const [at, [, , drug, disease]] of STATED.entries())
    expect(found[at]).toContain(`${drug} → ${disease}`.toLowerCase());
});

test("of two drugs each has its own places, whichever the text names first, and the evidence is what does not deny it", async () => {
  const document = documentOf(
    "Interactions of esomeprazole.",
    "Esomeprazole did not interact with clarithromycin in a first study. Clarithromycin increased the plasma concentrations of esomeprazole by 70 %.",
    1,
  );
  for await (const { relations } of extract([document], { scheme: "drug-drug", threshold: 0 })) {
    const found = relations.find(({ head, tail }) => head.spans.length > 1 && tail.spans.length > 1)!;
    const at = ({ passage, start, end }: { passage: number; start: number; end: number }) =>
      document.passages[passage]!.text.slice(start, end).toLowerCase();
    expect(found.head.spans.map(at)).toEqual(["clarithromycin", "clarithromycin"]);
    expect(new Set(found.tail.spans.map(at))).toEqual(new Set(["esomeprazole"]));
    expect(found.evidence!.text).toMatch(/^Clarithromycin increased/);
  }
  expect.assertions(3);
});

test("a remedy, a lower risk and absent side effects are no cause", async () => {
  expect(await printed(NOT_STATED)).toEqual(NOT_STATED.map(() => []));
});

test("who is called an inhibitor of a target is printed, and the neighbours in the sentence are not", async () => {
  const texts = [
    ["Kidney recipients.", "The mTOR inhibitor everolimus was compared with tacrolimus in kidney recipients."],
    ["Ulcers.", "The incidence of ulcers was lower with celecoxib, a COX-2 specific inhibitor, than with ibuprofen."],
    ["Drug levels.", "Midazolam was given with itraconazole, a potent CYP3A4 inhibitor."],
  ] as const;
  const wanted = [["everolimus → mtor"], ["celecoxib → cox-2"], ["itraconazole → cyp3a4"]];
  expect(await printed(texts, "drug-target")).toEqual(wanted);
});
