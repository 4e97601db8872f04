/**
 * Genes: NCBI's gene_info (columns by name, so that cut copies are read), and HGNC's complete set.
 *
 * Names  the symbol first; its synonyms and the full name are equal to it; other designations, earlier symbols and names are near.
 */
import { synonymsOf, type VocabularyConcept } from "./concept.ts";
import { curieOf } from "./curie.ts";
import { partsOf, readTable } from "./tables.ts";
import { notOfKind, type VocabularyFile } from "./vocabulary-file.ts";

/** Of gene_info's cross-references. */
const REFERENCES = /^(MIM|HGNC|Ensembl):/;

/** @throws BiogptError `corpora/vocabulary` */
export async function* readNcbiGene(file: VocabularyFile): AsyncGenerator<VocabularyConcept, void> {
  for await (const row of readTable(file, [["GeneID"], ["Symbol"]], "ncbigene")) {
    const number = row.get("GeneID");
    if (!/^\d+$/.test(number))
      throw notOfKind(file.path, `line ${row.number}`, `"${number}" is no GeneID`, "They are numbers.");
    // Genes of which nothing but a locus is known.
    if (row.get("Symbol") === "NEWENTRY") continue;
    const fullNames = [row.get("Full_name_from_nomenclature_authority"), row.get("description")];
    yield {
      id: `ncbigene:${number}`,
      name: row.get("Symbol"),
      synonyms: [
        ...synonymsOf([...partsOf(row.get("Synonyms")), ...fullNames, row.get("Symbol_from_nomenclature_authority")]),
        ...synonymsOf(partsOf(row.get("Other_designations")), "related"),
      ],
      alternatives: partsOf(row.get("dbXrefs"))
        .filter((reference) => REFERENCES.test(reference))
        .map((reference) => curieOf(reference, undefined))
        .filter((id) => id !== undefined),
      type: "Gene",
    };
  }
}

/** @throws BiogptError `corpora/vocabulary` */
export async function* readHgnc(file: VocabularyFile): AsyncGenerator<VocabularyConcept, void> {
  for await (const row of readTable(file, [["hgnc_id"], ["symbol"]], "hgnc")) {
    const id = curieOf(row.get("hgnc_id"), "hgnc");
    if (id === undefined) throw notOfKind(file.path, `line ${row.number}`, "it has no hgnc_id", "Each gene has one.");
    const several = (column: string): string[] => partsOf(row.get(column));
    const alternatives = [
      curieOf(row.get("entrez_id"), "ncbigene"),
      curieOf(row.get("ensembl_gene_id"), "ensembl"),
      ...several("uniprot_ids").map((other) => curieOf(other, "uniprot")),
      ...several("omim_id").map((other) => curieOf(other, "omim")),
    ];
    yield {
      id,
      name: row.get("symbol"),
      synonyms: [
        ...synonymsOf([row.get("name"), ...several("alias_symbol"), ...several("alias_name")]),
        ...synonymsOf([...several("prev_symbol"), ...several("prev_name")], "related"),
      ],
      alternatives: alternatives.filter((other) => other !== undefined),
      type: "Gene",
    };
  }
}
