/**
 * The corpora of names that can be read by their own names: what is annotated in them, and where their splits lie.
 *
 * A record states which types a corpus annotates throughout: text of it outside of mentions says that there is no such name, and nothing about
 * other types.
 */
import { basename, join } from "node:path";
import { BiogptError } from "../../base/errors.ts";
import { archiveEntries } from "../../files/archive.ts";
import { DDI_VALIDATION } from "../tasks/ddi-original.ts";
import { DRUGPROT_LABELS } from "../tasks/drugprot.ts";
import { decodeText, listFiles, readBytes } from "../tasks/task-files.ts";
import { readBc2gm } from "./bc2gm.ts";
import { readBratMentions } from "./brat.ts";
import { readIobMentions } from "./iob.ts";
import type { MentionCorpus, MisplacedMention } from "./mention-document.ts";
import { readPubTatorMentions } from "./pubtator.ts";
import { readAdeMentions, readDdiMentions, readDrugProtMentions } from "./tables.ts";

export type EntitySplit = "train" | "development" | "test";
export const ENTITY_SPLITS: readonly EntitySplit[] = ["train", "development", "test"];

/** Relations that a corpus marks wherever they are stated, so that two names of these types without one are in none. */
export interface AnnotatedRelations {
  /** The scheme of `tasks/relation-extraction` whose relations they are. */
  readonly scheme: string;
  readonly head: string;
  readonly tail: string;
  /** What the corpus says of two concepts holds for the document, or of two places within a sentence. */
  readonly scope: "document" | "sentence";
  /** The corpus's words, as labels of the scheme; relations of other words are none of the scheme's. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface EntityCorpus {
  readonly name: string;
  /** Types that are annotated wherever they occur. */
  readonly types: readonly string[];
  /** Relations between them; absent where it has none. */
  readonly relations?: readonly AnnotatedRelations[];
  /** For each split: reads it from the folder of the tasks' data. */
  readonly splits: Readonly<Partial<Record<EntitySplit, (root: string) => MentionCorpus>>>;
}

type Reader = (root: string) => MentionCorpus;

function text(root: string, path: string): string {
  const full = join(root, path);
  return decodeText({ path: full, bytes: readBytes(full).bytes });
}

/** A corpus has its types alone: words that it marks besides (`OTHER`, gene families) are left out. */
function only(types: readonly string[], read: Reader): Reader {
  const wanted = new Set(types);
  return (root) => {
    const { documents, misplaced } = read(root);
    const kept = documents.map((document) => ({
      ...document,
      mentions: document.mentions.filter(({ type }) => wanted.has(type)),
    }));
    return { documents: kept, misplaced };
  };
}

function pubTator(path: string): Reader {
  return (root) => readPubTatorMentions(text(root, path), basename(path));
}

function aioner(
  name: string,
  types: readonly string[],
  splits: readonly ("Train" | "Test")[],
  suffix = "",
): EntityCorpus {
  const at = (split: string): Reader => only(types, pubTator(`NER/AIONER/${name}_${split}${suffix}.PubTator.gz`));
  return {
    name,
    types,
    splits: {
      ...(splits.includes("Train") ? { train: at("Train") } : {}),
      ...(splits.includes("Test") ? { test: at("Test") } : {}),
    },
  };
}

function drugProt(folder: string, abstracts: string, relationsFile: string): Reader {
  return (root) => {
    const at = join("DrugProt", folder);
    const entities = text(root, join(at, `drugprot_${folder}_entities.tsv.gz`));
    const relations = text(root, join(at, relationsFile));
    return readDrugProtMentions(text(root, join(at, abstracts)), entities, `DrugProt ${folder}`, relations);
  };
}

function bc2gm(folder: "train" | "test"): Reader {
  return (root) => {
    const at = join(root, "NER", "BC2GM", folder);
    const file = (name: string): string => {
      const path = listFiles(at).find((candidate) => basename(candidate).replace(/\.gz$/, "") === name);
      if (path === undefined) {
        throw new BiogptError("corpora/nothing-found", { what: `${at} holds no ${name}.` });
      }
      return decodeText({ path, bytes: readBytes(path).bytes });
    };
    const files = { sentences: file(`${folder}.in`), genes: file("GENE.eval"), alternatives: file("ALTGENE.eval") };
    return readBc2gm(files, `BC2GM ${folder}`);
  };
}

function iob(folder: string, untyped?: string): EntityCorpus["splits"] {
  const at = (split: string): Reader => {
    const path = `NER/${folder}/${split}.tsv.gz`;
    return (root) => readIobMentions(text(root, path), `${folder} ${split}`, untyped === undefined ? {} : { untyped });
  };
  return { train: at("train"), development: at("devel"), test: at("test") };
}

function anatem(split: "train" | "devel" | "test"): Reader {
  return (root) => {
    const path = join(root, "NER", "AnatEM", "anatem.tar.gz");
    const entries = new Map(archiveEntries(readBytes(path).bytes, path).map((entry) => [entry.name, entry]));
    const misplaced: MisplacedMention[] = [];
    const documents = [...entries.keys()]
      .filter((name) => name.includes(`/standoff/${split}/`) || name.startsWith(`standoff/${split}/`))
      .filter((name) => name.endsWith(".txt"))
      .sort()
      .map((name) => {
        const read = (entry: string): string => decodeText({ path: entry, bytes: entries.get(entry)!.read() });
        const stem = name.slice(0, -".txt".length);
        // "PMID-1234567" for an abstract, "PMC-1044634-sec3" for a section.
        const id = basename(stem).replace(/^PMID-/, "");
        return readBratMentions(read(name), read(`${stem}.ann`), id, stem, misplaced);
      });
    return { documents, misplaced };
  };
}

/** @param held which documents of the training part: those that BioGPT validates on, or the others */
function ddi(part: "Train" | "Test", held = false): Reader {
  return (root) => {
    const path = join(root, "DDI", "original", "DDICorpus-2013.zip");
    const misplaced: MisplacedMention[] = [];
    const documents = archiveEntries(readBytes(path).bytes, path)
      .filter(({ name }) => name.includes(`/${part}/`) && name.endsWith(".xml") && !name.includes("DrugNER"))
      .filter(({ name }) => DDI_VALIDATION.has(name.slice(0, -".xml".length).split("/").slice(-2).join("/")) === held)
      .map((entry) => {
        const xml = decodeText({ path: entry.name, bytes: entry.read() });
        return readDdiMentions(xml, entry.name, misplaced);
      });
    return { documents, misplaced };
  };
}

/** DrugProt's types as labels of KD-DTI; those that go through other molecules, and parts of a whole, are none of them. */
const DRUG_TARGET: AnnotatedRelations = {
  scheme: "drug-target",
  head: "Chemical",
  tail: "Gene",
  scope: "sentence",
  labels: DRUGPROT_LABELS,
};

const chemicalDisease = (word: string, scope: "document" | "sentence" = "document"): AnnotatedRelations => ({
  scheme: "chemical-disease",
  head: "Chemical",
  tail: "Disease",
  scope,
  labels: { [word]: "chemical-induced disease" },
});

const DRUG_DRUG: AnnotatedRelations = {
  scheme: "drug-drug",
  head: "Chemical",
  tail: "Chemical",
  scope: "sentence",
  labels: { mechanism: "mechanism", effect: "effect", advise: "advise", int: "int" },
};

const BIORED_TYPES = ["Chemical", "Disease", "Gene", "Species", "Mutation", "CellLine"] as const;

export const ENTITY_CORPORA: readonly EntityCorpus[] = [
  {
    name: "BC5CDR",
    types: ["Chemical", "Disease"],
    relations: [chemicalDisease("CID")],
    splits: {
      train: pubTator("BC5CDR/CDR.Corpus.v010516/CDR_TrainingSet.PubTator.txt.gz"),
      development: pubTator("BC5CDR/CDR.Corpus.v010516/CDR_DevelopmentSet.PubTator.txt.gz"),
      test: pubTator("BC5CDR/CDR.Corpus.v010516/CDR_TestSet.PubTator.txt.gz"),
    },
  },
  {
    name: "NCBI-disease",
    types: ["Disease"],
    splits: {
      train: pubTator("NCBI-disease/train/NCBItrainset_corpus.txt.gz"),
      development: pubTator("NCBI-disease/devel/NCBIdevelopset_corpus.txt"),
      test: pubTator("NCBI-disease/test/NCBItestset_corpus.txt"),
    },
  },
  {
    name: "BioRED",
    types: BIORED_TYPES,
    relations: [chemicalDisease("Positive_Correlation")],
    splits: {
      train: pubTator("BioRED/Train.PubTator.gz"),
      development: pubTator("BioRED/Dev.PubTator.gz"),
      test: pubTator("BioRED/Test.PubTator.gz"),
    },
  },
  {
    name: "DDI",
    types: ["Chemical"],
    relations: [DRUG_DRUG],
    splits: { train: ddi("Train"), development: ddi("Train", true), test: ddi("Test") },
  },
  {
    name: "DrugProt",
    types: ["Chemical", "Gene"],
    relations: [DRUG_TARGET],
    splits: {
      train: drugProt("training", "drugprot_training_abstracts.partial.tsv.gz", "drugprot_training_relations.tsv.gz"),
      development: drugProt(
        "development",
        "drugprot_development_abstracs.tsv.gz",
        "drugprot_development_relations.tsv",
      ),
    },
  },
  {
    name: "ADE",
    // Only what is in a relation is marked: of other words nothing is known.
    types: [],
    relations: [chemicalDisease("AE", "sentence")],
    splits: { train: (root) => readAdeMentions(text(root, "ADE/DRUG-AE.rel.gz"), "ADE") },
  },
  { name: "BC2GM", types: ["Gene"], splits: { train: bc2gm("train"), test: bc2gm("test") } },
  // Families and domains are names of their own there, neither genes nor nothing.
  aioner("GNormPlus", ["Gene", "FamilyName", "DomainMotif"], ["Train", "Test"]),
  aioner("NLMgene", ["Gene", "FamilyName", "DomainMotif"], ["Train", "Test"]),
  aioner("NLMchem", ["Chemical"], ["Test"]),
  aioner("tmVar3", ["Mutation", "Gene", "Disease", "Species", "CellLine"], ["Train", "Test"]),
  aioner("Linnaeus", ["Species"], ["Train", "Test"]),
  aioner("SPECIES", ["Species"], ["Train", "Test"]),
  aioner("BioID", ["CellLine"], ["Train", "Test"], "_revision"),
  { name: "JNLPBA", types: ["Entity"], splits: iob("JNLPBA") },
  { name: "BC5CDR-IOB", types: ["Chemical", "Disease"], splits: iob("BC5CDR-IOB") },
  {
    name: "BioNLP13CG",
    types: ["Chemical", "Gene", "Species", "Cancer", "Anatomy", "Amino_acid"],
    splits: iob("BioNLP13CG-IOB"),
  },
  {
    name: "AnatEM",
    types: ["Anatomy", "Cancer"],
    splits: { train: anatem("train"), development: anatem("devel"), test: anatem("test") },
  },
];

/**
 * A corpus by its name.
 *
 * @throws BiogptError `corpora/unknown-corpus`
 */
export function entityCorpus(name: string): EntityCorpus {
  const found = ENTITY_CORPORA.find((corpus) => corpus.name.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  throw new BiogptError("corpora/unknown-corpus", {
    what: `There is no corpus of names called ${name}.`,
    fix: `Known: ${ENTITY_CORPORA.map((corpus) => corpus.name).join(", ")}.`,
  });
}
