/**
 * What mining keeps of a document: one row of a unit's Parquet file, from which every table of the graph is assembled.
 *
 * Offsets are UTF-16 indices into the text of the passage, `end` exclusive. Indexes of mentions count from 0 within the document.
 */

export interface DocumentRecord {
  /** PMID where there is one, else the source's own id. */
  readonly id: string;
  /** SHA-256 of what was read, without where it was read. */
  readonly hash: string;
  /** PubMed's version of the record; 0 where it has none. */
  readonly version: number;
  readonly pmid: string | null;
  readonly pmcid: string | null;
  readonly doi: string | null;
  readonly year: number | null;
  readonly journal: string | null;
  readonly retracted: boolean;
  readonly languages: readonly string[];
  readonly publicationTypes: readonly string[];
  readonly mesh: readonly { readonly id: string | null; readonly name: string; readonly major: boolean }[];
  readonly notices: readonly { readonly type: string; readonly pmid: string | null }[];
  readonly passages: readonly { readonly kind: string; readonly label: string | null; readonly text: string }[];
  readonly mentions: readonly MentionRecord[];
  readonly relations: readonly EvidenceRecord[];
}

export interface MentionRecord {
  readonly passage: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly type: string;
  /** In [0, 1]. */
  readonly probability: number;
  /** `name:…` with score 0 for a name that no vocabulary knows; several for a composite ("breast and ovarian cancer"). */
  readonly concepts: readonly ConceptRecord[];
}

export interface ConceptRecord {
  /** CURIE: `mesh:D003866`. */
  readonly id: string;
  readonly name: string;
  /** How well the name fits, in [0, 1]; 1 for what the source itself states. */
  readonly score: number;
}

/** One place that states a relation between two concepts. */
export interface EvidenceRecord {
  /** Who looked for it: a relation scheme's name, or `stated` for what the source annotates. */
  readonly scheme: string;
  readonly type: string;
  readonly head: ArgumentRecord;
  readonly tail: ArgumentRecord;
  /** In [0, 1]. */
  readonly probability: number;
  /** The sentence or sentences that say it, in the order of the text; none where no sentence names both. */
  readonly places: readonly { readonly passage: number; readonly start: number; readonly end: number }[];
  /** Their text; of several with ` … ` between them. */
  readonly sentence: string;
  readonly negated: boolean;
  readonly speculative: boolean;
  readonly system: ExperimentalSystem | null;
}

export interface ArgumentRecord {
  /** CURIE of a concept, or `name:` and the folded name where no vocabulary knows it. */
  readonly concept: string;
  readonly name: string;
  readonly type: string;
  /** Index of its mention; null for a relation that the source states of concepts alone. */
  readonly mention: number | null;
}

/** What a finding was made in, where the sentence or the document says it. */
export type ExperimentalSystem = "human" | "animal" | "in vitro";

/** Types of the columns, for DuckDB. Must agree with the interfaces above. */
export const DOCUMENT_COLUMNS: Readonly<Record<keyof DocumentRecord, string>> = {
  id: "VARCHAR",
  hash: "VARCHAR",
  version: "INTEGER",
  pmid: "VARCHAR",
  pmcid: "VARCHAR",
  doi: "VARCHAR",
  year: "INTEGER",
  journal: "VARCHAR",
  retracted: "BOOLEAN",
  languages: "VARCHAR[]",
  publicationTypes: "VARCHAR[]",
  mesh: "STRUCT(id VARCHAR, name VARCHAR, major BOOLEAN)[]",
  notices: "STRUCT(type VARCHAR, pmid VARCHAR)[]",
  passages: "STRUCT(kind VARCHAR, label VARCHAR, text VARCHAR)[]",
  mentions:
    'STRUCT(passage INTEGER, start INTEGER, "end" INTEGER, text VARCHAR, type VARCHAR, probability DOUBLE, ' +
    "concepts STRUCT(id VARCHAR, name VARCHAR, score DOUBLE)[])[]",
  relations:
    "STRUCT(scheme VARCHAR, type VARCHAR, head STRUCT(concept VARCHAR, name VARCHAR, type VARCHAR, mention INTEGER), " +
    "tail STRUCT(concept VARCHAR, name VARCHAR, type VARCHAR, mention INTEGER), probability DOUBLE, " +
    'places STRUCT(passage INTEGER, start INTEGER, "end" INTEGER)[], sentence VARCHAR, negated BOOLEAN, speculative BOOLEAN, system VARCHAR)[]',
};
