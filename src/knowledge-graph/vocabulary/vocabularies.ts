/**
 * Names to concepts: candidates of one or several vocabularies, ranked, and whether the best is good enough.
 *
 * A name that equals one of a vocabulary after folding (folding.ts) is looked up there; only where no vocabulary has such a name are similar
 * ones searched by trigrams. Scores are comparable between both: how the names had to be folded, or how similar they are.
 */
import { createHash } from "node:crypto";
import { throwIfAborted } from "../../base/cancellation.ts";
import { entityType } from "../../corpora/entities/mention-document.ts";
import { type FoldedName, foldName } from "./folding.ts";
import { RANKS } from "./index-format.ts";
import { type IndexedConcept, type IndexedName, VocabularyIndex } from "./vocabulary-index.ts";

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
/** A name of near meaning counts a little less. */
const RELATED = 0.97;
/** Similar names stay below equal ones. */
const SIMILAR = 0.94;
/** Below this no candidate is good enough. */
const NIL_BELOW = 0.5;
/** Similar names that are looked at closely. */
const LOOKED_AT = 40;
const DEFAULT_LIMIT = 5;
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

  constructor(indexes: readonly VocabularyIndex[]) {
    this.#indexes = indexes;
    this.list = indexes.map(({ path, header: { kind, title, concepts, names, types, hash } }) => ({
      ...{ path, kind, title, concepts, names, types, hash },
    }));
    this.hash = createHash("sha256")
      .update(this.list.map(({ hash }) => hash).join("\n"))
      .digest("hex");
  }

  normalize(name: string, { type, limit = DEFAULT_LIMIT }: NormalizationContext = {}): Normalization {
    const text = name.slice(0, MAX_NAME_CHARACTERS).trim();
    const wanted = type === undefined ? undefined : entityType(type);
    const folded = foldName(text);
    let candidates: Candidate[] = [];
    if (folded.key !== "") {
      candidates = this.#ranked(this.#equal(text, folded), wanted, limit);
      if (candidates.length === 0) candidates = this.#ranked(this.#similar(folded), wanted, limit);
    }
    return { name, candidates, nil: !((candidates[0]?.score ?? 0) >= NIL_BELOW) };
  }

  #equal(text: string, folded: FoldedName): Found[] {
    const found: Found[] = [];
    for (const [vocabulary, index] of this.#indexes.entries()) {
      for (const name of index.namesOfKey(folded.key)) {
        const score = equality(text, folded, name.text);
        if (score !== undefined)
          found.push({ vocabulary, name, score: score * (name.rank === RANKS.related ? RELATED : 1) });
      }
    }
    return found;
  }

  #similar({ folded }: FoldedName): Found[] {
    const found: Found[] = [];
    for (const [vocabulary, index] of this.#indexes.entries()) {
      for (const name of index.similarNames(folded, LOOKED_AT)) {
        found.push({ vocabulary, name, score: SIMILAR * name.cosine * (name.rank === RANKS.related ? RELATED : 1) });
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

function fits({ type }: IndexedConcept, wanted: string | undefined): boolean {
  return wanted === undefined || type === undefined || type === wanted;
}

/** Undefined where the names only share a hash. */
function equality(text: string, folded: FoldedName, name: string): number | undefined {
  if (text === name) return SAME;
  if (text.toLowerCase() === name.toLowerCase()) return SAME_BUT_CASE;
  const other = foldName(name);
  if (other.key !== folded.key) return undefined;
  if (other.cased === folded.cased) return SAME_BUT_SIGNS;
  return other.folded.join(" ") === folded.folded.join(" ") ? SAME_BUT_PLURALS : SAME_BUT_ORDER;
}

function rounded(score: number): number {
  return Math.round(score * 1e4) / 1e4;
}
