/**
 * Compact identifiers: `mesh:D003866`, with the prefixes of the Bioregistry in their canonical (lower) case, from what sources write:
 * `MESH:D003866`, `MSH:D003866`, `DOID:1234`, `OMIM:613097`, bare `D003866`.
 *
 * Source  bioregistry.io, July 2026: of each prefix its synonyms. Left out: prefixes that no reader of this folder meets; they stay, in lower case.
 */

/** Bioregistry prefix, how Biolink and PubTator write it, and the sources' words for it in lower case. */
const PREFIXES: readonly (readonly [prefix: string, biolink: string, ...words: string[]])[] = [
  ["mesh", "MESH", "msh", "mesh_descriptor_ui", "mesh_supplemental_record_ui"],
  ["omim", "OMIM", "mim"],
  ["omim.ps", "OMIM.PS", "omimps", "mimps", "phenotypicseries"],
  ["doid", "DOID", "do"],
  ["mondo", "MONDO"],
  ["hp", "HP", "hpo"],
  ["chebi", "CHEBI", "chebiid"],
  ["drugbank", "DRUGBANK", "drugbank_id"],
  ["cas", "CAS", "casid", "cas_rn"],
  ["pubchem.compound", "PUBCHEM.COMPOUND", "cid", "pubchem_cid", "pubchem"],
  ["ncbigene", "NCBIGene", "ncbi gene", "ncbi_geneid", "entrez", "entrezgene", "egid", "gene"],
  ["hgnc", "HGNC"],
  ["ensembl", "ENSEMBL"],
  ["uniprot", "UniProtKB", "uniprotkb", "up"],
  ["ncbitaxon", "NCBITaxon", "ncbi taxonomy", "taxid", "taxon", "taxonomy", "species"],
  ["umls", "UMLS", "umls_cui", "cui"],
  ["ncit", "NCIT", "nci", "nci_thesaurus"],
  ["orphanet", "orphanet", "orpha", "ordo", "orphanet.ordo"],
  ["gard", "GARD"],
  ["efo", "EFO"],
  ["meddra", "MEDDRA", "mdr"],
  ["snomedct", "SNOMEDCT", "snomedct_us", "snomed", "sctid"],
  ["icd10cm", "ICD10CM"],
  ["icd9cm", "ICD9CM", "icd9"],
  ["icd11", "ICD11"],
  ["icdo", "ICDO"],
  ["kegg", "KEGG"],
  ["go", "GO"],
  ["uberon", "UBERON"],
  ["cl", "CL"],
  ["fplx", "FPLX", "famplex"],
  ["cellosaurus", "Cellosaurus", "cvcl"],
  ["dbsnp", "DBSNP", "rs"],
  ["pr", "PR", "pro"],
  ["rxnorm", "RXNORM"],
];

const CANONICAL: ReadonlyMap<string, string> = new Map(
  PREFIXES.flatMap(([prefix, biolink, ...words]) =>
    [prefix, biolink.toLowerCase(), ...words].map((word) => [word, prefix] as const),
  ),
);
const BIOLINK: ReadonlyMap<string, string> = new Map(PREFIXES.map(([prefix, biolink]) => [prefix, biolink]));

/** The Bioregistry's prefix for a source's word, in any case; releases in it (`SNOMEDCT_US_2025_09_01`) are left out. */
export function canonicalPrefix(word: string): string {
  const lower = word.trim().toLowerCase();
  return (
    CANONICAL.get(lower) ?? CANONICAL.get(lower.replace(/_\d{4}(_\d\d){0,2}$/, "")) ?? lower.replaceAll(/\s+/g, "_")
  );
}

/**
 * An identifier as a CURIE.
 *
 * @param prefix  what a bare identifier belongs to
 * @returns undefined for an empty one and for `-`, `-1`
 */
export function curieOf(identifier: string, prefix: string | undefined): string | undefined {
  const id = identifier.trim();
  if (id === "" || id === "-" || id === "-1") return undefined;
  const colon = id.indexOf(":");
  if (colon > 0) {
    // HGNC:HGNC:5 and the like
    const local = id
      .slice(colon + 1)
      .trim()
      .replace(/^[A-Za-z]+:/, "");
    const known = canonicalPrefix(id.slice(0, colon));
    // OMIM's phenotypic series have a prefix of their own.
    const prefixOfLocal = known === "omim" && /^PS\d+$/.test(local) ? "omim.ps" : known;
    return local === "" ? undefined : `${prefixOfLocal}:${local}`;
  }
  return prefix === undefined ? undefined : `${prefix}:${id}`;
}

/** A CURIE with the prefix as Biolink and KGX write it: `MESH:D003866`, `NCBIGene:7157`. */
export function biolinkCurie(curie: string): string {
  const colon = curie.indexOf(":");
  return `${BIOLINK.get(curie.slice(0, colon)) ?? curie.slice(0, colon)}${curie.slice(colon)}`;
}

/**
 * An identifier of an annotated corpus, which often stands bare: MeSH's and OMIM's are told by their form, others by the mention's type.
 *
 * @param type  of the mention, as `entityType` writes it
 */
export function annotatedCurie(identifier: string, type: string): string | undefined {
  const id = identifier.trim();
  if (/^[CD]\d{6,9}$/.test(id)) return `mesh:${id}`;
  if (/^CVCL[_:]/i.test(id)) return `cellosaurus:${id.slice(5)}`;
  if (/^rs\d+$/.test(id)) return `dbsnp:${id}`;
  if (/^\d+$/.test(id)) return `${BARE_NUMBERS[type] ?? "omim"}:${id}`;
  return curieOf(id, undefined);
}

/** Whose numbers stand without a prefix in PubTator's files. */
const BARE_NUMBERS: Readonly<Record<string, string>> = { Gene: "ncbigene", Species: "ncbitaxon", Disease: "omim" };
