/** What distantly labelled examples of every task have in common: their form, and which documents must not be among them. */
import type { CorpusDocument } from "../corpora/prepare/corpus-folder.ts";
import { Exclusions } from "../corpora/prepare/document-filter.ts";
import type { GramReader } from "../corpora/prepare/fingerprints.ts";
import type { TaskExample } from "./example.ts";

export interface DistantExample {
  readonly id: string;
  readonly source: string;
  readonly target: string;
}

/** Documents of the task that must not come back. */
export interface TaskExclusions {
  readonly evaluation: Exclusions;
  readonly training: Exclusions;
}

/** 13-grams shared with an excluded document from which on a document is left out, as `corpus prepare` has it. */
const SHARED_GRAMS = 2;

/** The ids and texts of examples, as what a corpus must not bring back. */
export function exclusionsOf(examples: readonly TaskExample[]): Exclusions {
  const exclusions = new Exclusions();
  for (const { id, document } of examples) {
    exclusions.ids.add(id);
    exclusions.add(document.passages.map(({ text }) => text).join(" "));
  }
  return exclusions;
}

/** Which part of the task has a document, by its id or its text; undefined for one that may be used. */
export function exclusionOf(
  { id, text }: CorpusDocument,
  { evaluation, training }: TaskExclusions,
  reader: GramReader,
): keyof TaskExclusions | undefined {
  const grams = reader.read(text);
  for (const [name, exclusions] of Object.entries({ evaluation, training }) as [keyof TaskExclusions, Exclusions][]) {
    if (exclusions.ids.has(id) || exclusions.shared(grams, SHARED_GRAMS) >= SHARED_GRAMS) return name;
  }
  return undefined;
}

/** Whether a text has more white-space words than that; the rest of an article is not read. */
export function isLonger(text: string, maxWords: number): boolean {
  let words = 0;
  for (const _ of text.matchAll(/\S+/g)) if (++words > maxWords) return true;
  return false;
}
