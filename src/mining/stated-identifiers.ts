/** Concept identifiers as corpora and PubTator write them, as CURIEs with Bioregistry's prefixes: `D003866` of a disease is `mesh:D003866`. */

/** Prefixes that sources write, in lower case without signs, and ours. */
const PREFIXES: Readonly<Record<string, string>> = {
  mesh: "mesh",
  msh: "mesh",
  omim: "omim",
  mim: "omim",
  chebi: "chebi",
  doid: "doid",
  hgnc: "hgnc",
  mondo: "mondo",
  hp: "hp",
  go: "go",
  uniprot: "uniprot",
  umls: "umls",
  drugbank: "drugbank",
  ncbigene: "ncbigene",
  entrezgene: "ncbigene",
  ncbitaxon: "ncbitaxon",
  ncbitaxonomy: "ncbitaxon",
  taxonomy: "ncbitaxon",
  cellosaurus: "cellosaurus",
  dbsnp: "dbsnp",
  tmvar: "tmvar",
  name: "name",
};

/** What stands in the identifier before the prefix: GO's, ChEBI's, HGNC's banana (`CHEBI:CHEBI:15365`). */
const BANANA = /^(?:chebi|go|doid|hgnc|hp|mondo|cvcl)[:_]/i;

/** What an identifier without prefix is, by its form, and by the kind of name. */
const FORMS: readonly (readonly [form: RegExp, types: RegExp | undefined, prefix: string])[] = [
  [/^[CD]\d{6,9}$/, undefined, "mesh"],
  [/^rs\d+$/i, undefined, "dbsnp"],
  [/^CVCL_\w+$/i, undefined, "cellosaurus"],
  [/^DB\d{5}$/, undefined, "drugbank"],
  [/^[a-z]\|/, undefined, "tmvar"],
  [/^\d+$/, /gene|protein/i, "ncbigene"],
  [/^\d+$/, /species|organism|taxon/i, "ncbitaxon"],
  [/^\d{6}$/, /disease|phenotyp/i, "omim"],
];

/**
 * @param type of the name, as the source writes it: "" where it is not known
 * @returns the CURIE; `unknown:` and the identifier for a form that is not known, so that nothing is lost
 */
export function statedCurie(identifier: string, type: string): string {
  const text = identifier.trim();
  const colon = text.indexOf(":");
  if (colon > 0) {
    const prefix =
      PREFIXES[
        text
          .slice(0, colon)
          .toLowerCase()
          .replaceAll(/[^a-z]/g, "")
      ];
    const rest = text.slice(colon + 1).trim();
    if (prefix !== undefined) return `${prefix}:${prefix === "cellosaurus" ? rest : rest.replace(BANANA, "")}`;
    return /^[A-Za-z][\w.]*$/.test(text.slice(0, colon))
      ? `${text.slice(0, colon).toLowerCase()}:${rest}`
      : `unknown:${text}`;
  }
  const form = FORMS.find(([shape, types]) => shape.test(text) && (types === undefined || types.test(type)));
  return form === undefined ? `unknown:${text}` : `${form[2]}:${text}`;
}
