/** Mentions as a sure tagger finds them, for tests. */
import type { Mention } from "../../corpora/entities/mention-document.ts";
import type { FoundMention } from "../entities/found-mentions.ts";

export function certain(place: Omit<Mention, "ids">): FoundMention {
  return { ...place, ids: [], probability: 1, tagProbability: 1, typeProbability: 1 };
}

/** The first place of a name at or behind `from`, in the first passage. */
export function found(text: string, name: string, type: string, from = 0): FoundMention {
  const start = text.indexOf(name, from);
  if (start < 0) throw new Error(`${name} is not in the text`);
  return certain({ passage: 0, start, end: start + name.length, text: name, type });
}
