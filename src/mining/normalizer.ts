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
const TAIL = /(?:[\s,;:/–—-]+|\s['"‘’“”]+|\s(?:and|or|of|in|with|the|to|by|for))+$/;
const HEAD = /^[\s,;:/–—]+/;

/** A name without what it ends in by mistake: `nausea and`, `T2D)`, `SARS-`; of `DPP)-4`, cut from "peptidase (DPP)-4", the bracket is no part. */
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
  name = withoutStrayBrackets(name);
  return name === "" ? text.trim() : name;
}

/** Without brackets that close what was not opened. */
function withoutStrayBrackets(name: string): string {
  let open = 0;
  return name.replaceAll(/[()]/g, (bracket) => {
    open += bracket === "(" ? 1 : -1;
    if (open >= 0) return bracket;
    open = 0;
    return "";
  });
}

/** Words that a reader takes for a name and that name nothing, of however many documents: articles, and what only tells of which kind something is. */
const NO_NAMES: ReadonlySet<string> = new Set(
  (
    "a an the of and or in with to by for no not this that its was were is are on at as from it than due per " +
    "chronic acute elevated increased decreased reduced prolonged abnormal partial focal mixed severe mild moderate primary secondary idiopathic"
  ).split(" "),
);

/** Whether a text cannot be a name. Words in capitals may be abbreviations: NO, IN. */
export function namesNothing(text: string): boolean {
  const name = text.trim();
  const word = /^\p{Lu}\p{Ll}+$/u.test(name) ? name.toLowerCase() : name;
  return NO_NAMES.has(word) || /^[^\p{L}]{0,2}$/u.test(name);
}

/**
 * The concept that a name without an identifier stands for: `name:disease/lactic_acidosis`. Names that differ in case, kind of dash, white space
 * and whether a number stands in brackets (MEDLINE's `CaCl(2)`) are one; plurals and synonyms are not.
 */
export function nameConcept(text: string, type: string): string {
  const folded = text
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[‐‑‒–—−]/g, "-")
    .replaceAll(/(?<=\p{L})\((\d+[+-]?)\)/gu, "$1")
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
