/**
 * Names to concepts: candidates of one or several vocabularies, ranked, and whether the best is good enough.
 *
 * A name that equals one of a vocabulary after folding (folding.ts) is looked up there; only where no vocabulary has such a name are similar
 * ones searched by trigrams. Scores are comparable between both: how the names had to be folded, or how similar they are.
 */
import { createHash } from "node:crypto";
import { throwIfAborted } from "../../base/cancellation.ts";
import { entityType } from "../../corpora/entities/mention-document.ts";
import { readingsOfParts } from "./composite.ts";
import { type FoldedName, foldName, keyOf, tokensOf } from "./folding.ts";
import { RANKS } from "./index-format.ts";
import {
  features,
  isSyndrome,
  NameComparison,
  probabilityOfSame,
  reservations,
  shareProperName,
} from "./similarity.ts";
import { type IndexedConcept, type IndexedName, VocabularyIndex } from "./vocabulary-index.ts";
import { meaningsOf } from "./word-meanings.ts";

export interface Candidate {
  /** CURIE with the Bioregistry's prefix. */
  readonly id: string;
  /** The concept's preferred name. */
  readonly name: string;
  /** 0 to 1; 1 is the same text. */
  readonly score: number;
  /** Other CURIEs of the concept. */
  readonly alternatives: readonly string[];
  /** Index into `Vocabularies.list`. */
  readonly vocabulary: number;
}

export interface Normalization {
  readonly name: string;
  /** Best first. */
  readonly candidates: readonly Candidate[];
  /** None is good enough. */
  readonly nil: boolean;
  /** Of a composite mention ("breast and ovarian cancer"), one for each part. */
  readonly parts?: readonly Normalization[];
}

export interface NormalizationContext {
  /** What the name names, in any corpus's words (`entityType`). Concepts known to be of another type are left out. Default: any. */
  readonly type?: string | undefined;
  /** Candidates at most; from 1. Default 5. */
  readonly limit?: number | undefined;
}

export interface VocabularyInfo {
  readonly path: string;
  readonly kind: string;
  readonly title: string;
  readonly concepts: number;
  readonly names: number;
  readonly types: readonly string[];
  readonly hash: string;
}

export interface Vocabularies extends Disposable {
  /** Of what all indexes hold, in their order. */
  readonly hash: string;
  readonly list: readonly VocabularyInfo[];
  normalize(name: string, context?: NormalizationContext): Normalization;
}

/** Scores of names that are equal after folding, by how much had to be folded. */
const SAME = 1;
const SAME_BUT_CASE = 0.99;
const SAME_BUT_SIGNS = 0.98;
const SAME_BUT_PLURALS = 0.97;
const SAME_BUT_ORDER = 0.95;
const SAME_MEANINGS = 0.9;
/** "metabolic syndrome" is no disease of metabolism, and "cold" not what a vocabulary calls COLD: candidates for who asks, and none for a graph. */
const SAME_BUT_SYNDROME = 0.6;
const SAME_BUT_ACRONYM = 0.6;
/** A name of near meaning counts a little less. */
const RELATED = 0.97;
const COUNTED = "pubtator";
const COUNT_FOR_HALF = 0.5;
const TRUST_IN_RANK: readonly number[] = [1, 0.5, 0.2];
const TRUST_MATTERS = 0.05;
/** Similar names stay below equal ones. */
const SIMILAR = 0.94;
/** Below this no candidate is good enough. */
const NIL_BELOW = 0.25;
/** Similar names that are looked at closely. */
const LOOKED_AT = 40;
const DEFAULT_LIMIT = 5;
/** Names repeat from text to text. More than so many are forgotten together. */
const MOST_KEPT = 4000;
/** A longer text is no name; what is behind is not read. */
const MAX_NAME_CHARACTERS = 1000;

/**
 * Opens indexes; the first named wins ties.
 *
 * @throws BiogptError `knowledge-graph/no-vocabulary`, `knowledge-graph/not-a-vocabulary`, `knowledge-graph/vocabulary-damaged`
 * @example
 *     using vocabularies = await openVocabularies(["medic.idx"]);
 *     const { candidates, nil } = vocabularies.normalize("colon cancers", { type: "Disease" });
 */
export async function openVocabularies(
  paths: readonly string[],
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Vocabularies> {
  const opened: VocabularyIndex[] = [];
  try {
    for (const path of paths) {
      throwIfAborted(signal);
      opened.push(new VocabularyIndex(path));
    }
  } catch (error) {
    for (const index of opened) index[Symbol.dispose]();
    throw error;
  }
  return new OpenVocabularies(opened);
}

/** What a graph takes of a normalisation: nothing of a NIL, the first candidate, or that of each part. */
export function chosenConcepts({ candidates, nil, parts }: Normalization): readonly Candidate[] {
  if (parts !== undefined) return parts.flatMap(chosenConcepts);
  return nil ? [] : candidates.slice(0, 1);
}

interface Found {
  readonly vocabulary: number;
  readonly name: IndexedName;
  readonly score: number;
}

class OpenVocabularies implements Vocabularies {
  readonly hash: string;
  readonly list: readonly VocabularyInfo[];
  readonly #indexes: readonly VocabularyIndex[];
  /** One for each index. */
  readonly #comparisons: readonly NameComparison[];
  readonly #kept = new Map<string, Normalization>();

  constructor(indexes: readonly VocabularyIndex[]) {
    this.#indexes = indexes;
    this.#comparisons = indexes.map((index) => new NameComparison((trigrams) => index.weightOf(trigrams)));
    this.list = indexes.map(({ path, header: { kind, title, concepts, names, types, hash } }) => ({
      ...{ path, kind, title, concepts, names, types, hash },
    }));
    this.hash = createHash("sha256")
      .update(this.list.map(({ hash }) => hash).join("\n"))
      .digest("hex");
  }

  normalize(name: string, { type, limit = DEFAULT_LIMIT }: NormalizationContext = {}): Normalization {
    const wanted = type === undefined ? undefined : entityType(type);
    const about = `${wanted ?? ""}\n${limit}\n`;
    const key = about + name.slice(0, MAX_NAME_CHARACTERS).trim();
    let found = this.#kept.get(key);
    if (found === undefined) {
      // A part of the key, not of the text that the name was cut from: V8 would keep that whole text with it.
      found = this.#found(key.slice(about.length), wanted, limit);
      if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
      this.#kept.set(key, found);
    }
    return { ...found, name };
  }

  #found(name: string, wanted: string | undefined, limit: number): Normalization {
    const asWritten = this.#known(name, wanted, limit);
    const other = asWritten.length > 0 ? undefined : otherSpelling(name);
    const equal = other === undefined ? asWritten : this.#known(other, wanted, limit);
    if (equal.length > 0 && equal[0]!.score > SAME_BUT_SYNDROME) return { name, candidates: equal, nil: false };
    const parts = this.#parts(name, wanted, limit);
    if (parts !== undefined) {
      // The best of each part stand first, since each of them is right.
      const candidates = Array.from({ length: limit }, (_, rank) =>
        parts.flatMap((part) => part.candidates[rank] ?? []),
      );
      return { name, candidates: distinct(candidates.flat()).slice(0, limit), nil: false, parts };
    }
    const similar = this.#ranked(this.#similar(name, wanted), wanted, limit);
    const candidates = distinct([...equal, ...similar].sort((a, b) => b.score - a.score)).slice(0, limit);
    return { name, candidates, nil: !((candidates[0]?.score ?? 0) >= NIL_BELOW) };
  }

  /** Candidates that have the name after folding, or after that by the meanings of its words. */
  #known(text: string, type: string | undefined, limit: number): Candidate[] {
    const folded = foldName(text);
    if (folded.key === "") return [];
    const equal = this.#ranked(this.#equal(text, folded, folded.key), type, limit);
    if (equal.length > 0) return equal;
    return this.#ranked(this.#equal(text, folded, keyOf(meaningsOf(folded.folded))), type, limit);
  }

  /** Of a composite mention, where all parts are known and name more than one concept. */
  #parts(text: string, type: string | undefined, limit: number): Normalization[] | undefined {
    const parts: Normalization[] = [];
    for (const readings of readingsOfParts(text) ?? []) {
      let best: Normalization | undefined;
      for (const name of readings) {
        const candidates = this.#known(name, type, limit);
        if ((candidates[0]?.score ?? 0) > (best?.candidates[0]?.score ?? 0)) best = { name, candidates, nil: false };
      }
      if (best === undefined) return undefined;
      parts.push(best);
    }
    return new Set(parts.map(({ candidates }) => candidates[0]!.id)).size > 1 ? parts : undefined;
  }

  #equal(text: string, folded: FoldedName, key: string): Found[] {
    const found: Found[] = [];
    for (const [vocabulary, index] of this.#indexes.entries()) {
      const equal = index.namesOfKey(key).flatMap((name) => {
        const level = equality(text, folded, name.text);
        if (level === undefined) return [];
        const isWord = isAcronymAsWord(text, name.text) && isAcronymOf(name.text, index.concept(name.concept));
        return [{ name, level: isWord ? Math.min(level, SAME_BUT_ACRONYM) : level }];
      });
      const isCounted = index.header.kind === COUNTED;
      const counts = new Map<number, number>();
      let all = 0;
      for (const { name } of equal) {
        counts.set(name.concept, (counts.get(name.concept) ?? 0) + name.count);
        all += name.count;
      }
      for (const { name, level } of equal) {
        const count = counts.get(name.concept)!;
        const trust = isCounted ? count / (count + COUNT_FOR_HALF) : TRUST_IN_RANK[name.rank]!;
        const share = isCounted ? count / all : 1;
        found.push({ vocabulary, name, score: level * (1 - TRUST_MATTERS * (1 - trust * share)) });
      }
    }
    return found;
  }

  #similar(text: string, type: string | undefined): Found[] {
    const found: Found[] = [];
    const meanings = meaningsOf(foldName(text).folded);
    if (meanings.length === 0) return [];
    for (const [vocabulary, index] of this.#indexes.entries()) {
      if (type !== undefined && !index.mayHave(type)) continue;
      const comparison = this.#comparisons[vocabulary]!;
      const query = comparison.name(text);
      for (const name of index.similarNames(meanings, LOOKED_AT)) {
        const other = comparison.name(name.text);
        const score = SIMILAR * probabilityOfSame(features(query, other, name.cosine, name.rank === RANKS.preferred));
        const { most, factor } = reservations(query, other, text, name.text);
        const related = name.rank === RANKS.related ? RELATED : 1;
        found.push({ vocabulary, name, score: Math.min(most, score * factor * related) });
      }
    }
    return found;
  }

  /** The best of each concept, best first: of equal scores the first vocabulary, the preferred name, the more frequent, the shorter. */
  #ranked(found: Found[], type: string | undefined, limit: number): Candidate[] {
    const ranked = found.sort(
      (a, b) =>
        b.score - a.score ||
        a.vocabulary - b.vocabulary ||
        a.name.rank - b.name.rank ||
        b.name.count - a.name.count ||
        a.name.text.length - b.name.text.length ||
        a.name.concept - b.name.concept,
    );
    const candidates = new Map<string, Candidate>();
    for (const { vocabulary, name, score } of ranked) {
      const concept = this.#indexes[vocabulary]!.concept(name.concept);
      if (candidates.has(concept.id) || !fits(concept, type)) continue;
      const { id, alternatives } = concept;
      candidates.set(id, { id, name: concept.name || name.text, score: rounded(score), alternatives, vocabulary });
      if (candidates.size === limit) break;
    }
    return [...candidates.values()];
  }

  [Symbol.dispose](): void {
    for (const index of this.#indexes) index[Symbol.dispose]();
  }
}

function distinct(candidates: readonly Candidate[]): Candidate[] {
  return [...new Map(candidates.map((candidate) => [candidate.id, candidate])).values()];
}

function fits({ type }: IndexedConcept, wanted: string | undefined): boolean {
  return wanted === undefined || type === undefined || type === wanted;
}

/** Undefined where the names only share a hash. */
function equality(text: string, folded: FoldedName, name: string): number | undefined {
  if (text === name) return SAME;
  if (text.toLowerCase() === name.toLowerCase()) return SAME_BUT_CASE;
  const other = foldName(name);
  if (other.key !== folded.key) {
    if (keyOf(meaningsOf(other.folded)) !== keyOf(meaningsOf(folded.folded))) return undefined;
    return hasSyndrome(folded) === hasSyndrome(other) || shareProperName(text, name)
      ? SAME_MEANINGS
      : SAME_BUT_SYNDROME;
  }
  if (other.cased === folded.cased) return SAME_BUT_SIGNS;
  return other.folded.join(" ") === folded.folded.join(" ") ? SAME_BUT_PLURALS : SAME_BUT_ORDER;
}

/** "noninsulin-dependent" as "non-insulin-dependent", and the other way round; undefined for a name without such a word. */
function otherSpelling(name: string): string | undefined {
  if (!/\bnon/i.test(name)) return undefined;
  const other = name.replaceAll(/\bnon([- ]?)(?=\p{Ll}{4})/giu, (non, sign: string) =>
    sign === "" ? `${non}-` : non.slice(0, -1),
  );
  return other === name ? undefined : other;
}

function hasSyndrome({ folded }: FoldedName): boolean {
  return folded.some((word) => isSyndrome({ folded: word }));
}

function isAcronymAsWord(text: string, name: string): boolean {
  return /^[A-Z]{2,}$/.test(name) && /^[a-z]+$/.test(text);
}

/** Not a name that is only written in capitals, as OMIM's are, nor a gene's symbol, which is written either way. */
function isAcronymOf(acronym: string, { name, type }: IndexedConcept): boolean {
  const words = tokensOf(name);
  return type !== "Gene" && words.length > 1 && !words.includes(acronym.toLowerCase());
}

function rounded(score: number): number {
  return Math.round(score * 1e4) / 1e4;
}
