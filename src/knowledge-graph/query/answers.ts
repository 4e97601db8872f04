/** What a graph answers with: types alone, which the server's contract and the page share. */

export interface Concept {
  /** CURIE, or `name:…` for a name without one. */
  readonly id: string;
  readonly name: string;
  readonly type: string;
  /** Places that name it. */
  readonly mentions: number;
  readonly documents: number;
}

/** One relation between two concepts, with all documents that state it taken together. */
export interface Relation {
  readonly head: string;
  readonly headName: string;
  readonly relation: string;
  readonly scheme: string;
  readonly tail: string;
  readonly tailName: string;
  /** That at least one document is right: 1 − ∏(1 − p) over those that assert it and are not retracted. */
  readonly probability: number;
  /** Sentences. */
  readonly evidence: number;
  readonly documents: number;
  readonly firstYear: number | null;
  readonly lastYear: number | null;
  /** Of the sentences those that deny it, and those that only suppose it. */
  readonly negated: number;
  readonly speculative: number;
  /** Documents that were retracted. */
  readonly retracted: number;
  readonly human: number;
  readonly animal: number;
  readonly inVitro: number;
}

/** A sentence that states a relation. */
export interface Evidence {
  readonly document: string;
  readonly year: number | null;
  readonly head: string;
  readonly headName: string;
  readonly relation: string;
  readonly scheme: string;
  readonly tail: string;
  readonly tailName: string;
  readonly probability: number;
  readonly negated: boolean;
  readonly speculative: boolean;
  readonly system: string | null;
  readonly retracted: boolean;
  readonly sentence: string;
  /** UTF-16 indices into the document's passages. */
  readonly places: readonly { readonly passage: number; readonly start: number; readonly end: number }[];
}

export interface GraphStatistics {
  readonly documents: number;
  readonly retracted: number;
  readonly firstYear: number | null;
  readonly lastYear: number | null;
  readonly mentions: number;
  /** Mentions that have a concept. */
  readonly normalized: number;
  readonly concepts: number;
  readonly evidence: number;
  readonly negated: number;
  readonly speculative: number;
  readonly relations: number;
  /** The commonest first. */
  readonly conceptTypes: readonly { readonly type: string; readonly concepts: number; readonly mentions: number }[];
  readonly relationTypes: readonly {
    readonly scheme: string;
    readonly relation: string;
    readonly relations: number;
    readonly evidence: number;
  }[];
  readonly sources: readonly {
    readonly source: string;
    readonly pipeline: string;
    readonly documents: number;
    readonly problems: number;
  }[];
}

/** What an association is: one relation of two concepts, as a row of the graph's table. */
export interface AssociationKey {
  readonly head: string;
  readonly scheme: string;
  readonly relation: string;
  readonly tail: string;
}

/** A stretch of a text, UTF-16 units, end exclusive. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** A sentence of an association, with where it was read. */
export interface AssociationSentence extends Omit<Evidence, keyof AssociationKey | "headName" | "tailName"> {
  readonly pmid: string | null;
  readonly pmcid: string | null;
  readonly doi: string | null;
  readonly journal: string | null;
  /** Of the document, where it has one. */
  readonly title: string | null;
  /** Places of the arguments in `sentence`; null where they stand elsewhere. */
  readonly headPlace: Stretch | null;
  readonly tailPlace: Stretch | null;
  /** What the document came from: a file's or query's name. */
  readonly source: string;
  /** Hash of the pipeline that read it; of the graph's own, `biogpt graph stats` tells the parts. */
  readonly pipeline: string | null;
}

/** Relations in the order of their strength, in pieces that are small to send: each is a row of numbers, and what they number stands in the pieces. */
export interface NetworkPiece {
  /** Concepts that no piece before had; relations number them over all pieces. */
  readonly concepts: readonly (readonly [id: string, name: string, type: string])[];
  /** The same for kinds. */
  readonly kinds: readonly (readonly [scheme: string, relation: string])[];
  readonly relations: readonly (readonly [
    head: number,
    kind: number,
    tail: number,
    probability: number,
    documents: number,
    firstYear: number | null,
    lastYear: number | null,
  ])[];
}

export interface Association {
  readonly relation: Relation;
  readonly head: Concept;
  readonly tail: Concept;
  /** The most probable first. */
  readonly sentences: readonly AssociationSentence[];
}
