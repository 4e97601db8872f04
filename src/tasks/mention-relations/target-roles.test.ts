/** Who is called an inhibitor of a target is one, and the neighbours in the sentence are not by that. */
import { expect, test } from "vitest";
import { splitSentences } from "../../corpora/sentences.ts";
import { found } from "./found.fixture.ts";
import { READER_SCHEMES } from "./schemes.ts";
import { targetRoles } from "./target-roles.ts";

const scheme = READER_SCHEMES["drug-target"]!;

/** @param names chemicals, then the target after a bar: "celecoxib, ibuprofen | COX-2" */
function rolesOf(text: string, names: string, asked = scheme) {
  const [chemicals, target] = names.split(" | ") as [string, string];
  const all = [...chemicals.split("; ").map((name) => [name, "Chemical"] as const), [target, "Gene"] as const];
  const mentions = all.map(([name, type]) => found(text, name, type));
  mentions.sort((a, b) => a.start - b.start);
  const roles = targetRoles({
    document: { passages: [{ kind: "abstract", text }] },
    mentions,
    sentences: [splitSentences(text)],
  });
  const tail = mentions.findIndex(({ text: name, type }) => name === target && type === "Gene");
  return Object.fromEntries(
    mentions.flatMap(({ text: name, type }, head) => {
      if (type !== "Chemical") return [];
      const places = [[head, tail] as const];
      return [[name, roles.isOthers(asked, places) ? "other's" : (roles.said(asked, places)?.labels[0] ?? "open")]];
    }),
  );
}

test.each([
  [
    "The incidence of ulcers was lower with celecoxib, a COX-2 specific inhibitor, than with ibuprofen.",
    "celecoxib; ibuprofen | COX-2",
    { celecoxib: "inhibitor", ibuprofen: "other's" },
  ],
  [
    "Clozapine and itraconazole, a potent CYP3A4 inhibitor, were given.",
    "Clozapine; itraconazole | CYP3A4",
    { Clozapine: "other's", itraconazole: "inhibitor" },
  ],
  [
    "Venetoclax (BCL-2 inhibitor), bendamustine and everolimus were tested.",
    "Venetoclax; bendamustine; everolimus | BCL-2",
    { Venetoclax: "inhibitor", bendamustine: "other's", everolimus: "other's" },
  ],
  [
    "Cough was induced by ACE inhibitors, and ACE inhibitors, a TXA2 synthetase inhibitor, ozagrel, and water were given.",
    "ACE inhibitors; ozagrel | TXA2 synthetase",
    { "ACE inhibitors": "other's", ozagrel: "inhibitor" },
  ],
  [
    "The effects of the AT1 receptor blockers (ARB) candesartan; irbesartan; and losartan were studied.",
    "candesartan; irbesartan; losartan | AT1",
    { candesartan: "antagonist", irbesartan: "antagonist", losartan: "antagonist" },
  ],
  [
    "Two sodium channel activators, veratrine and aconitine, were tried.",
    "veratrine; aconitine | sodium channel",
    { veratrine: "activator", aconitine: "activator" },
  ],
  [
    "Arthritis is treated with paracetamol or specific inhibitors of COX-2.",
    "paracetamol | COX-2",
    { paracetamol: "other's" },
  ],
  ["SP1 and S3226, both specific inhibitors of NHE3, did it.", "S3226 | NHE3", { S3226: "open" }],
  [
    "Naproxen with misoprostol is an alternative to selective COX-2 inhibitors.",
    "misoprostol | COX-2",
    { misoprostol: "other's" },
  ],
  ["Sirolimus followed calcineurin inhibitor withdrawal.", "Sirolimus | calcineurin", { Sirolimus: "other's" }],
  [
    "Ritonavir is a CYP3A4 inhibitor, CYP2D6 inhibitor and antiviral.",
    "Ritonavir | CYP3A4",
    { Ritonavir: "inhibitor" },
  ],
  ["Fenoldopam acted. A MAP kinase inhibitor blocked it.", "Fenoldopam | MAP kinase", { Fenoldopam: "other's" }],
  ["A MAP kinase inhibitor [KIO-100] blocked it.", "KIO-100 | MAP kinase", { "KIO-100": "inhibitor" }],
  [
    "The AMPK inhibitor compound C or the GSK3 inhibitor SB216763 blocked it.",
    "SB216763 | AMPK",
    { SB216763: "other's" },
  ],
  [
    "Others enhance sensitivity, as biguanides do, or need less insulin like the alpha-glucosidase inhibitors.",
    "biguanides | alpha-glucosidase",
    { biguanides: "other's" },
  ],
  ["Zolmitriptan is a selective 5-HT1B receptor agonist.", "Zolmitriptan | 5-HT1B", { Zolmitriptan: "agonist" }],
  [
    "Cisplatin resistance fell with the AKT inhibitor capivasertib (AZD5363).",
    "Cisplatin; capivasertib; AZD5363 | AKT",
    { Cisplatin: "other's", capivasertib: "inhibitor", AZD5363: "inhibitor" },
  ],
  [
    "The AT1 antagonists losartan, irbesartan and candesartan but not enalapril did.",
    "losartan; irbesartan; candesartan; enalapril | AT1",
    { losartan: "antagonist", irbesartan: "antagonist", candesartan: "antagonist", enalapril: "other's" },
  ],
  [
    "Rosuvastatin (ZD4522), an HMG-CoA reductase inhibitor, was added to niacin.",
    "Rosuvastatin; ZD4522; niacin | HMG-CoA reductase",
    { Rosuvastatin: "inhibitor", ZD4522: "inhibitor", niacin: "other's" },
  ],
  [
    "Enalkiren, a potent dipeptide renin inhibitor, lowered pressure.",
    "Enalkiren; dipeptide | renin",
    { Enalkiren: "inhibitor", dipeptide: "open" },
  ],
  [
    "Bendroflumethiazide was compared with an ACE inhibitor.",
    "Bendroflumethiazide | ACE",
    { Bendroflumethiazide: "other's" },
  ],
  [
    "Glipizide combined with an alpha-glucosidase inhibitor lowered glucose.",
    "Glipizide | alpha-glucosidase",
    { Glipizide: "other's" },
  ],
  [
    "Half of them took the combination of an ACE inhibitor, digoxin, and furosemide.",
    "digoxin; furosemide | ACE",
    { digoxin: "other's", furosemide: "other's" },
  ],
  ["Pain was treated with a COX-2 inhibitor, celecoxib, in both groups.", "celecoxib | COX-2", { celecoxib: "open" }],
  [
    "A proton pump inhibitor (PPI) alone (omeprazole 20 mg) failed.",
    "omeprazole | proton pump",
    { omeprazole: "open" },
  ],
  ["Discovery of a quinazoline-based Aurora kinase inhibitor.", "quinazoline | Aurora kinase", { quinazoline: "open" }],
  [
    "In contrast to NMDA receptor antagonists, perampanel spares memory.",
    "perampanel | NMDA receptor",
    { perampanel: "other's" },
  ],
  [
    "Gemcitabine and navitoclax, a small molecule inhibitor of BCL-2, were given.",
    "Gemcitabine; navitoclax | BCL-2",
    { Gemcitabine: "other's", navitoclax: "inhibitor" },
  ],
  [
    "Inhibition of COX-2 with rofecoxib harms the stomach less than ibuprofen.",
    "rofecoxib; ibuprofen | COX-2",
    { rofecoxib: "inhibitor", ibuprofen: "other's" },
  ],
  [
    "Inhibition of COX-2 with rofecoxib was seen. Ibuprofen was studied later.",
    "rofecoxib; Ibuprofen | COX-2",
    { rofecoxib: "inhibitor", Ibuprofen: "open" },
  ],
  ["Paroxetine is not a CYP3A4 inhibitor.", "Paroxetine | CYP3A4", { Paroxetine: "open" }],
  [
    "Antacids, alginates and H2 antagonists were used.",
    "Antacids; alginates | H2",
    { Antacids: "other's", alginates: "other's" },
  ],
  [
    "Finasteride and alpha 1-adrenoceptor antagonists (e.g. doxazosin, prazosin) relieve symptoms.",
    "Finasteride; doxazosin; prazosin | alpha 1-adrenoceptor",
    { Finasteride: "other's", doxazosin: "antagonist", prazosin: "antagonist" },
  ],
  ["Metformin, DPP-4 inhibitors, and insulin were compared.", "Metformin | DPP-4", { Metformin: "other's" }],
  [
    "Celecoxib and rofecoxib, COX-2 inhibitors, were compared.",
    "Celecoxib; rofecoxib | COX-2",
    { Celecoxib: "open", rofecoxib: "open" },
  ],
])("%s", (text, names, wanted) => {
  expect(rolesOf(text, names)).toEqual(wanted);
});

test("of a user's own scheme nothing is known", () => {
  const own = { ...scheme, name: "changes-expression", relations: ["raises", "lowers"] };
  const text = "Everolimus and itraconazole, a CYP3A4 inhibitor, were given.";
  expect(rolesOf(text, "Everolimus; itraconazole | CYP3A4", own)).toEqual({ Everolimus: "open", itraconazole: "open" });
});
