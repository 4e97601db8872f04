/**
 * Terms of any ontology in OBO 1.2 or 1.4, and of the tables of names that the Disease Ontology serves beside its OBO file
 * (`id`, `label`, and perhaps `xref` or `synonym`).
 *
 * Follows  owlcollab.github.io/oboformat: stanzas, tag-value pairs, escapes, trailing modifiers. Left out: everything but id, alt_id, name,
 *          synonym, xref and is_obsolete; obsolete terms; cross-references to classifications that are wider than a term (ICD, SNOMED's subsets).
 */
import { readLines } from "../../files/lines.ts";
import { type Synonym, synonymsOf, type VocabularyConcept } from "./concept.ts";
import { curieOf } from "./curie.ts";
import { partsOf, readTable } from "./tables.ts";
import { notOfKind, type VocabularyFile } from "./vocabulary-file.ts";

/** What the terms of an ontology name. */
const TYPES: Readonly<Record<string, string>> = {
  doid: "Disease",
  mondo: "Disease",
  hp: "Disease",
  orphanet: "Disease",
  omim: "Disease",
  chebi: "Chemical",
  pr: "Gene",
  hgnc: "Gene",
  ncbigene: "Gene",
  fplx: "Gene",
  ncbitaxon: "Species",
  uberon: "Anatomy",
  cl: "Anatomy",
  cellosaurus: "CellLine",
};

/** Vocabularies whose identifiers mean the same as the term that refers to them, as a rule. */
const SAME: ReadonlySet<string> = new Set(
  "mesh omim omim.ps umls ncit orphanet gard mondo doid hp chebi cas drugbank pubchem.compound hgnc ncbigene uniprot ncbitaxon kegg".split(
    " ",
  ),
);

/** @throws BiogptError `corpora/vocabulary` */
export async function* readObo(file: VocabularyFile): AsyncGenerator<VocabularyConcept, void> {
  if (/^"?id"?\t/i.test(file.head)) {
    yield* readNames(file);
    return;
  }
  let term: Term | undefined;
  let stanzas = 0;
  for await (const { text, number } of readLines(file.path, file.chunks)) {
    const line = text.trim();
    if (line.startsWith("[")) {
      const done = term?.concept();
      if (done !== undefined) yield done;
      term = line === "[Term]" ? new Term() : undefined;
      stanzas++;
      continue;
    }
    const cut = line.indexOf(":");
    if (term === undefined || cut < 0) continue;
    if (!term.add(line.slice(0, cut), line.slice(cut + 1).trim())) {
      throw notOfKind(
        file.path,
        `line ${number}`,
        `"${line.slice(0, 60)}" has no quoted text`,
        "A synonym stands between quotation marks.",
      );
    }
  }
  const last = term?.concept();
  if (last !== undefined) yield last;
  if (stanzas === 0)
    throw notOfKind(file.path, "all of it", "it has no stanza", "An OBO file describes its terms behind [Term] lines.");
}

class Term {
  #id: string | undefined;
  #name: string | undefined;
  #obsolete = false;
  readonly #synonyms: Synonym[] = [];
  readonly #alternatives: string[] = [];

  /** @returns false for a synonym without quotes */
  add(tag: string, value: string): boolean {
    if (tag === "id") this.#id = curieOf(bare(value), undefined);
    else if (tag === "name") this.#name = unescaped(withoutComment(value));
    else if (tag === "is_obsolete") this.#obsolete = value.startsWith("true");
    else if (tag === "alt_id") this.#refer(curieOf(bare(value), undefined));
    else if (tag === "xref") {
      const id = curieOf(bare(value), undefined);
      if (id !== undefined && SAME.has(id.slice(0, id.indexOf(":")))) this.#refer(id);
    } else if (tag === "synonym" || tag === "exact_synonym" || tag === "related_synonym") {
      const [, text, scope] = /^"((?:[^"\\]|\\.)*)"\s*([A-Z]*)/.exec(value) ?? [];
      if (text === undefined) return false;
      const isExact = scope === "EXACT" || (scope === "" && tag === "exact_synonym");
      this.#synonyms.push(...synonymsOf([unescaped(text)], isExact ? "exact" : "related"));
    }
    return true;
  }

  concept(): VocabularyConcept | undefined {
    if (this.#id === undefined || this.#name === undefined || this.#obsolete) return undefined;
    return {
      id: this.#id,
      name: this.#name,
      synonyms: this.#synonyms,
      alternatives: this.#alternatives,
      type: TYPES[this.#id.slice(0, this.#id.indexOf(":"))],
    };
  }

  #refer(id: string | undefined): void {
    if (id !== undefined) this.#alternatives.push(id);
  }
}

async function* readNames(file: VocabularyFile): AsyncGenerator<VocabularyConcept, void> {
  for await (const row of readTable(file, [["id"], ["label", "name"]], "obo")) {
    const id = curieOf(row.get("id"), undefined);
    if (id === undefined) throw notOfKind(file.path, `line ${row.number}`, "it has no id", "Each row is a term.");
    const reference = curieOf(row.get("xref"), undefined);
    yield {
      id,
      name: row.get("label", "name"),
      synonyms: synonymsOf(partsOf(row.get("synonym", "synonyms"))),
      alternatives: reference !== undefined && SAME.has(reference.slice(0, reference.indexOf(":"))) ? [reference] : [],
      type: TYPES[id.slice(0, id.indexOf(":"))],
    };
  }
}

/** An identifier without what may follow it: a description, modifiers, a comment. */
function bare(value: string): string {
  return unescaped(value.split(/\s/)[0] ?? "");
}

function withoutComment(value: string): string {
  return value.replace(/\s+!.*$/, "").replace(/\s+\{[^{}]*\}$/, "");
}

function unescaped(value: string): string {
  return value.replaceAll(/\\(.)/g, (_, letter: string) => (letter === "n" || letter === "W" ? " " : letter));
}
