/**
 * The mentions of a document to concepts: a short form that the document defines is read as its long one.
 *
 * "the APC gene in adenomatous polyposis coli (APC)": the mention `APC` is looked up as `adenomatous polyposis coli`, and `APC patients` as
 * `adenomatous polyposis coli patients`; where that finds nothing, as it stands.
 */
import { findAbbreviations } from "../../corpora/abbreviations.ts";
import type { Normalization, Vocabularies } from "../../knowledge-graph/vocabulary/vocabularies.ts";

/** Where a name stands, and what it names. */
export interface NormalizedMention {
  /** Index into the document's passages. */
  readonly passage: number;
  /** UTF-16 indices into the passage's text, end exclusive. */
  readonly start: number;
  readonly end: number;
  /** In any corpus's words. */
  readonly type: string;
}

/** A normalisation for each mention, in their order. */
export function normalizeMentions(
  { passages }: { readonly passages: readonly { readonly text: string }[] },
  mentions: readonly NormalizedMention[],
  vocabularies: Vocabularies,
  { limit }: { readonly limit?: number | undefined } = {},
): Normalization[] {
  const longForm = longFormsOf({ passages });
  return mentions.map(({ passage, start, end, type }) => {
    const name = passages[passage]?.text.slice(start, end) ?? "";
    const context = { type, limit };
    const long = longForm(name);
    const asLong = long === undefined ? undefined : vocabularies.normalize(long, context);
    const found = asLong === undefined || asLong.nil ? vocabularies.normalize(name, context) : asLong;
    return { ...found, name };
  });
}

/** Writes out the short forms of names that the document defines; undefined for a name without any. */
export function longFormsOf({
  passages,
}: {
  readonly passages: readonly { readonly text: string }[];
}): (name: string) => string | undefined {
  const definitions = definitionsOf(passages.map(({ text }) => text));
  return (name) => expanded(name, definitions);
}

/** Long forms by short ones, of all passages; the first definition counts. */
function definitionsOf(texts: readonly string[]): ReadonlyMap<string, string> {
  const definitions = new Map<string, string>();
  for (const text of texts) {
    for (const { short, long } of findAbbreviations(text)) {
      const name = text.slice(short.start, short.end);
      if (!definitions.has(name)) definitions.set(name, text.slice(long.start, long.end));
    }
  }
  return definitions;
}

/** The name with its short forms written out; undefined where it has none. */
function expanded(name: string, definitions: ReadonlyMap<string, string>): string | undefined {
  if (definitions.size === 0) return undefined;
  const whole = definitions.get(name) ?? definitions.get(name.replace(/s$/, ""));
  if (whole !== undefined) return whole;
  let changed = false;
  const words = name.replaceAll(/[^\s()/,;]+/g, (word) => {
    const long = definitions.get(word) ?? definitions.get(word.replace(/s$/, ""));
    if (long === undefined || name.includes(long)) return word;
    changed = true;
    return long;
  });
  return changed ? words : undefined;
}
