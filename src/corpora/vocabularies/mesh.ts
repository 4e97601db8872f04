/**
 * MeSH as NLM serves it: descriptors and supplementary records in XML (descYYYY.xml, suppYYYY.xml) and in ASCII (dYYYY.bin, cYYYY.bin).
 *
 * Names  a record's heading first; entry terms of its preferred concept are equal to it, those of narrower, broader and related concepts near.
 * Types  by tree: C and F03 are diseases, D chemicals, B species, A anatomy; of supplementary records by their class.
 * Left out: qualifiers, qualified records (publication types and check tags keep their names).
 */
import { readLines } from "../../files/lines.ts";
import { cutElements } from "../literature/xml-elements.ts";
import { child, children, rawText, type XmlElement, type XmlRules } from "../literature/xml-record.ts";
import { type Synonym, synonymsOf, type VocabularyConcept } from "./concept.ts";
import { notOfKind, type VocabularyFile } from "./vocabulary-file.ts";

/** @throws BiogptError `corpora/vocabulary`, `corpora/xml…` */
export async function* readMesh(file: VocabularyFile): AsyncGenerator<VocabularyConcept, void> {
  if (file.head.trimStart().startsWith("<")) yield* readXml(file);
  else yield* readAscii(file);
}

const RULES: XmlRules = {
  skipped: new Set([
    ..."DateCreated DateRevised DateEstablished AllowableQualifiersList HistoryNote OnlineNote PublicMeSHNote Note Annotation ".split(
      " ",
    ),
    ..."PreviousIndexingList SeeRelatedList ConsiderAlso PharmacologicalActionList NLMClassificationNumber SourceList".split(
      " ",
    ),
    ..."ScopeNote ConceptRelationList ThesaurusIDlist EntryCombinationList RelatedRegistryNumberList".split(" "),
  ]),
  mixed: new Set(["String"]),
};

async function* readXml(file: VocabularyFile): AsyncGenerator<VocabularyConcept, void> {
  const kind = /<(Descriptor|Supplemental)RecordSet\b/.exec(file.head)?.[1];
  if (kind === undefined) {
    const why = "MeSH's XML holds a DescriptorRecordSet or a SupplementalRecordSet.";
    throw notOfKind(file.path, "its beginning", "it is other XML", why);
  }
  const input = {
    ...file,
    problem: (error: Error): void => {
      throw error;
    },
    event: () => {},
    onDeletion: () => {},
  };
  for await (const { element, offset } of cutElements(input, `${kind}Record`, RULES)) {
    const id = rawText(child(element, `${kind}RecordUI`) ?? child(element, `${kind}UI`)).trim();
    const name = stringOf(child(element, `${kind}RecordName`) ?? child(element, `${kind}Name`));
    if (!/^[CD]\d{6,9}$/.test(id) || name === "") {
      throw notOfKind(
        file.path,
        `byte ${offset}`,
        "a record has no identifier or name",
        "Each record of MeSH has both.",
      );
    }
    const concepts = children(child(element, "ConceptList"), "Concept");
    const trees = children(child(element, "TreeNumberList"), "TreeNumber").map(rawText);
    yield {
      id: `mesh:${id}`,
      name,
      synonyms: concepts.flatMap(termsOf),
      alternatives: registryNumbers(concepts.map((concept) => rawText(child(concept, "RegistryNumber")))),
      type: kind === "Descriptor" ? typeOfTrees(trees) : CLASSES[element.attributes["SCRClass"] ?? ""],
    };
  }
}

/** Of supplementary records: chemicals, protocols, diseases, organisms. */
const CLASSES: Readonly<Record<string, string>> = { "1": "Chemical", "3": "Disease", "4": "Species" };

function termsOf(concept: XmlElement): Synonym[] {
  const terms = children(child(concept, "TermList"), "Term").map(stringOf);
  return synonymsOf(terms, concept.attributes["PreferredConceptYN"] === "N" ? "related" : "exact");
}

function stringOf(element: XmlElement | undefined): string {
  return rawText(child(element, "String")).replaceAll(/\s+/g, " ").trim();
}

function typeOfTrees(trees: readonly string[]): string | undefined {
  const within = (roots: RegExp): boolean => trees.some((tree) => roots.test(tree));
  if (within(/^(C|F03)/)) return "Disease";
  if (within(/^D/)) return "Chemical";
  if (within(/^B/)) return "Species";
  return within(/^A/) ? "Anatomy" : undefined;
}

function registryNumbers(numbers: readonly string[]): string[] {
  return numbers.filter((number) => /^\d{2,7}-\d\d-\d$/.test(number.trim())).map((number) => `cas:${number.trim()}`);
}

/** Lines `TAG = value`; records begin with `*NEWRECORD`. */
async function* readAscii(file: VocabularyFile): AsyncGenerator<VocabularyConcept, void> {
  let record: Map<string, string[]> | undefined;
  for await (const { text, number } of readLines(file.path, file.chunks)) {
    if (text.startsWith("*NEWRECORD")) {
      if (record !== undefined) yield* asciiConcept(record);
      record = new Map();
      continue;
    }
    const cut = text.indexOf(" = ");
    if (cut < 0) continue;
    if (record === undefined) {
      throw notOfKind(
        file.path,
        `line ${number}`,
        "it stands before the first record",
        "MeSH's ASCII records begin with *NEWRECORD.",
      );
    }
    const tag = text.slice(0, cut).trim();
    record.set(tag, [...(record.get(tag) ?? []), text.slice(cut + 3).trim()]);
  }
  if (record === undefined)
    throw notOfKind(file.path, "all of it", "it has no *NEWRECORD", "MeSH's ASCII records begin with it.");
  yield* asciiConcept(record);
}

function* asciiConcept(record: ReadonlyMap<string, string[]>): Generator<VocabularyConcept, void> {
  const of = (tag: string): string[] => record.get(tag) ?? [];
  const id = of("UI")[0];
  const name = of("MH")[0] ?? of("NM")[0];
  if (id === undefined || !/^[CD]\d{6,9}$/.test(id) || name === undefined) return;
  // What stands behind the first bar of an entry is about the term: its type, its thesaurus.
  const terms = [...of("ENTRY"), ...of("PRINT ENTRY"), ...of("SY")].map((entry) => entry.split("|")[0]!);
  yield {
    id: `mesh:${id}`,
    name,
    synonyms: synonymsOf(terms),
    alternatives: registryNumbers(of("RN")),
    type: id.startsWith("D")
      ? typeOfTrees(of("MN"))
      : of("NM_CLASS").length > 0
        ? CLASSES[of("NM_CLASS")[0]!]
        : undefined,
  };
}
