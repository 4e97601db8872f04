/**
 * DDI, drug-drug interactions of DrugBank texts and MEDLINE abstracts: BioGPT's JSON, or the original XML or BRAT files.
 *
 * Source   Herrero-Zazo et al., 2013, doi:10.1016/j.jbi.2013.07.011.
 * Note     BioGPT's JSON keeps the positive pairs only, by their wording, each triple of a document once; its 50 validation
 *          documents come from the original's training part (DDI_VALIDATION), so the original files give the same splits.
 */
import { readDdiOriginal } from "./ddi-original.ts";
import type { DrugDrugDocument, InteractionTriple } from "./drug-drug.ts";
import { orderedEntries, parsePart } from "./ordered-json.ts";
import {
  findSplits,
  listFiles,
  nothingFound,
  readSplits,
  recordList,
  type SourceFile,
  type SplitName,
  type Surprise,
  textField,
} from "./task-files.ts";

export type { DrugDrugDocument, DrugMention, InteractionTriple } from "./drug-drug.ts";

export type DdiFormat = "json" | "xml" | "brat";

export interface DdiCorpus {
  readonly format: DdiFormat;
  readonly splits: Readonly<Partial<Record<SplitName, readonly DrugDrugDocument[]>>>;
  readonly files: readonly SourceFile[];
  readonly surprises: readonly Surprise[];
}

/** @param format default: JSON where it is, else XML, else BRAT */
export function readDdi(root: string, { format }: { format?: DdiFormat } = {}): DdiCorpus {
  const files = listFiles(root);
  if (format === undefined || format === "json") {
    const found = findSplits(files, /^(train|valid|test)\.json(?:\.gz)?$/);
    if (Object.keys(found).length > 0) return { format: "json", ...readSplits(found, readDdiJson), surprises: [] };
  }
  for (const candidate of format === undefined ? (["xml", "brat"] as const) : [format]) {
    if (candidate === "json") continue;
    const original = readDdiOriginal(files, candidate);
    if (original !== undefined) return { format: candidate, ...original };
  }
  throw nothingFound("DDI", root, "train.json, DDICorpus-2013.zip, or Train and Test folders of .xml or .ann files");
}

/** Reads `{id: {abstract, triples: [{drug, target, interaction}] | null}}`, in the order of the file. */
export function readDdiJson(text: string, name: string): DrugDrugDocument[] {
  return [...orderedEntries(text, name)].map(([id, json]) => {
    const place = `${name}, document ${id}`;
    const record = parsePart(json, place);
    return { id, text: textField(record, "abstract", place), triples: readTriples(record, place), mentions: [] };
  });
}

/** The `triples` of a record; null and missing mean none. */
export function readTriples(record: unknown, place: string): InteractionTriple[] {
  return recordList(record, "triples", place).map((triple) => ({
    drug: textField(triple, "drug", place),
    target: textField(triple, "target", place),
    interaction: textField(triple, "interaction", place),
  }));
}
