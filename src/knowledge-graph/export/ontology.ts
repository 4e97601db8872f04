/**
 * What the graph's words are in the field's: Biolink (4.4) categories and predicates, identifiers' prefixes and addresses, INDRA's statements.
 *
 * A kind of relation or of name that is not known here becomes the most general one, never nothing.
 */

const CATEGORIES: readonly (readonly [type: RegExp, category: string])[] = [
  [/^(?:chemical|chemicalentity|drug|simple_chemical|brand|group|drug_n)$/i, "biolink:ChemicalEntity"],
  [
    /^(?:disease|diseaseorphenotypicfeature|specificdisease|diseaseclass|modifier|phenotype)$/i,
    "biolink:DiseaseOrPhenotypicFeature",
  ],
  [/^(?:gene|geneorgeneproduct|gene_or_gene_product|gene-[yn]|target)$/i, "biolink:Gene"],
  [/^protein$/i, "biolink:Protein"],
  [/^(?:species|organism|organismtaxon)$/i, "biolink:OrganismTaxon"],
  [/^(?:cellline|cell_line)$/i, "biolink:CellLine"],
  [/^(?:cell)$/i, "biolink:Cell"],
  [/^(?:mutation|sequencevariant|variant|dnamutation|proteinmutation|snp)$/i, "biolink:SequenceVariant"],
  [/^(?:anatomy|organ|tissue)$/i, "biolink:AnatomicalEntity"],
];

export function biolinkCategory(type: string): string {
  return CATEGORIES.find(([pattern]) => pattern.test(type))?.[1] ?? "biolink:NamedThing";
}

export interface BiolinkPredicate {
  readonly predicate: string;
  /** Qualifiers of `biolink:affects`: what is affected of the object, and which way. */
  readonly aspect?: string;
  readonly direction?: string;
}

const affects = (direction: string): BiolinkPredicate => ({
  predicate: "biolink:affects",
  aspect: "activity",
  direction,
});

const PREDICATES: readonly (readonly [relation: RegExp, predicate: BiolinkPredicate])[] = [
  [/^(?:cid|causes?|chemical-induced disease|induces?)$/i, { predicate: "biolink:causes" }],
  [/inhibitor|antagonist|blocker|suppressor|negative|inactivator|downregulator|^inhibit/i, affects("decreased")],
  [
    /agonist|activator|inducer|potentiator|stimulator|enhancer|opener|positive allosteric|^stimulate/i,
    affects("increased"),
  ],
  [/^(?:bind|binder|binding|ligand|complex)$/i, { predicate: "biolink:directly_physically_interacts_with" }],
  [/modulator|regulator|^effect$|^mechanism$/i, { predicate: "biolink:affects" }],
  [/interact|^int$|^advise$|substrate|cofactor|chaperone|antibody|adduct/i, { predicate: "biolink:interacts_with" }],
  [/^treats?$/i, { predicate: "biolink:treats_or_applied_or_studied_to_treat" }],
  [/^prevents?$/i, { predicate: "biolink:preventative_for_condition" }],
  [/^associat/i, { predicate: "biolink:associated_with" }],
];

/** BioRED's and PubTator's correlations, which are of neither direction. */
const CORRELATIONS: Readonly<Record<string, string>> = {
  positive_correlation: "biolink:positively_correlated_with",
  positive_correlate: "biolink:positively_correlated_with",
  negative_correlation: "biolink:negatively_correlated_with",
  negative_correlate: "biolink:negatively_correlated_with",
};

export function biolinkPredicate(relation: string): BiolinkPredicate {
  const correlation = CORRELATIONS[relation.toLowerCase()];
  if (correlation !== undefined) return { predicate: correlation };
  return PREDICATES.find(([pattern]) => pattern.test(relation))?.[1] ?? { predicate: "biolink:related_to" };
}

/** Bioregistry's prefixes and Biolink's spelling of them. */
const BIOLINK_PREFIXES: Readonly<Record<string, string>> = {
  mesh: "MESH",
  omim: "OMIM",
  chebi: "CHEBI",
  doid: "DOID",
  hgnc: "HGNC",
  mondo: "MONDO",
  hp: "HP",
  go: "GO",
  umls: "UMLS",
  uniprot: "UniProtKB",
  drugbank: "DRUGBANK",
  ncbigene: "NCBIGene",
  ncbitaxon: "NCBITaxon",
  cellosaurus: "Cellosaurus",
  dbsnp: "DBSNP",
};

/** `mesh:D003866` as `MESH:D003866`; what has no other spelling stays. */
export function biolinkId(curie: string): string {
  const [prefix, rest] = split(curie);
  return `${BIOLINK_PREFIXES[prefix] ?? prefix}:${rest}`;
}

/** An address of the concept: Bioregistry's, which leads on to where it is kept; a URN for what has none. */
export function conceptIri(curie: string): string {
  const [prefix, rest] = split(curie);
  const path = encodeURI(rest).replaceAll(
    /[<>"{}|\\^`#?]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return prefix in BIOLINK_PREFIXES ? `https://bioregistry.io/${prefix}:${path}` : `urn:biogpt:${prefix}:${path}`;
}

function split(curie: string): readonly [prefix: string, rest: string] {
  const colon = curie.indexOf(":");
  return [curie.slice(0, colon), curie.slice(colon + 1)];
}

/** INDRA's names of databases, whose identifiers some write with the prefix. */
const INDRA_DATABASES: Readonly<Record<string, readonly [database: string, banana: string]>> = {
  mesh: ["MESH", ""],
  chebi: ["CHEBI", "CHEBI:"],
  ncbigene: ["EGID", ""],
  hgnc: ["HGNC", ""],
  ncbitaxon: ["TAXONOMY", ""],
  drugbank: ["DRUGBANK", ""],
  doid: ["DOID", "DOID:"],
  uniprot: ["UP", ""],
  go: ["GO", "GO:"],
  hp: ["HP", "HP:"],
  umls: ["UMLS", ""],
};

export function indraReferences(curie: string, name: string): Readonly<Record<string, string>> {
  const [prefix, rest] = split(curie);
  const known = INDRA_DATABASES[prefix];
  return { TEXT: name, ...(known === undefined ? {} : { [known[0]]: `${known[1]}${rest}` }) };
}

/** INDRA's statement: as its own reader of CTD does, what causes a disease activates it. */
export function indraType(relation: string): "Activation" | "Inhibition" | "Complex" | "Association" {
  const { predicate, direction } = biolinkPredicate(relation);
  if (direction === "decreased") return "Inhibition";
  if (direction === "increased" || predicate === "biolink:causes") return "Activation";
  return predicate === "biolink:directly_physically_interacts_with" ? "Complex" : "Association";
}
