/**
 * BC5CDR, chemical-induced diseases: the JSON of microsoft/BioGPT, or the official PubTator and BioC files.
 *
 * Source   Li et al., 2016, doi:10.1093/database/baw068; 500 / 500 / 500 abstracts.
 * Note     BioGPT's JSON came from the PubTator files: mentions lower-cased; a composite mention ("ocular and auditory
 *          toxicity") stands as its parts, one without parts not at all; and so three relations of the development set,
 *          whose arguments are only such mentions, are missing from it.
 */
import { BiogptError } from "../../base/errors.ts";
import { readBioC, readPubTator } from "./bc5cdr-annotations.ts";
import type { ChemicalDiseaseDocument } from "./chemical-disease.ts";
import { orderedEntries, parsePart } from "./ordered-json.ts";
import {
  decodeText,
  findSplits,
  listFiles,
  nothingFound,
  readBytes,
  readSplits,
  recordList,
  type SourceFile,
  SPLITS,
  type SplitName,
  type Surprise,
  textField,
} from "./task-files.ts";

export type { ChemicalDiseaseDocument, EntityMention } from "./chemical-disease.ts";

export type Bc5cdrFormat = "json" | "pubtator" | "bioc";

export interface Bc5cdrCorpus {
  readonly format: Bc5cdrFormat;
  readonly splits: Readonly<Partial<Record<SplitName, readonly ChemicalDiseaseDocument[]>>>;
  readonly files: readonly SourceFile[];
  readonly surprises: readonly Surprise[];
}

const OFFICIAL_SPLITS: Readonly<Record<string, SplitName>> = {
  training: "train",
  development: "valid",
  test: "test",
};
const PATTERNS: Readonly<Record<Bc5cdrFormat, RegExp>> = {
  json: /^(train|valid|test)\.json(?:\.gz)?$/,
  pubtator: /^CDR_(Training|Development|Test)Set\.PubTator(?:\.txt)?(?:\.gz)?$/,
  bioc: /^CDR_(Training|Development|Test)Set\.BioC\.xml(?:\.gz)?$/,
};

/**
 * @param root   folder with the JSON, the official corpus, or both
 * @param format default: JSON where it is, else PubTator, else BioC
 */
export function readBc5cdr(root: string, { format }: { format?: Bc5cdrFormat } = {}): Bc5cdrCorpus {
  const files = listFiles(root);
  const formats: readonly Bc5cdrFormat[] = format === undefined ? ["json", "pubtator", "bioc"] : [format];
  for (const candidate of formats) {
    const found = findSplits(files, PATTERNS[candidate], candidate === "json" ? undefined : OFFICIAL_SPLITS);
    if (Object.keys(found).length === 0) continue;
    const { splits, files: sources } = readSplits(found, READERS[candidate]);
    const surprises = SPLITS.flatMap((split) => surprisesOf(splits[split] ?? [], split));
    if (candidate === "json") surprises.push(...againstOfficial(files, splits));
    return { format: candidate, splits, files: sources, surprises };
  }
  throw nothingFound("BC5CDR", root, "train.json, CDR_TrainingSet.PubTator.txt or CDR_TrainingSet.BioC.xml");
}

const READERS: Readonly<Record<Bc5cdrFormat, (text: string, name: string) => ChemicalDiseaseDocument[]>> = {
  json: readBc5cdrJson,
  pubtator: readPubTator,
  bioc: readBioC,
};

/** Reads BioGPT's `{PMID: {title, abstract, relations, chemical2id, disease2id}}`, in the order of the file. */
export function readBc5cdrJson(text: string, name: string): ChemicalDiseaseDocument[] {
  return [...orderedEntries(text, name)].map(([id, json]) => {
    const place = `${name}, document ${id}`;
    const fields = orderedEntries(json, place);
    const record = Object.fromEntries([...fields].map(([key, value]) => [key, parsePart(value, place)]));
    return {
      id,
      title: textField(record, "title", place),
      abstract: textField(record, "abstract", place),
      relations: recordList(record, "relations", place).map((relation) => ({
        chemical: textField(relation, "chemical", place),
        disease: textField(relation, "disease", place),
      })),
      chemicals: mentionTable(fields.get("chemical2id"), place),
      diseases: mentionTable(fields.get("disease2id"), place),
      mentions: [],
    };
  });
}

function mentionTable(json: string | undefined, place: string): Map<string, string> {
  const table = new Map<string, string>();
  if (json === undefined) return table;
  for (const [mention, value] of orderedEntries(json, place)) {
    const id = parsePart(value, place);
    if (typeof id !== "string") {
      throw new BiogptError("corpora/field", { what: `${place}: the id of the mention "${mention}" is not text.` });
    }
    table.set(mention, id);
  }
  return table;
}

function surprisesOf(documents: readonly ChemicalDiseaseDocument[], split: SplitName): Surprise[] {
  const unnamed = documents.flatMap(({ id, relations, chemicals, diseases }) => {
    const [named, ill] = [new Set(chemicals.values()), new Set(diseases.values())];
    return relations.filter(({ chemical, disease }) => !named.has(chemical) || !ill.has(disease)).map(() => id);
  });
  if (unnamed.length === 0) return [];
  const text = `${unnamed.length} relations of ${split} have an argument without a mention of its own in the text (documents ${[...new Set(unnamed)].join(", ")}): no target sentence can name them.`;
  return [{ code: "bc5cdr/unnamed-argument", text }];
}

/** Beside the JSON the official PubTator files may lie: gold relations that the JSON lost are said. */
function againstOfficial(
  files: readonly string[],
  splits: Readonly<Partial<Record<SplitName, readonly ChemicalDiseaseDocument[]>>>,
): Surprise[] {
  const official = findSplits(files, PATTERNS.pubtator, OFFICIAL_SPLITS);
  const surprises: Surprise[] = [];
  for (const split of SPLITS) {
    const path = official[split];
    const documents = splits[split];
    if (path === undefined || documents === undefined) continue;
    const known = new Set(documents.flatMap((document) => relationKeys(document)));
    const gold = readPubTator(decodeText(readBytes(path)), path);
    const lost = gold.filter((document) => relationKeys(document).some((key) => !known.has(key)));
    const count = gold.flatMap(relationKeys).filter((key) => !known.has(key)).length;
    if (count > 0) {
      surprises.push({
        code: "bc5cdr/json-lacks-relations",
        text: `The JSON of ${split} lacks ${count} gold relations of the official corpus, in documents ${lost.map((document) => document.id).join(", ")}.`,
      });
    }
  }
  return surprises;
}

function relationKeys({ id, relations }: ChemicalDiseaseDocument): string[] {
  return relations.map(({ chemical, disease }) => `${id} ${chemical} ${disease}`);
}
