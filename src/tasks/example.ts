/** What a task hands to training and evaluation: documents with source, target and gold answer. */
import type { Document } from "../corpora/document.ts";
import type { YesNoMaybe } from "../corpora/tasks/pubmedqa.ts";
import type { PassageSpan } from "./relation-extraction/content.ts";
import type { RelationTriple } from "./relation-extraction/templates.ts";

/** Of a task in the registry: "kd-dti". */
export type TaskName = string;

/** A gold relation: strings as the target writes them, and ids where the corpus has them. */
export interface GoldRelation extends RelationTriple {
  /** MeSH ids, BC5CDR only. `head` or `tail` is empty when no mention names the id. */
  readonly headId?: string;
  readonly tailId?: string;
  /** Sentences that state it, or stretches of them, where the corpus says which (DDI's original files, DrugProt). */
  readonly sentences?: readonly PassageSpan[];
}

export interface GoldRelations {
  readonly kind: "relations";
  /** In the order of the file. */
  readonly relations: readonly GoldRelation[];
  /** Whether every argument is a name; false only with placeholders of KD-DTI. */
  readonly named: boolean;
  /** BC5CDR: lower-cased mention and MeSH id, in the order of the text. */
  readonly mentions?: {
    readonly chemicals: readonly (readonly [mention: string, id: string])[];
    readonly diseases: readonly (readonly [mention: string, id: string])[];
  };
}

export interface GoldLabels {
  readonly kind: "labels";
  readonly labels: readonly string[];
  /** The article a sentence belongs to, where it is known. */
  readonly article?: string;
}

export interface GoldAnswer {
  readonly kind: "answer";
  readonly answer: YesNoMaybe;
}

export type Gold = GoldRelations | GoldLabels | GoldAnswer;

export interface TaskExample<G extends Gold = Gold> {
  readonly id: string;
  /** What the model reads. */
  readonly source: string;
  /** What it is to write; empty for a document without relations, which the recipes do not train on. */
  readonly target: string;
  readonly document: Document;
  readonly gold: G;
}
