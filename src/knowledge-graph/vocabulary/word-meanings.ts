/**
 * Words of the field that mean the same in names, as one: "renal carcinoma" is "kidney cancer", "inherited" is "familial", "hypotensive" is "hypotension".
 *
 * The classes were chosen on the training and development parts of the NCBI disease corpus and BC5CDR. Crude stems stand for the other words; both
 * sides of a comparison get the same, so only words that meet wrongly cost something, and such names rank below those that are equal without this.
 */
import { contentWords, foldToken } from "./folding.ts";

const CLASSES: readonly string[] = [
  "cancer carcinoma tumor neoplasm neoplasia malignancy",
  "disease disorder syndrome illness",
  "abnormality anomaly malformation defect deformity",
  "impairment dysfunction disturbance",
  "injury trauma",
  "toxicity poisoning intoxication toxic",
  "deficiency deficient deficit",
  "hereditary inherited familial genetic heritable",
  "congenital inborn",
  "failure insufficiency",
  "bleeding hemorrhage hemorrhagic",
  "fever pyrexia",
  "convulsion seizure",
  "hypersensitivity allergy allergic",
  "paralysis palsy",
  "pain ache",
  "enlargement hypertrophy",
  "swelling edema",
  "stroke apoplexy",
  "itching pruritus",
  "kidney renal",
  "liver hepatic",
  "heart cardiac",
  "lung pulmonary",
  "prostate prostatic",
  "stomach gastric",
  "brain cerebral",
  "eye ocular",
  "skin cutaneous dermal",
  "breast mammary",
  "colon colonic",
  "ovary ovarian",
  "uterus uterine",
  "esophagus esophageal",
  "pancreas pancreatic",
  "testis testicular testes",
  "bone osseous",
  "muscle muscular",
  "nerve neural",
  "thymus thymic",
  "intestine intestinal bowel",
  "vein venous",
  "artery arterial",
  "vessel vascular",
  "spine spinal",
  "retina retinal",
  "cornea corneal",
  "gonad gonadal",
  "cervix cervical",
  "endometrium endometrial",
  "rectum rectal",
  "larynx laryngeal",
  "mouth oral",
  "tooth dental teeth",
  "nose nasal",
  "mental psychiatric",
  "infant infantile",
  "nutrition nutritional",
];

const REPRESENTATIVES: ReadonlyMap<string, string> = new Map(
  CLASSES.flatMap((words) => {
    const folded = words.split(" ").map(foldToken);
    return folded.map((word) => [word, folded[0]!] as const);
  }),
);

/** Endings that tell a noun from its adjective, longest first, and what stands for them. */
const ENDINGS: readonly (readonly [ending: RegExp, stem: string])[] = [
  [/(?:os|otic)$/, "o"],
  [/(?:es|etic)$/, "e"],
  [/emi[ac]$/, "em"],
  [/ens(?:ion|iv)$/, "ens"],
  [/(?:ical|ic|ia|iti|al|ou|ity|ion|iv|y|a)$/, ""],
  [/(?<=\w{5})(?:ed|ing)$/, ""],
];
/** A stem keeps as many letters. */
const SHORTEST_STEM = 4;

/** Of the first part of compounds: what it is Greek or Latin for. */
const ROOTS: Readonly<Record<string, string>> = {
  nephro: "kidney",
  hepato: "liver",
  cardio: "heart",
  encephalo: "brain",
  retino: "retina",
  ophthalmo: "eye",
  dermato: "skin",
  osteo: "bone",
  entero: "intestine",
  vasculo: "vessel",
};
/** Of the second part: words that say that something is wrong with it. */
const COMPOUND = /^([a-z]+o)(pathy|pathic|toxicity|toxic|megaly)$/;
const SECOND_PARTS: Readonly<Record<string, string>> = {
  pathy: "disease",
  pathic: "disease",
  toxicity: "toxicity",
  toxic: "toxicity",
  megaly: "enlargement",
};

/** What a folded word means: its class, or its stem; of a compound that is known, of both parts. */
export function meaningsOfWord(folded: string): readonly string[] {
  const [, root = "", second = ""] = COMPOUND.exec(folded) ?? [];
  const first = ROOTS[root];
  if (first !== undefined) return [meaningOf(foldToken(first)), meaningOf(foldToken(SECOND_PARTS[second]!))];
  return [meaningOf(folded)];
}

function meaningOf(folded: string): string {
  const representative = REPRESENTATIVES.get(folded);
  if (representative !== undefined) return representative;
  if (folded.length <= SHORTEST_STEM) return folded;
  for (const [ending, stem] of ENDINGS) {
    const at = folded.search(ending);
    if (at >= SHORTEST_STEM) return folded.slice(0, at) + stem;
  }
  return folded;
}

/** Of a name's folded words, stop words left out. */
export function meaningsOf(folded: readonly string[]): string[] {
  return contentWords(folded).flatMap(meaningsOfWord);
}

/** Meanings that say only that something is wrong: "renal damage" may be a kidney disease. */
const TROUBLE: ReadonlySet<string> = new Set(
  "disease abnormality impairment injury damage toxicity failure lesion complication problem condition"
    .split(" ")
    .map((word) => meaningOf(foldToken(word))),
);

export function isTrouble(meaning: string): boolean {
  return TROUBLE.has(meaning);
}
