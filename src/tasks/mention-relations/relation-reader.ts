/**
 * Names of a text and the relations between them, from one reading.
 *
 *     documents ─▶ text read twice ─┬─ tags ─▶ names ─▶ pairs of concepts ─┐
 *                                   └─ hidden states ──────────────────────┴─▶ odds of each relation against none
 *
 * Arguments are recognised names of the right types. A concept is all names of a document that are one word for word, or by an abbreviation
 * that the document itself introduces.
 */
import { mapInOrder } from "../../base/map-in-order.ts";
import type { Document } from "../../corpora/document.ts";
import type { Mention } from "../../corpora/entities/mention-document.ts";
import { decodeMentions, type FoundMention } from "../entities/found-mentions.ts";
import { type ReadText, readText, type TextReaderOptions } from "../entities/text-reader.ts";
import type { ModelTask } from "../model-task.ts";
import { documentNames } from "../relation-extraction/document-names.ts";
import { type ConceptPair, conceptOf, conceptPairs, isOneName } from "./concept-pairs.ts";
import type { PairWindow } from "./pair-arrays.ts";
import type { PairScorer } from "./pair-scorer.ts";
import { firstScore, type ReaderScheme, scoreCount } from "./reader-scheme.ts";
import { mentionTokens, type NamesOfWindow, namesOfWindow, tokenSentences } from "./reading.ts";

/** What a text says of two concepts, as far as the reader can tell. */
export interface ScoredPair {
  readonly scheme: ReaderScheme;
  /** Of each of the scheme's relations, in [0, 1]; what is left is that none is stated. Before any calibration. */
  readonly probabilities: readonly number[];
  /** Where they stand together, the place that says most first: indices of the document's mentions, in each place the one concept's first (see `sidesOf`). */
  readonly places: readonly (readonly [head: number, tail: number])[];
}

export interface ReadDocument<Given> {
  readonly document: Given;
  /** In order of passage and place. */
  readonly mentions: readonly FoundMention[];
  /** Of all schemes that were asked for. */
  readonly pairs: readonly ScoredPair[];
}

export interface RelationReaderOptions extends TextReaderOptions {
  /** Of the model, for results. */
  readonly name: string;
  /** Of its weights and of how it reads: equal hashes read alike. */
  readonly hash: string;
  /** Default an empty record. */
  readonly task?: ModelTask;
  readonly schemes: readonly ReaderScheme[];
  readonly scorer: Pick<PairScorer, "run">;
}

/** Documents in work: one keeps all threads busy. */
const DOCUMENTS_AT_ONCE = 1;
/** Pairs that are scored at once: their questions to the text take pairs times rows of memory. */
const PAIRS_AT_ONCE = 512;

export class RelationReader implements Disposable {
  readonly name: string;
  readonly hash: string;
  /** What its folder says. */
  readonly task: ModelTask;
  readonly types: readonly string[];
  readonly schemes: readonly ReaderScheme[];
  readonly nameThreshold: number;
  readonly #options: RelationReaderOptions;
  readonly #dispose: () => void;

  constructor(options: RelationReaderOptions, dispose: () => void = () => {}) {
    this.#options = options;
    this.name = options.name;
    this.hash = options.hash;
    this.task = options.task ?? {};
    this.types = options.types;
    this.schemes = options.schemes;
    this.nameThreshold = this.task.nameThreshold ?? 0;
    this.#dispose = dispose;
  }

  /**
   * Documents with their names and pairs, in the order in which they were given.
   *
   * Where they break off with an error, those before it come first.
   *
   * @param schemes  which to score; default all. None: names alone, at less cost
   * @param together documents in work at once. Default 1, which keeps all threads busy
   */
  async *read<Given extends Pick<Document, "id" | "passages">>(
    documents: Iterable<Given> | AsyncIterable<Given>,
    {
      schemes = this.schemes,
      together = DOCUMENTS_AT_ONCE,
      signal,
    }: {
      readonly schemes?: readonly ReaderScheme[];
      readonly together?: number | undefined;
      readonly signal?: AbortSignal | undefined;
    } = {},
  ): AsyncGenerator<ReadDocument<Given>> {
    const work = async (document: Given, within: AbortSignal): Promise<ReadDocument<Given>> => {
      const read = await readText(document.passages, this.#options, within);
      const mentions = decodeMentions(read, this.types, this.task.nameCalibration);
      return { document, mentions, pairs: await this.#pairsOf(document, read, mentions, schemes, within) };
    };
    yield* mapInOrder(documents, work, { concurrency: together, signal });
  }

  async #pairsOf(
    document: Pick<Document, "id" | "passages">,
    { text, windows }: ReadText,
    mentions: readonly FoundMention[],
    schemes: readonly ReaderScheme[],
    signal: AbortSignal | undefined,
  ): Promise<ScoredPair[]> {
    if (schemes.length === 0 || mentions.length < 2) return [];
    const names = documentNames(document);
    const conceptsOf = (mention: Mention): string[] => [conceptOf(mention.type, names.keyOf(mention.text))];
    const sentences = tokenSentences(text);
    const placed = mentionTokens(text, mentions);
    const found = new PairOdds();
    for (const { window, hidden } of windows) {
      const inWindow = namesOfWindow(text, window, placed, sentences, conceptsOf);
      const [from, to] = [text.words[window.start]!, text.words[window.end]!];
      const candidates = schemes.flatMap((scheme) =>
        conceptPairs(inWindow.names, scheme)
          .filter(({ head, tail }) => !isOneName(head, tail))
          .map((pair) => ({ scheme, ...pair })),
      );
      for (let at = 0; at < candidates.length; ) {
        const some: (ConceptPair & { readonly scheme: ReaderScheme })[] = [];
        let count = 0;
        while (at < candidates.length && (count === 0 || count + candidates[at]!.places.length <= PAIRS_AT_ONCE)) {
          count += candidates[at]!.places.length;
          some.push(candidates[at++]!);
        }
        const asked: PairWindow = {
          names: inWindow.names,
          tokens: to - from,
          sentences: sentences.subarray(from, to),
          pairs: some.flatMap(({ places }) => places),
          rowOf: (token) => token,
        };
        const odds = await this.#options.scorer.run(hidden, [asked], signal);
        this.#take(odds, some, inWindow, found);
      }
    }
    return found.pairs();
  }

  /** Odds of the relations in each place, from log-odds of all schemes' relations. */
  #take(
    logOdds: Float32Array,
    candidates: readonly (ConceptPair & { readonly scheme: ReaderScheme })[],
    { names, mentions: owners }: NamesOfWindow,
    found: PairOdds,
  ): void {
    const width = scoreCount(this.schemes);
    let row = 0;
    for (const { scheme, head, tail, places } of candidates) {
      const from = firstScore(this.schemes, this.schemes.indexOf(scheme));
      const inPlaces = places.map(([h, t]) => {
        const scores = logOdds.subarray(row * width + from, row * width + from + scheme.relations.length);
        row++;
        // Of a symmetric scheme a place has its names in the order of the text.
        const [first, second] = names[h]!.concepts.includes(head) ? [h, t] : [t, h];
        return {
          place: [owners[first]!, owners[second]!] as const,
          odds: Array.from(scores, (score) => Math.exp(score)),
        };
      });
      found.add(scheme, head, tail, inPlaces);
    }
  }

  [Symbol.dispose](): void {
    this.#dispose();
  }
}

interface PlaceOdds {
  readonly place: readonly [number, number];
  readonly odds: readonly number[];
}

/**
 * Odds of concepts' relations against none. Places that were scored as one add up; of several such groups (sentences, windows) the one that
 * says most counts.
 */
class PairOdds {
  readonly #known = new Map<string, { readonly scheme: ReaderScheme; readonly groups: PlaceOdds[][] }>();

  add(scheme: ReaderScheme, head: string, tail: string, group: PlaceOdds[]): void {
    const key = JSON.stringify([scheme.name, head, tail]);
    const known = this.#known.get(key);
    if (known === undefined) this.#known.set(key, { scheme, groups: [group] });
    else known.groups.push(group);
  }

  pairs(): ScoredPair[] {
    return [...this.#known.values()].map(({ scheme, groups }) => {
      const best = groups
        .map((group) => probabilitiesOf(group))
        .reduce((left, right) => (sum(right) > sum(left) ? right : left));
      const places = groups.flat().sort((a, b) => sum(b.odds) - sum(a.odds));
      return { scheme, probabilities: best, places: places.map(({ place }) => place) };
    });
  }
}

function probabilitiesOf(group: readonly PlaceOdds[]): number[] {
  const odds = group[0]!.odds.map((_, relation) => sum(group.map((place) => place.odds[relation]!)));
  const all = 1 + sum(odds);
  return odds.map((one) => one / all);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
