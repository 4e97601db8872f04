/**
 * The mentions of a document to concepts: a short form that the document defines is read as its long one.
 *
 * "the APC gene in adenomatous polyposis coli (APC)": the mention `APC` is looked up as `adenomatous polyposis coli`, and `APC patients` as
 * `adenomatous polyposis coli patients`; where that finds nothing, as it stands. A short form alone is never looked up as it stands where it is defined:
 * what it means in another document it does not mean here.
 */
import { findAbbreviations } from "../../corpora/abbreviations.ts";
import type { Normalization, Vocabularies } from "../../knowledge-graph/vocabulary/vocabularies.ts";
import { tidyName } from "../normalizer.ts";

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
    const text = passages[passage]?.text.slice(start, end) ?? "";
    const name = tidyName(text);
    const context = { type, limit };
    const long = longForm(name);
    const asLong = long === undefined ? undefined : vocabularies.normalize(long, context);
    const isKept = asLong !== undefined && (!asLong.nil || !/[\s()/,;]/.test(name));
    const found = isKept ? asLong : vocabularies.normalize(name, context);
    return { ...found, name: text };
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
  const parts = new Map<string, string>();
  for (const text of texts) {
    for (const { short, long } of findAbbreviations(text)) {
      const [name, meaning] = [text.slice(short.start, short.end), text.slice(long.start, long.end)];
      if (!definitions.has(name)) definitions.set(name, meaning);
      for (const [part, words] of partsOf(name, meaning)) if (!parts.has(part)) parts.set(part, words);
    }
  }
  // What a text defines itself counts before what follows from it.
  return new Map([...parts, ...definitions]);
}

/** "infantile-onset inflammatory bowel disease (IO-IBD)" says of IBD too what it stands for: as many last words as it has letters begin with them. */
function partsOf(short: string, long: string): [part: string, words: string][] {
  const part = /-(\p{Lu}{2,})$/u.exec(short)?.[1];
  if (part === undefined) return [];
  const words = long.split(/\s+/).slice(-part.length);
  const initials = words.map((word) => word[0]!.toUpperCase()).join("");
  return initials === part ? [[part, words.join(" ")]] : [];
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
