/** A document of the DDI corpus, whichever of its formats it was read from. */

/** A triple by its wording, with case; `interaction` is a label. DDI's JSON calls the two drugs drug and target. */
export interface InteractionTriple {
  readonly drug: string;
  readonly target: string;
  readonly interaction: string;
  /** Sentences that state it, or stretches of them, UTF-16, end exclusive; absent where the format does not say. */
  readonly sentences?: readonly { readonly passage: number; readonly start: number; readonly end: number }[];
}

export interface DrugMention {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** drug, drug_n, group or brand. */
  readonly type: string;
}

export interface DrugDrugDocument {
  readonly id: string;
  readonly text: string;
  /** In the order of the file; exact repetitions stand once in the JSON. */
  readonly triples: readonly InteractionTriple[];
  /** Where the drugs stand in `text`, UTF-16; empty when read from the JSON. */
  readonly mentions: readonly DrugMention[];
}
