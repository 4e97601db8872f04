/**
 * Distantly labelled examples from a corpus: documents that name what the training split of a relation task names.
 *
 * A small model writes well-formed relations long before it reads its source; copying is learnt from many sources, and
 * a task's own training split has a few hundred. One pass over the corpus in bounded memory: documents that could be
 * labelled get a random place in line, and the first few times `limit` of them are kept and labelled in that order.
 *
 * Left out: documents that share 13-grams or ids with an evaluation or training document of the task, long ones (full
 * text), and pairs beyond `mostPerPair` documents, else the few pairs that everybody writes about are all that is learnt.
 */
import { throwIfAborted } from "../../base/cancellation.ts";
import { Random } from "../../base/random.ts";
import type { CorpusDocument } from "../../corpora/prepare/corpus-folder.ts";
import type { Exclusions } from "../../corpora/prepare/document-filter.ts";
import { GramReader } from "../../corpora/prepare/fingerprints.ts";
import { type DistantExample, exclusionOf, isLonger } from "../distant-documents.ts";
import { type DictionaryForm, type DistantDictionary, letters, SURE_LETTERS } from "./distant-dictionary.ts";
import {
  findForms,
  knownPairs,
  type LabelledPair,
  mentionTarget,
  namedConcepts,
  namesBoth,
  sentencePairs,
} from "./distant-labels.ts";
import { DictionaryMatcher } from "./distant-matcher.ts";
import type { RelationScheme } from "./schemes.ts";
import type { RelationTemplate } from "./templates.ts";

export type DistantPairs = "known" | "sentence";

export interface DistantOptions {
  readonly scheme: RelationScheme;
  /** Default: the scheme's own. */
  readonly template?: RelationTemplate | undefined;
  readonly dictionary: DistantDictionary;
  /** Documents of the task that must not come back: those of evaluation, and those of training. */
  readonly evaluation: Exclusions;
  readonly training: Exclusions;
  /** Default "relations". */
  readonly targets?: "relations" | "mentions" | undefined;
  /** Which pairs are written; see distant-labels.ts. Default: "sentence" for a scheme of one label, else "known". */
  readonly pairs?: DistantPairs | undefined;
  /** Most examples. Default 10,000. */
  readonly limit?: number | undefined;
  /** Most pairs of a target. Default 6. */
  readonly mostPairs?: number | undefined;
  /** Most documents with one pair. Default 20. */
  readonly mostPerPair?: number | undefined;
  /** Most white-space words of a document. Default 500. */
  readonly maxWords?: number | undefined;
  /** Default 1. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface DistantSummary {
  readonly documents: number;
  readonly examples: number;
  /** Documents that gave none, by the first reason. */
  readonly leftOut: {
    readonly tooLong: number;
    /** Names no pair that could be written. */
    readonly nothingNamed: number;
    readonly evaluation: number;
    readonly training: number;
    /** Names a pair only by forms that were dropped as common, or in no one sentence. */
    readonly noPair: number;
    /** Each of its pairs has had its documents. */
    readonly pairsFull: number;
    /** Not drawn: beyond the limit. */
    readonly notDrawn: number;
  };
  /** Written pairs; all 0 for targets of mentions. */
  readonly pairs: { readonly known: number; readonly inSentence: number; readonly different: number };
  readonly dictionary: {
    readonly forms: number;
    readonly concepts: number;
    readonly abbreviations: number;
    readonly dropped: {
      readonly short: number;
      readonly unannotated: readonly string[];
      readonly common: readonly string[];
    };
  };
}

/** Share of the corpus's documents above which a form of few letters is taken for a common word. */
const COMMON_SHARE = 0.001;
/** Documents kept to be labelled, in limits: a third or so of those with both types have them in one sentence. */
const POOL_LIMITS = 4;

interface Drawn {
  readonly place: number;
  readonly document: CorpusDocument;
}

/** @param documents in an order that does not change: it and the seed decide which are drawn */
export async function distantExamples(
  documents: AsyncIterable<CorpusDocument>,
  options: DistantOptions,
): Promise<{ readonly examples: readonly DistantExample[]; readonly summary: DistantSummary }> {
  const { scheme, dictionary, targets = "relations", limit = 10_000, maxWords = 500, seed = 1, signal } = options;
  const { pairs = scheme.relations.length === 1 ? "sentence" : "known" } = options;
  const random = new Random(seed);
  const grams = new GramReader();
  const all = matcherOf(dictionary.forms);
  const held = new Map<string, number>();
  const leftOut = { tooLong: 0, nothingNamed: 0, evaluation: 0, training: 0, noPair: 0, pairsFull: 0, notDrawn: 0 };
  let [read, short, pool, candidates] = [0, 0, [] as Drawn[], 0];
  for await (const document of documents) {
    throwIfAborted(signal);
    read++;
    if (isLonger(document.text, maxWords)) {
      leftOut.tooLong++;
      continue;
    }
    short++;
    const matches = findForms(all, contentOf(scheme, document).text);
    for (const form of new Set(matches.map(({ value }) => value.form))) held.set(form, (held.get(form) ?? 0) + 1);
    const concepts = namedConcepts(matches);
    const nameable =
      targets === "relations" && pairs === "known"
        ? knownPairs(scheme, concepts, dictionary).length > 0
        : namesBoth(scheme, concepts);
    const excludedBy = nameable ? exclusionOf(document, options, grams) : "nothingNamed";
    if (excludedBy !== undefined) {
      leftOut[excludedBy]++;
      continue;
    }
    candidates++;
    pool.push({ place: random.next(), document });
    if (pool.length >= (POOL_LIMITS + 1) * limit) pool = inLine(pool).slice(0, POOL_LIMITS * limit);
  }

  const common = dictionary.forms
    .filter(({ form }) => letters(form) < SURE_LETTERS && (held.get(form) ?? 0) > Math.max(1, COMMON_SHARE * short))
    .map(({ form }) => form);
  const kept = dictionary.forms.filter(({ form }) => !common.includes(form));
  const chooser = new PairChooser(random, options);
  const matcher = matcherOf(kept);
  const examples: DistantExample[] = [];
  let labelled = 0;
  for (const { document } of inLine(pool)) {
    if (examples.length === limit) break;
    throwIfAborted(signal);
    labelled++;
    const content = contentOf(scheme, document);
    const concepts = namedConcepts(findForms(matcher, content.text));
    if (targets === "mentions") {
      if (!namesBoth(scheme, concepts)) leftOut.noPair++;
      else examples.push({ id: document.id, source: content.text, target: mentionTarget(scheme, concepts) });
      continue;
    }
    const found =
      pairs === "known"
        ? knownPairs(scheme, concepts, dictionary)
        : sentencePairs(scheme, concepts, dictionary, document.text, content);
    const chosen = chooser.choose(found);
    if (found.length === 0) leftOut.noPair++;
    else if (chosen.length === 0) leftOut.pairsFull++;
    else {
      const target = (options.template ?? scheme.template).render(chosen);
      examples.push({ id: document.id, source: content.text, target });
    }
  }
  leftOut.notDrawn = candidates - labelled;
  const { short: tooShort, unannotated } = dictionary.dropped;
  return {
    examples,
    summary: {
      documents: read,
      examples: examples.length,
      leftOut,
      pairs: chooser.counts,
      dictionary: {
        forms: kept.length,
        concepts: new Set(kept.map(({ role, concept }) => `${role} ${concept}`)).size,
        abbreviations: kept.filter(({ abbreviation }) => abbreviation).length,
        dropped: { short: tooShort.length, unannotated, common },
      },
    },
  };
}

/** Which pairs of a document are written: known ones first, each kind in random order, none beyond its documents. */
class PairChooser {
  readonly #written = new Map<string, number>();
  #known = 0;
  #inSentence = 0;
  readonly #random: Random;
  readonly #mostPairs: number;
  readonly #mostPerPair: number;

  constructor(random: Random, { mostPairs = 6, mostPerPair = 20 }: DistantOptions) {
    this.#random = random;
    this.#mostPairs = mostPairs;
    this.#mostPerPair = mostPerPair;
  }

  choose(pairs: readonly LabelledPair[]): LabelledPair[] {
    const open = pairs.filter(({ key }) => (this.#written.get(key) ?? 0) < this.#mostPerPair);
    this.#random.shuffle(open);
    const chosen = [...open.filter(({ known }) => known), ...open.filter(({ known }) => !known)].slice(
      0,
      this.#mostPairs,
    );
    for (const { key, known } of chosen) {
      this.#written.set(key, (this.#written.get(key) ?? 0) + 1);
      if (known) this.#known++;
      else this.#inSentence++;
    }
    return chosen;
  }

  get counts(): DistantSummary["pairs"] {
    return { known: this.#known, inSentence: this.#inSentence, different: this.#written.size };
  }
}

function contentOf(scheme: RelationScheme, { id, text }: CorpusDocument): ReturnType<RelationScheme["content"]> {
  return scheme.content({ id, passages: [{ kind: "abstract", text }] });
}

function matcherOf(forms: readonly DictionaryForm[]): DictionaryMatcher<DictionaryForm> {
  return new DictionaryMatcher(forms.map((form) => [form.form, form] as const));
}

function inLine(pool: readonly Drawn[]): Drawn[] {
  return [...pool].sort((a, b) => a.place - b.place);
}
