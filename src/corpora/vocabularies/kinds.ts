/** The kinds of vocabularies that are read, by their names on the command line. */
import { throwIfAborted } from "../../base/cancellation.ts";
import { didYouMean } from "../../base/did-you-mean.ts";
import { BiogptError } from "../../base/errors.ts";
import { openBytes } from "../../files/bytes.ts";
import type { ReadOptions } from "../../files/read-options.ts";
import { readAnnotatedNames } from "./annotated-names.ts";
import { readChebi, readDrugBank } from "./chemicals.ts";
import type { VocabularyConcept } from "./concept.ts";
import { readCtd, readMedic } from "./ctd.ts";
import { readHgnc, readNcbiGene } from "./genes.ts";
import { readMesh } from "./mesh.ts";
import { readObo } from "./obo.ts";
import { readUmls } from "./umls.ts";
import type { VocabularyFile } from "./vocabulary-file.ts";

export interface VocabularyKind {
  /** For people: what it is, and which files. */
  readonly title: string;
  readonly read: (file: VocabularyFile) => AsyncGenerator<VocabularyConcept, void>;
}

export const VOCABULARY_KINDS: Readonly<Record<string, VocabularyKind>> = {
  mesh: { title: "MeSH descriptors and supplementary records: desc*.xml, supp*.xml, d*.bin, c*.bin", read: readMesh },
  medic: { title: "MEDIC: CTD_diseases.csv or .tsv, or lines id|other ids||name|synonyms", read: readMedic },
  ctd: { title: "CTD's diseases, chemicals, genes or anatomy: CTD_*.csv or .tsv", read: readCtd },
  chebi: { title: "ChEBI: compounds.tsv and names.tsv, or its OBO file", read: readChebi },
  ncbigene: { title: "NCBI Gene: gene_info of one organism", read: readNcbiGene },
  hgnc: { title: "HGNC: hgnc_complete_set.txt", read: readHgnc },
  drugbank: { title: "DrugBank's open vocabulary: drugbank vocabulary.csv", read: readDrugBank },
  umls: { title: "UMLS: MRCONSO.RRF, and MRSTY.RRF for its types", read: readUmls },
  obo: { title: "any ontology in OBO, or a table of its ids and labels", read: readObo },
  pubtator: { title: "the names that annotated documents give their concepts: PubTator", read: readAnnotatedNames },
};

/** @throws BiogptError `corpora/unknown-vocabulary` */
export function vocabularyKind(name: string): VocabularyKind {
  const kind = Object.hasOwn(VOCABULARY_KINDS, name) ? VOCABULARY_KINDS[name] : undefined;
  if (kind !== undefined) return kind;
  const names = Object.keys(VOCABULARY_KINDS);
  throw new BiogptError("corpora/unknown-vocabulary", {
    what: `There is no kind of vocabulary "${name}".`,
    fix: `Kinds: ${names.join(", ")}.${didYouMean(name, names)}`,
  });
}

/** Characters that a file's form is told by. */
const HEAD_BYTES = 4096;

/** Concepts of a file, plain or gzip. @throws BiogptError `corpora/vocabulary`, those of `openBytes` */
export async function* readVocabulary(
  kind: VocabularyKind,
  path: string,
  options: ReadOptions = {},
): AsyncGenerator<VocabularyConcept, void> {
  const { head, chunks } = await openBytes(path, options);
  const text = head
    .subarray(0, HEAD_BYTES)
    .toString("utf8")
    .replace(/^\ufeff/, "");
  for await (const concept of kind.read({ path, head: text, chunks, signal: options.signal })) {
    throwIfAborted(options.signal);
    yield concept;
  }
}
