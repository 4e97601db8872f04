/**
 * The relation schemes: what each relation task of BioGPT looks for, reads and writes, as plain records.
 *
 * Shared by training, extraction and evaluation. Facts are those of microsoft/BioGPT's recipes; see templates.ts for the
 * sentences and content.ts for the text.
 */

import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import { buildContent, type Content, type ContentSource } from "./content.ts";
import { chemicalDiseaseTemplates, interactionTemplates, type RelationTemplate } from "./templates.ts";

export type SchemeName = "chemical-disease" | "drug-drug" | "drug-target";

export interface RelationScheme {
  readonly name: string;
  /** The benchmark the scheme comes from: the name that `data import` and `evaluate` know. */
  readonly task: string;
  readonly headType: string;
  readonly tailType: string;
  /** The closed set of labels, lower-cased. */
  readonly relations: readonly string[];
  /** The form of the released recipe. */
  readonly template: RelationTemplate;
  /** Every form the scheme knows, by name, `template` included. */
  readonly templates: Readonly<Partial<Record<string, RelationTemplate>>>;
  /** Number of learned prompt tokens between source and target. */
  readonly learnedPrompt: number;
  readonly lowercase: boolean;
  /** Most source tokens of a window (fairseq's max_source_positions), `</s>` not counted. */
  readonly maxSourceTokens: number;
  /** Whether both arguments play the same role, so that (a, b) and (b, a) are one relation. */
  readonly symmetric: boolean;
  /** How the corpus writes arguments: as its texts do, or as a database does, so that few stand in the text as they are. */
  readonly names: "text" | "database";
  content(document: ContentSource): Content;
}

/** Label of BC5CDR's only relation: the chemical induces the disease. */
export const CHEMICAL_INDUCED_DISEASE = "chemical-induced disease";

const DRUG_DRUG_LABELS = ["mechanism", "effect", "advise", "int"] as const;

/** Every label of KD-DTI's validation and test files, lower-cased, and those that upstream's svo table names besides. */
const DRUG_TARGET_LABELS = [
  ...["inhibitor", "antagonist", "agonist", "activator", "modulator", "binder", "positive allosteric modulator"],
  ...["cofactor", "ligand", "inducer", "antibody", "negative modulator", "adduct", "blocker", "other", "product of"],
  ...["other/unknown", "chelator", "partial agonist", "allosteric modulator", "stimulator", "downregulator"],
  ...["potentiator", "cross-linking/alkylation", "substrate", "intercalation", "chaperone", "partial antagonist"],
  ...["multitarget", "enhancer", "suppressor", "weak inhibitor", "inverse agonist", "regulator", "unknown", "opener"],
  ...["binding", "cleavage", "disruption", "inactivator", "bind", "incorporation into and destabilization"],
  ...["desensitize the target", "protector"],
] as const;

const chemicalDisease = chemicalDiseaseTemplates(CHEMICAL_INDUCED_DISEASE);
const drugDrug = interactionTemplates(DRUG_DRUG_LABELS);
const drugTarget = interactionTemplates(DRUG_TARGET_LABELS);

export const RELATION_SCHEMES: Readonly<Record<SchemeName, RelationScheme>> = {
  "chemical-disease": {
    name: "chemical-disease",
    task: "bc5cdr",
    headType: "Chemical",
    tailType: "Disease",
    relations: [CHEMICAL_INDUCED_DISEASE],
    template: chemicalDisease["rel-is"],
    templates: chemicalDisease,
    learnedPrompt: 9,
    lowercase: true,
    maxSourceTokens: 640,
    symmetric: false,
    names: "text",
    content: (document) => buildContent(document),
  },
  "drug-drug": {
    name: "drug-drug",
    task: "ddi",
    headType: "Drug",
    tailType: "Drug",
    relations: DRUG_DRUG_LABELS,
    template: drugDrug["rel-is"],
    templates: { "rel-is": drugDrug["rel-is"], "2type": drugDrug["2type"] },
    learnedPrompt: 9,
    lowercase: true,
    maxSourceTokens: 640,
    symmetric: true,
    names: "text",
    content: (document) => buildContent(document, { oneLine: true }),
  },
  "drug-target": {
    name: "drug-target",
    task: "kd-dti",
    headType: "Drug",
    tailType: "Target",
    relations: DRUG_TARGET_LABELS,
    template: drugTarget["rel-is"],
    templates: {
      "rel-is": drugTarget["rel-is"],
      svo: drugTarget.svo,
      "is-of": drugTarget["is-of"],
      htr: drugTarget.htr,
    },
    learnedPrompt: 9,
    lowercase: true,
    maxSourceTokens: 640,
    symmetric: false,
    names: "database",
    content: (document) => buildContent(document),
  },
};

/** @throws BiogptError `tasks/unknown-scheme` */
export function relationScheme(name: string): RelationScheme {
  const names = Object.keys(RELATION_SCHEMES);
  if (!Object.hasOwn(RELATION_SCHEMES, name)) {
    throw new BiogptError("tasks/unknown-scheme", {
      what: `There is no relation scheme "${name}".`,
      fix: `The schemes are ${names.join(", ")}, or name a file with one of your own.${didYouMean(name, names)}`,
    });
  }
  return RELATION_SCHEMES[name as SchemeName];
}

/** @throws BiogptError `tasks/unknown-template` when the scheme has no such form */
export function schemeTemplate(scheme: RelationScheme, name: string): RelationTemplate {
  const template = Object.hasOwn(scheme.templates, name) ? scheme.templates[name] : undefined;
  if (template === undefined) {
    const names = Object.keys(scheme.templates);
    throw new BiogptError("tasks/unknown-template", {
      what: `The scheme ${scheme.name} has no target form "${name}".`,
      fix: `Its forms are ${names.join(", ")}.${didYouMean(name, names)}`,
    });
  }
  return template;
}
