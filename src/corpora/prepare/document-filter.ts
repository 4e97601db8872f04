/**
 * From a document to a text worth training on, or the reason why not: cleaning, length, language, overlap with
 * evaluation texts, duplicates. Holds the tables that make it remember earlier documents; their memory is bounded.
 */
import { BiogptError } from "../../base/errors.ts";
import type { Document, Passage } from "../document.ts";
import { type CleaningCounts, type CleaningRule, cleanText, isBoilerplateSection, unbracketTitle } from "./cleaning.ts";
import { FingerprintTable, GramReader, type Grams } from "./fingerprints.ts";
import { detectLanguage } from "./language.ts";

/** Every reason for which a document is dropped, in the order in which they are tried. */
export const DROP_REASONS = [
  "excluded-id",
  "no-text",
  "title-only",
  "too-short",
  "too-long",
  "language",
  "excluded-overlap",
  "duplicate",
  "near-duplicate",
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

export type Verdict =
  | { readonly kept: true; readonly text: string; readonly words: number; readonly heldOut: boolean }
  | { readonly kept: false; readonly reason: DropReason };

export interface FilterOptions {
  readonly rules: readonly CleaningRule[];
  /** ISO 639-1 code, or `any`. */
  readonly language: string;
  /** Fewest and most white-space words of a document, title included. */
  readonly minWords: number;
  readonly maxWords: number;
  /** A document is a near duplicate when this share of its 13-grams, 0 to 1, stands in documents kept before; 0 keeps all duplicates. */
  readonly duplicateShare: number;
  /** Bytes for the tables of earlier documents. */
  readonly duplicateMemory: number;
  /** 13-grams shared with an evaluation text from which on a document (of full text: a section) is left out. */
  readonly excludeOverlap: number;
  /** Share of documents to hold out, 0 to 1; chosen by a hash of the text. */
  readonly heldOut: number;
  /** Whether paragraphs of full text stay on lines of their own. */
  readonly keepParagraphs: boolean;
}

/** Room for 94 million 13-grams, those of 400,000 abstracts: a hundred times all evaluation sets together. */
const MAX_EXCLUSION_BYTES = 2 ** 30;

/** Texts and ids that must not be trained on. */
export class Exclusions {
  readonly ids: Set<string> = new Set();
  readonly #grams = new FingerprintTable({ rate: 1, maxBytes: MAX_EXCLUSION_BYTES });
  readonly #reader = new GramReader();
  texts = 0;

  add(text: string): void {
    const { count, high, low } = this.#reader.read(text);
    for (let i = 0; i < count; i++) this.#grams.add(high[i]!, low[i]!);
    if (count > 0) this.texts++;
    if (this.#grams.rate > 1) {
      throw new BiogptError("corpora/too-many-exclusions", {
        what: `The excluded texts have more 13-grams than ${MAX_EXCLUSION_BYTES} bytes hold, after ${this.texts} texts.`,
        why: "Every one is remembered, so that no overlap is missed.",
        fix: "Exclude evaluation documents only, or give their PMIDs, one a line.",
      });
    }
  }

  /** Distinct grams that the text shares with the excluded ones, counted up to `enough`. */
  shared({ count, high, low }: Grams, enough: number): number {
    if (this.texts === 0) return 0;
    const found = new Set<number>();
    for (let i = 0; i < count && found.size < enough; i++) {
      if (this.#grams.has(high[i]!, low[i]!)) found.add(high[i]! * 2 ** 20 + (low[i]! & 0xfffff));
    }
    return found.size;
  }
}

/** A quarter of the memory remembers whole texts, the rest samples of their 13-grams. */
const EXACT_SHARE = 0.25;
/** One 13-gram of four is remembered at first: 57 of an abstract of 240 words, enough to tell a share of 0.5 within 0.07. */
const FIRST_SAMPLING_RATE = 4;

export class DocumentFilter {
  readonly #options: FilterOptions;
  readonly #exclusions: Exclusions;
  readonly #reader = new GramReader();
  readonly #exact: FingerprintTable;
  readonly #samples: FingerprintTable;
  readonly cleaning: CleaningCounts = {};
  readonly sections: { boilerplate: number; excluded: number } = { boilerplate: 0, excluded: 0 };

  constructor(options: FilterOptions, exclusions: Exclusions) {
    this.#options = options;
    this.#exclusions = exclusions;
    this.#exact = new FingerprintTable({ rate: 1, maxBytes: options.duplicateMemory * EXACT_SHARE });
    this.#samples = new FingerprintTable({
      rate: FIRST_SAMPLING_RATE,
      maxBytes: options.duplicateMemory * (1 - EXACT_SHARE),
    });
  }

  /** One 13-gram of how many is remembered by now. */
  get samplingRate(): number {
    return this.#samples.rate;
  }

  judge(document: Document): Verdict {
    const { minWords, maxWords, language, excludeOverlap, duplicateShare, heldOut } = this.#options;
    if (this.#exclusions.ids.has(document.id) || this.#exclusions.ids.has(document.citation?.pmid ?? "")) {
      return { kept: false, reason: "excluded-id" };
    }
    const isArticle = document.passages.some((passage) => passage.kind === "text" && passage.label !== undefined);
    const parts: string[] = [];
    let body = 0;
    for (const passage of document.passages) {
      const text = this.#cleanPassage(passage, isArticle);
      if (text === "") continue;
      parts.push(text);
      if (passage.kind !== "title") body++;
    }
    if (parts.length === 0) return { kept: false, reason: "no-text" };
    if (body === 0) return { kept: false, reason: "title-only" };
    const text = parts.join(this.#options.keepParagraphs && isArticle ? "\n" : " ");
    const words = countWords(text);
    if (words < minWords) return { kept: false, reason: "too-short" };
    if (words > maxWords) return { kept: false, reason: "too-long" };
    if (language !== "any" && detectLanguage(text).language !== language) return { kept: false, reason: "language" };
    const grams = this.#reader.read(text);
    if (!isArticle && this.#exclusions.shared(grams, excludeOverlap) >= excludeOverlap) {
      return { kept: false, reason: "excluded-overlap" };
    }
    const [high, low] = wholeHash(grams);
    if (duplicateShare > 0) {
      if (this.#exact.has(high, low)) return { kept: false, reason: "duplicate" };
      if (this.#seenShare(grams) >= duplicateShare) return { kept: false, reason: "near-duplicate" };
      this.#remember(grams);
    }
    return { kept: true, text, words, heldOut: low / 2 ** 32 < heldOut };
  }

  /** Takes a text that an earlier, resumed run kept. */
  remember(text: string): void {
    this.#remember(this.#reader.read(text));
  }

  #remember(grams: Grams): void {
    const [high, low] = wholeHash(grams);
    this.#exact.add(high, low);
    for (let i = 0; i < grams.count; i++) this.#samples.add(grams.high[i]!, grams.low[i]!);
  }

  #seenShare({ count, high, low }: Grams): number {
    let sampled = 0;
    let seen = 0;
    for (let i = 0; i < count; i++) {
      if (!this.#samples.samples(low[i]!)) continue;
      sampled++;
      if (this.#samples.has(high[i]!, low[i]!)) seen++;
    }
    return sampled === 0 ? 0 : seen / sampled;
  }

  #cleanPassage({ kind, text, label }: Passage, isArticle: boolean): string {
    const { rules, keepParagraphs, excludeOverlap } = this.#options;
    if (kind === "title") return cleanText(unbracketTitle(text), rules, this.cleaning);
    if (label !== undefined && isBoilerplateSection(label)) {
      this.sections.boilerplate++;
      return "";
    }
    const separate = keepParagraphs && isArticle;
    const cleaned = (separate ? text.split(/\n+/) : [text])
      .map((paragraph) => cleanText(paragraph, rules, this.cleaning))
      .filter((paragraph) => paragraph !== "")
      .join("\n");
    // A stock phrase shared with an evaluation text costs an article one section, not the whole.
    if (isArticle && this.#exclusions.shared(this.#reader.read(cleaned), excludeOverlap) >= excludeOverlap) {
      this.sections.excluded++;
      return "";
    }
    return cleaned;
  }
}

function wholeHash({ count, high, low }: Grams): [number, number] {
  let [a, b] = [count, count];
  for (let i = 0; i < count; i++) {
    a = (Math.imul(a, 0x01000193) + high[i]!) | 0;
    b = (Math.imul(b, 0x5bd1e995) ^ low[i]!) | 0;
    b ^= b >>> 15;
  }
  return [a >>> 0, b >>> 0];
}

function countWords(text: string): number {
  let words = 1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 32 || code === 10) words++;
  }
  return words;
}
