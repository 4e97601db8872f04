/**
 * Chemicals: ChEBI's names.tsv and compounds.tsv (the columns of 2026's and of earlier releases) or its OBO file, and DrugBank's open vocabulary.
 *
 * ChEBI's tables are given together: compounds.tsv has the preferred names, names.tsv the others, so names of languages but English are left out.
 */
import { synonymsOf, type VocabularyConcept } from "./concept.ts";
import { curieOf } from "./curie.ts";
import { readObo } from "./obo.ts";
import { partsOf, readTable } from "./tables.ts";
import { notOfKind, type VocabularyFile } from "./vocabulary-file.ts";

/** @throws BiogptError `corpora/vocabulary` */
export async function* readChebi(file: VocabularyFile): AsyncGenerator<VocabularyConcept, void> {
  if (!/^[^\n]*\t/.test(file.head)) {
    yield* readObo(file);
    return;
  }
  const isNames = /^[^\n]*\bcompound_id\b/i.test(file.head);
  const needed = isNames ? [["compound_id"], ["name"]] : [["chebi_accession", "id"], ["name"]];
  for await (const row of readTable(file, needed, "chebi")) {
    const given = isNames ? row.get("compound_id") : row.get("chebi_accession") || row.get("id");
    const id = curieOf(given, "chebi");
    const name = row.get("name");
    if (id === undefined || name === "" || name.toLowerCase() === "null") continue;
    const language = row.get("language", "language_code");
    if (language !== "" && !/^en/i.test(language)) continue;
    // Merged compounds live on under their parent.
    const parent = isNames ? undefined : curieOf(row.get("parent_id").replace(/^null$/i, ""), "chebi");
    yield {
      id: parent ?? id,
      name: isNames || parent !== undefined ? undefined : name,
      synonyms: isNames || parent !== undefined ? synonymsOf([name]) : [],
      alternatives: parent === undefined ? [] : [id],
      type: "Chemical",
    };
  }
}

/** @throws BiogptError `corpora/vocabulary` */
export async function* readDrugBank(file: VocabularyFile): AsyncGenerator<VocabularyConcept, void> {
  for await (const row of readTable(file, [["DrugBank ID"], ["Common name"]], "drugbank")) {
    const id = row.get("DrugBank ID");
    if (!/^DB\d{5,6}$/.test(id)) {
      throw notOfKind(
        file.path,
        `line ${row.number}`,
        `"${id.slice(0, 40)}" is no DrugBank id`,
        "They are DB and five digits.",
      );
    }
    const cas = curieOf(row.get("CAS"), "cas");
    yield {
      id: `drugbank:${id}`,
      name: row.get("Common name"),
      synonyms: synonymsOf(partsOf(row.get("Synonyms"))),
      alternatives: cas === undefined ? [] : [cas],
      type: "Chemical",
    };
  }
}
