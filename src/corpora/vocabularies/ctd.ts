/**
 * CTD's vocabularies as ctdbase.org serves them (CTD_diseases, CTD_chemicals, CTD_genes, CTD_anatomy; .csv or .tsv), MEDIC among them, and MEDIC in the
 * form of DNorm's and BioSyn's files:
 *
 *     C567755|613097||Tooth Agenesis, Selective, 6|STHAG6          id | alternative ids || name | synonyms
 *
 * Source  ctdbase.org/downloads; a record's fields are named behind `# Fields:`.
 */
import { readLines } from "../../files/lines.ts";
import { synonymsOf, type VocabularyConcept } from "./concept.ts";
import { curieOf } from "./curie.ts";
import { partsOf, readTable } from "./tables.ts";
import { notOfKind, type VocabularyFile } from "./vocabulary-file.ts";

/** What a file of CTD is about is told by the column of its ids; a bare id is of the prefix. */
const SUBJECTS: readonly (readonly [column: string, name: string, prefix: string, type: string | undefined])[] = [
  ["DiseaseID", "DiseaseName", "mesh", "Disease"],
  ["ChemicalID", "ChemicalName", "mesh", "Chemical"],
  ["GeneID", "GeneSymbol", "ncbigene", "Gene"],
  ["AnatomyID", "AnatomyName", "mesh", "Anatomy"],
];

/** @throws BiogptError `corpora/vocabulary` */
export async function* readCtd(file: VocabularyFile): AsyncGenerator<VocabularyConcept, void> {
  const needed = [SUBJECTS.map(([column]) => column), SUBJECTS.map(([, name]) => name)];
  for await (const row of readTable(file, needed, "ctd")) {
    const [column, nameColumn, prefix, type] = SUBJECTS.find(([id]) => row.get(id) !== "") ?? [];
    if (column === undefined)
      throw notOfKind(file.path, `line ${row.number}`, "it has no id", "Each record of CTD has one.");
    const [id, ...alternatives] = meshFirst([
      curieOf(row.get(column), prefix),
      ...partsOf(row.get("AltDiseaseIDs", "AltGeneIDs")).map((other) => curieOf(other, prefix)),
      ...partsOf(row.get("CasRN")).map((other) => curieOf(other, "cas")),
      ...partsOf(row.get("UniProtIDs")).map((other) => curieOf(other, "uniprot")),
    ]);
    if (id === undefined) continue;
    yield {
      id,
      name: row.get(nameColumn!),
      synonyms: synonymsOf([row.get("GeneName"), ...partsOf(row.get("Synonyms"))]),
      alternatives,
      type,
    };
  }
}

/** @throws BiogptError `corpora/vocabulary` */
export async function* readMedic(file: VocabularyFile): AsyncGenerator<VocabularyConcept, void> {
  if (!/^[^\t\n#|]+(\|[^\t\n|]+)*\|\|/.test(file.head)) {
    yield* readCtd(file);
    return;
  }
  for await (const { text, number } of readLines(file.path, file.chunks)) {
    if (text.trim() === "") continue;
    const cut = text.indexOf("||");
    const [id, ...others] = meshFirst(partsOf(text.slice(0, Math.max(0, cut))).map(medicCurie));
    const [name, ...synonyms] = partsOf(text.slice(cut + 2));
    if (cut < 0 || id === undefined || name === undefined) {
      throw notOfKind(
        file.path,
        `line ${number}`,
        `"${text.slice(0, 60)}" is no record`,
        "The form is id|other ids||name|synonyms.",
      );
    }
    yield {
      id,
      name,
      synonyms: synonymsOf(synonyms),
      alternatives: others,
      type: "Disease",
    };
  }
}

/** OMIM's identifiers are numbers. */
function medicCurie(id: string): string | undefined {
  return curieOf(id, /^\d+$/.test(id) ? "omim" : "mesh");
}

/** The first is what stands for a concept: MeSH's identifier where there is one, as CTD and annotators do, and of these a descriptor's. */
function meshFirst(ids: readonly (string | undefined)[]): string[] {
  const known = ids.filter((id) => id !== undefined);
  const first = known.find((id) => /^mesh:D/.test(id)) ?? known.find((id) => id.startsWith("mesh:")) ?? known[0];
  return first === undefined ? [] : [first, ...known.filter((id) => id !== first)];
}
