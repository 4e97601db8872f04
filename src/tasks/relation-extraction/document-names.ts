/** What a document itself says is another name of the same thing: "lithium carbonate (LC)" makes two names of one; so do one and many of it. */
import { findAbbreviations } from "../../corpora/abbreviations.ts";
import { comparisonKey } from "./anchor.ts";
import type { ContentSource } from "./content.ts";

export interface DocumentNames {
  /** The same for all names of one thing, however they are spaced and cased, singular or plural. */
  keyOf(name: string): string;
  /** The thing's other names, as the document first writes them. */
  othersOf(name: string): readonly string[];
}

export function documentNames({ passages }: ContentSource): DocumentNames {
  const longKeys = new Map<string, string>(); // by the short name's key; a second definition of one does not count
  const names = new Map<string, Map<string, string>>(); // by the long name's key: all names by their keys
  for (const { text } of passages) {
    for (const { short, long } of findAbbreviations(text)) {
      const [shortName, longName] = [text.slice(short.start, short.end), text.slice(long.start, long.end)];
      const [shortKey, longKey] = [wordKey(shortName), wordKey(longName)];
      if (longKeys.has(shortKey) || longKeys.has(longKey)) continue;
      longKeys.set(shortKey, longKey);
      const all = names.get(longKey) ?? new Map([[longKey, longName]]);
      names.set(longKey, all.set(shortKey, shortName));
    }
  }
  const keyOf = (name: string): string => {
    const key = wordKey(name);
    return longKeys.get(key) ?? key;
  };
  return {
    keyOf,
    othersOf(name) {
      const own = wordKey(name);
      return [...(names.get(keyOf(name)) ?? [])].filter(([key]) => key !== own).map(([, other]) => other);
    },
  };
}

/** Of the singular: "ACEIs" are what "ACEI" is. Words that end so in the singular (-ss, -us, -is) are left. */
function wordKey(name: string): string {
  const key = comparisonKey(name);
  if (/[A-Z0-9]s$/.test(name)) return key.slice(0, -1);
  if (key.length < 4 || !/[^siu]s$/.test(key)) return key;
  return key.endsWith("ies") ? `${key.slice(0, -3)}y` : key.slice(0, -1);
}
