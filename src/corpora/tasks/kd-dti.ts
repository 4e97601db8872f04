/**
 * KD-DTI, drug-target interactions: BioGPT's JSON, whose triples partly hold DrugBank ids instead of names.
 *
 * Source   Hou et al., 2022, doi:10.1093/bioinformatics/btab648 (BERT-DTI); names belong to DrugBank's licensed database.
 * Note     `DrugBank####DB00040` stands for a drug and `DrugBank####BE0000527` for a target; whoever trains on them as they
 *          are teaches the model to write ids (the reported F1 of 14.4 instead of 38.4). Given the user's own DrugBank file
 *          they become names; without it, documents with an unresolved name are told apart from the named subset.
 */
import { type InteractionTriple, readTriples } from "./ddi.ts";
import type { DrugBankNames } from "./drugbank.ts";
import { orderedEntries, parsePart } from "./ordered-json.ts";
import {
  decodeText,
  findSplits,
  listFiles,
  nothingFound,
  readBytes,
  type SourceFile,
  SPLITS,
  type SplitName,
  type Surprise,
  textField,
} from "./task-files.ts";

export interface DrugTargetDocument {
  /** PMID. */
  readonly id: string;
  readonly title: string;
  readonly abstract: string;
  /** In the order of the file, names resolved where they can be. */
  readonly triples: readonly InteractionTriple[];
  /** Whether every name of the triples is one, none a placeholder. */
  readonly named: boolean;
}

export interface KdDtiCorpus {
  readonly splits: Readonly<Partial<Record<SplitName, readonly DrugTargetDocument[]>>>;
  readonly files: readonly SourceFile[];
  readonly surprises: readonly Surprise[];
}

const PLACEHOLDER = /^DrugBank#{4}((?:DB|BE)\d+)$/;

/** Whether a name is an id of DrugBank in its place. */
export function isPlaceholder(name: string): boolean {
  return name.startsWith("DrugBank####");
}

/** @param names of the user's DrugBank file; none leaves the placeholders in */
export function readKdDti(root: string, { names }: { names?: DrugBankNames } = {}): KdDtiCorpus {
  const found = findSplits(listFiles(root), /^(train|valid|test)\.json(?:\.gz)?$/);
  if (Object.keys(found).length === 0) throw nothingFound("KD-DTI", root, "train.json, valid.json and test.json");
  const splits: Partial<Record<SplitName, readonly DrugTargetDocument[]>> = {};
  const files: SourceFile[] = [];
  const surprises: Surprise[] = [];
  for (const split of SPLITS) {
    const path = found[split];
    if (path === undefined) {
      surprises.push({
        code: `kd-dti/no-${split}`,
        text: `There is no ${split}.json${split === "train" ? ": import with --train-from-valid 0.9, or put the file there" : ""}.`,
      });
      continue;
    }
    const file = readBytes(path);
    files.push({ name: path, sha256: file.sha256 });
    const documents = readKdDtiJson(decodeText(file), path, names);
    splits[split] = documents;
    surprises.push(...placeholderSurprise(documents, split, names !== undefined));
  }
  return { splits, files, surprises };
}

/** Reads `{PMID: {title, abstract, triples}}`, in the order of the file. */
export function readKdDtiJson(text: string, name: string, names?: DrugBankNames): DrugTargetDocument[] {
  const resolve = (wording: string): string => {
    const id = PLACEHOLDER.exec(wording)?.[1];
    return (id === undefined ? undefined : names?.get(id)) ?? wording;
  };
  return [...orderedEntries(text, name)].map(([id, json]) => {
    const place = `${name}, document ${id}`;
    const record = parsePart(json, place);
    const triples = readTriples(record, place).map(({ drug, target, interaction }) => ({
      drug: resolve(drug),
      target: resolve(target),
      interaction,
    }));
    return {
      id,
      title: textField(record, "title", place),
      abstract: textField(record, "abstract", place),
      triples,
      named: !triples.some(({ drug, target }) => isPlaceholder(drug) || isPlaceholder(target)),
    };
  });
}

function placeholderSurprise(
  documents: readonly DrugTargetDocument[],
  split: SplitName,
  resolved: boolean,
): Surprise[] {
  const triples = documents.flatMap((document) => document.triples);
  const open = triples.filter(({ drug, target }) => isPlaceholder(drug) || isPlaceholder(target));
  if (open.length === 0) return [];
  const named = documents.filter((document) => document.named).length;
  return [
    {
      code: "kd-dti/placeholders",
      text: `${open.length} of ${triples.length} triples of ${split} hold DrugBank ids instead of names${resolved ? " that your DrugBank file does not know" : ""}; ${named} of ${documents.length} documents are fully named.`,
    },
  ];
}
