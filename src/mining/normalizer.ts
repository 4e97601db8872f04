/** From names to concepts: what mining asks of whoever knows a vocabulary. */
import type { ConceptRecord } from "../knowledge-graph/store/document-record.ts";

export interface NamedPlace {
  readonly passage: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly type: string;
}

export interface ConceptNormalizer {
  /** Equal normalisers give the same: of the vocabularies and the rules. */
  readonly hash: string;
  /** For people. */
  readonly description: string;
  /** For each mention its concepts: none where no vocabulary knows it, several for a composite name. */
  normalize(
    document: { readonly passages: readonly { readonly text: string }[] },
    mentions: readonly NamedPlace[],
  ): readonly (readonly ConceptRecord[])[];
}

/** Knows no vocabulary: every name then stands for itself. */
export const NO_VOCABULARY: ConceptNormalizer = {
  hash: "none",
  description: "no vocabulary",
  normalize: (_, mentions) => mentions.map(() => []),
};

/** Function words and signs that a reader may take along at a name's end. */
const TAIL = /(?:[\s,;:/–—-]+|\s(?:and|or|of|in|with|the|to|by|for))+$/;
const HEAD = /^[\s,;:/–—]+/;

/** A name without what it ends in by mistake: `nausea and`, `T2D)`, `SARS-`. A bracket without its other half is no part of a name's end. */
export function tidyName(text: string): string {
  let name = text.trim();
  for (let before = ""; before !== name; ) {
    before = name;
    name = name.replace(HEAD, "").replace(TAIL, "");
    const open = name.match(/[([]/g)?.length ?? 0;
    const closed = name.match(/[)\]]/g)?.length ?? 0;
    if (closed > open) name = name.replace(/[)\]]$/, "");
    if (open > closed) name = name.replace(/[([]$/, "").replace(/^[([]/, "");
  }
  return name === "" ? text.trim() : name;
}

/**
 * The concept that a name without an identifier stands for: `name:disease/lactic_acidosis`. Names that differ in case, kind of dash and white
 * space are one; plurals and synonyms are not.
 */
export function nameConcept(text: string, type: string): string {
  const folded = text
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[‐‑‒–—−]/g, "-")
    .trim()
    .replaceAll(/[\s_]+/g, "_");
  return `name:${part(type.toLowerCase().replaceAll(/\s+/g, "_"))}/${part(folded)}`;
}

/** As it may stand in a CURIE. */
function part(text: string): string {
  return encodeURIComponent(
    text.replaceAll(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd"),
  );
}
