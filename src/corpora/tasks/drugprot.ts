/**
 * DrugProt's drug-protein relations as documents of KD-DTI's kind: names as the text has them, relations by sentence.
 *
 * Source   Miranda et al., 2021, DrugProt (BioCreative VII): three tab-separated files, of abstracts, entities and relations. Offsets count code points
 *          from the title's beginning, with one character between title and abstract.
 * Why      KD-DTI names drugs and targets as DrugBank does: of the names of its documents few stand in the text (docs/experiments.md).
 * Left out relations that are no target of a drug in KD-DTI's sense: INDIRECT-…, PART-OF. Relations across title and abstract.
 */
import { BiogptError } from "../../base/errors.ts";
import { utf16IndexOf } from "../code-points.ts";
import type { InteractionTriple } from "./drug-drug.ts";
import type { DrugTargetDocument } from "./kd-dti.ts";
import { decodeText, listFiles, nothingFound, readBytes, type SourceFile } from "./task-files.ts";

/** DrugProt's types as labels of KD-DTI. */
export const DRUGPROT_LABELS: Readonly<Record<string, string>> = {
  INHIBITOR: "inhibitor",
  AGONIST: "agonist",
  "AGONIST-ACTIVATOR": "agonist",
  "AGONIST-INHIBITOR": "agonist",
  ANTAGONIST: "antagonist",
  ACTIVATOR: "activator",
  "DIRECT-REGULATOR": "binder",
  SUBSTRATE: "substrate",
  "SUBSTRATE_PRODUCT-OF": "substrate",
  "PRODUCT-OF": "product of",
};
const WITHOUT_LABEL: ReadonlySet<string> = new Set(["INDIRECT-DOWNREGULATOR", "INDIRECT-UPREGULATOR", "PART-OF"]);

interface Mention {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface DrugProtCorpus {
  readonly documents: readonly DrugTargetDocument[];
  readonly files: readonly SourceFile[];
}

/**
 * @param root folder with `…abstracs.tsv` (sic, or abstracts), `…entities.tsv` and `…relations.tsv`, also gzip, of one part of the corpus
 * @throws BiogptError `corpora/not-found` without them, `corpora/drugprot` for a line of another form
 */
export function readDrugProt(root: string): DrugProtCorpus {
  const paths = listFiles(root);
  const [abstracts, entities, relations] = [
    /abstract?s\.tsv(?:\.gz)?$/,
    /entities\.tsv(?:\.gz)?$/,
    /relations\.tsv(?:\.gz)?$/,
  ].map((pattern) => paths.find((path) => pattern.test(path)));
  if (abstracts === undefined || entities === undefined || relations === undefined)
    throw nothingFound("DrugProt", root, "its files of abstracts, entities and relations (.tsv)");
  const files: SourceFile[] = [];
  const rows = (path: string, columns: number): string[][] => {
    const file = readBytes(path);
    files.push({ name: path, sha256: file.sha256 });
    return tableOf(decodeText(file), path, columns);
  };
  const texts = rows(abstracts, 3);
  const indices = new Map(texts.map(([id, title, abstract]) => [id!, utf16IndexOf(`${title} ${abstract}`)]));
  const mentions = new Map<string, Mention>();
  for (const [id, key, , start, end, text] of rows(entities, 6)) {
    const indexOf = indices.get(id!) ?? ((index: number) => index);
    mentions.set(`${id} ${key}`, { start: indexOf(Number(start)), end: indexOf(Number(end)), text: text! });
  }
  const triples = new Map<string, Map<string, InteractionTriple>>();
  const titles = new Map(texts.map(([id, title]) => [id!, title!.length]));
  for (const [id, type, first, second] of rows(relations, 4)) {
    const label = DRUGPROT_LABELS[type!];
    const [drug, target] = [first, second].map((argument) => mentions.get(`${id} ${argument?.slice("Arg1:".length)}`));
    const title = titles.get(id!);
    if (
      drug === undefined ||
      target === undefined ||
      title === undefined ||
      (label === undefined && !WITHOUT_LABEL.has(type!))
    )
      throw wrong(relations, `${id} ${type} ${first} ${second}`);
    const stretch = stretchOf(drug, target, title);
    if (label === undefined || stretch === undefined) continue;
    const ofDocument = triples.get(id!) ?? new Map<string, InteractionTriple>();
    triples.set(id!, ofDocument);
    const triple = { drug: drug.text, target: target.text, interaction: label };
    const key = JSON.stringify(triple);
    ofDocument.set(key, { ...triple, sentences: [...(ofDocument.get(key)?.sentences ?? []), stretch] });
  }
  const documents = texts.map(([id, title, abstract]) => ({
    ...{ id: id!, title: title!, abstract: abstract!, named: true },
    triples: [...(triples.get(id!)?.values() ?? [])],
  }));
  return { documents, files };
}

/** What lies from one mention to the other, in their passage; undefined for two in different ones. */
function stretchOf(a: Mention, b: Mention, title: number): { passage: number; start: number; end: number } | undefined {
  const passage = a.start > title ? 1 : 0;
  if ((b.start > title ? 1 : 0) !== passage) return undefined;
  const shift = passage === 0 ? 0 : title + 1;
  return { passage, start: Math.min(a.start, b.start) - shift, end: Math.max(a.end, b.end) - shift };
}

function tableOf(text: string, path: string, columns: number): string[][] {
  return text
    .split(/\r?\n/)
    .filter((line) => line !== "")
    .map((line) => {
      const cells = line.split("\t");
      if (cells.length !== columns) throw wrong(path, line);
      return cells;
    });
}

function wrong(path: string, line: string): BiogptError {
  return new BiogptError("corpora/drugprot", {
    what: `${path} holds a line of another form: "${line.slice(0, 80)}".`,
    fix: "Name the folder of one part of DrugProt as it was published.",
  });
}
