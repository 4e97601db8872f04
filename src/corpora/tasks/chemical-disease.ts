/** A document of BC5CDR, whichever of its formats it was read from. */

/** A mention in the text; offsets are UTF-16 indices into its passage. */
export interface EntityMention {
  /** 0 is the title, 1 the abstract. */
  readonly passage: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly type: "Chemical" | "Disease";
  /** MeSH ids; none when the annotators found no concept (`-1` in the files). */
  readonly ids: readonly string[];
}

export interface ChemicalDiseaseDocument {
  /** PMID. */
  readonly id: string;
  readonly title: string;
  readonly abstract: string;
  /** MeSH ids, in the order of the file. */
  readonly relations: readonly { readonly chemical: string; readonly disease: string }[];
  /** Lower-cased mention → MeSH id, `-1` where there is none; in the order of the text. */
  readonly chemicals: ReadonlyMap<string, string>;
  readonly diseases: ReadonlyMap<string, string>;
  /** Where the mentions stand; empty when read from the JSON, which does not say. */
  readonly mentions: readonly EntityMention[];
}
