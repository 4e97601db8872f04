/**
 * The evidence of a document's relations: which concepts they join, which pair of mentions says so, in which sentence, and how.
 *
 * Of an argument with several mentions those count that are in the evidence; the pair that stands nearest is kept. A relation between
 * composite names is one of each of their concepts. Each pair of concepts has a relation of a kind once a sentence, the most probable.
 */
import type { Document } from "../corpora/document.ts";
import { type Span, sentenceAround, splitSentences } from "../corpora/sentences.ts";
import type { ArgumentRecord, EvidenceRecord, MentionRecord } from "../knowledge-graph/store/document-record.ts";
import { documentSystem, statementContext, systemOf } from "../tasks/statement-context.ts";
import type { ReadArgument, ReadRelation } from "./document-reader.ts";

interface Place {
  readonly passage: number;
  readonly start: number;
  readonly end: number;
}

interface Pair {
  readonly head: number | null;
  readonly tail: number | null;
}

export class EvidenceWriter {
  readonly #document: Document;
  readonly #mentions: readonly MentionRecord[];
  readonly #symmetric: ReadonlySet<string>;
  readonly #sentences = new Map<number, readonly Span[]>();
  readonly #system: EvidenceRecord["system"];

  /** @param symmetric schemes whose arguments play the same part */
  constructor(document: Document, mentions: readonly MentionRecord[], symmetric: ReadonlySet<string>) {
    this.#document = document;
    this.#mentions = mentions;
    this.#symmetric = symmetric;
    const title = document.passages.find(({ kind }) => kind === "title")?.text ?? "";
    this.#system = documentSystem(
      title,
      (document.citation?.mesh ?? []).map(({ name }) => name),
    );
  }

  evidenceOf(relations: readonly ReadRelation[]): EvidenceRecord[] {
    const best = new Map<string, EvidenceRecord>();
    for (const relation of relations) {
      for (const evidence of this.#evidence(relation)) {
        const { scheme, type, head, tail, places } = evidence;
        const key = JSON.stringify([scheme, type, head.concept, tail.concept, places]);
        if ((best.get(key)?.probability ?? -1) < evidence.probability) best.set(key, evidence);
      }
    }
    return [...best.values()];
  }

  #evidence(relation: ReadRelation): EvidenceRecord[] {
    const { scheme, type, probability } = relation;
    const pair = this.#nearestPair(relation);
    const places = relation.evidence ?? this.#sentenceOf(pair);
    const sentence = places
      .map(({ passage, start, end }) => this.#document.passages[passage]?.text.slice(start, end) ?? "")
      .join(" … ");
    const about = { places: places.map(({ passage, start, end }) => ({ passage, start, end })), sentence };
    const context = this.#context(places, pair);
    const negated = relation.negated ?? context.negated;
    return this.#concepts(relation.head, pair.head).flatMap((head) =>
      this.#concepts(relation.tail, pair.tail).flatMap((tail) => {
        const isStated = relation.head.concept !== undefined && relation.tail.concept !== undefined;
        if (head.concept === tail.concept && !isStated) return []; // two names of one thing
        const swap = this.#symmetric.has(scheme) && head.concept > tail.concept;
        const ends = swap ? { head: tail, tail: head } : { head, tail };
        return [{ scheme, type, ...ends, probability, ...about, ...context, negated }];
      }),
    );
  }

  #concepts({ concept, mentions }: ReadArgument, chosen: number | null): ArgumentRecord[] {
    const index = chosen ?? mentions[0];
    const mention = index === undefined ? undefined : this.#mentions[index];
    if (concept !== undefined) {
      const name = mention?.text ?? concept;
      return [{ concept, name, type: mention?.type ?? "", mention: index ?? null }];
    }
    if (mention === undefined) return [];
    const { type } = mention;
    // A name that is known in another place of the same argument is known.
    const lists = [index!, ...mentions].map((one) => this.#mentions[one]?.concepts ?? []);
    const known = lists.find((list) => list.some(({ score }) => score > 0)) ?? mention.concepts;
    return known.map(({ id, name }) => ({ concept: id, name, type, mention: index! }));
  }

  /** Mentions of both arguments in the evidence, else anywhere, that stand nearest to each other. */
  #nearestPair({ head, tail, evidence }: ReadRelation): Pair {
    const inside = (index: number): boolean => {
      const mention = this.#mentions[index]!;
      return evidence?.some((place) => contains(place, mention)) ?? true;
    };
    const chosen = ({ mentions }: ReadArgument): readonly number[] => {
      const within = mentions.filter(inside);
      return within.length > 0 ? within : mentions;
    };
    let best: Pair = { head: head.mentions[0] ?? null, tail: tail.mentions[0] ?? null };
    let least = Number.POSITIVE_INFINITY;
    for (const h of chosen(head)) {
      for (const t of chosen(tail)) {
        const distance = gap(this.#mentions[h]!, this.#mentions[t]!);
        if (h === t || distance >= least) continue;
        least = distance;
        best = { head: h, tail: t };
      }
    }
    return best;
  }

  /** The sentence, or run of sentences, around a pair of one passage. */
  #sentenceOf({ head, tail }: Pair): Place[] {
    const [first, second] = [this.#mention(head), this.#mention(tail)];
    if (first === undefined || second === undefined || first.passage !== second.passage) return [];
    const { passage } = first;
    const both = { start: Math.min(first.start, second.start), end: Math.max(first.end, second.end) };
    return [{ passage, ...(sentenceAround(this.#sentencesOf(passage), both) ?? both) }];
  }

  #mention(index: number | null): MentionRecord | undefined {
    return index === null ? undefined : this.#mentions[index];
  }

  #sentencesOf(passage: number): readonly Span[] {
    let sentences = this.#sentences.get(passage);
    if (sentences === undefined) {
      sentences = splitSentences(this.#document.passages[passage]?.text ?? "");
      this.#sentences.set(passage, sentences);
    }
    return sentences;
  }

  #context(places: readonly Place[], { head, tail }: Pair): Pick<EvidenceRecord, "negated" | "speculative" | "system"> {
    const [first, second] = [this.#mention(head), this.#mention(tail)];
    const place = places.find(
      (one) => first !== undefined && second !== undefined && contains(one, first) && contains(one, second),
    );
    if (place === undefined) {
      const said = places.map(({ passage, start, end }) => this.#document.passages[passage]!.text.slice(start, end));
      return { negated: false, speculative: false, system: systemOf(said.join(" ")) ?? this.#system };
    }
    const text = this.#document.passages[place.passage]!.text.slice(place.start, place.end);
    const within = ({ start, end }: Place): { start: number; end: number } => ({
      start: start - place.start,
      end: end - place.start,
    });
    const { negated, speculative, system } = statementContext(text, within(first!), within(second!));
    return { negated, speculative, system: system ?? this.#system };
  }
}

function contains(place: Place, { passage, start, end }: Place): boolean {
  return place.passage === passage && place.start <= start && end <= place.end;
}

/** Characters between two mentions; those of other passages are farther than any of one. */
function gap(one: Place, other: Place): number {
  const apart = Math.max(one.start, other.start) - Math.min(one.end, other.end);
  return one.passage === other.passage ? Math.max(0, apart) : 1e9 * Math.abs(one.passage - other.passage);
}
