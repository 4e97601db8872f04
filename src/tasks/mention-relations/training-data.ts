/**
 * What a reader of relations learns from: windows of annotated documents, with the tags of their words and the relations of their concepts.
 *
 * Two concepts without a relation are an example like any other, where the corpus marks the scheme's relations throughout.
 */
import type { AnnotatedRelations } from "../../corpora/entities/corpora.ts";
import type { Mention, MentionDocument } from "../../corpora/entities/mention-document.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import type { TrainingSequence } from "../../training/data/training-sequence.ts";
import { READER_ROOM } from "../../training/step/reader-head.ts";
import { IGNORED_LABEL } from "../../training/step/training-step.ts";
import type { EntityReading } from "../entities/entity-reading.ts";
import { type LabelSets, labelSets } from "../entities/labels.ts";
import { readSequence, wordLabels } from "../entities/sequence.ts";
import { textWindows, tokenizeText } from "../entities/text-tokens.ts";
import { type ConceptPair, conceptPairs, type PlacedName } from "./concept-pairs.ts";
import { firstScore, type ReaderScheme } from "./reader-scheme.ts";
import { mentionTokens, namesOfWindow, tokenSentences } from "./reading.ts";

export interface AnnotatedReading {
  /** Types that are marked wherever they occur; none: words teach nothing about names. */
  readonly types: readonly string[];
  readonly relations?: readonly AnnotatedRelations[];
  readonly documents: readonly MentionDocument[];
}

/** A relation of this type says that it is not known whether the two are related: such a pair teaches nothing. */
export const UNKNOWN_RELATION = "?";

/** Two concepts, and what holds between them. */
export interface LabelledPair {
  /** Number of the scheme. */
  readonly scheme: number;
  /** Number of the score that is right, of all schemes' scores; -1 for none. */
  readonly score: number;
  readonly places: ConceptPair["places"];
}

/** A window to learn from. */
export interface ReaderSequence extends TrainingSequence {
  /** Index in `inputs` of the first token of the copy that counts. */
  readonly tagged: number;
  readonly names: readonly PlacedName[];
  /** Sentence of each token of the copy. */
  readonly sentences: Int32Array;
  /** At most the room of a batch, those with a relation first. */
  readonly pairs: readonly LabelledPair[];
}

export interface ReaderTrainingData {
  readonly sequences: readonly ReaderSequence[];
  readonly labels: LabelSets["sets"];
}

/** @param types of the tagger */
export function readerTrainingData(
  corpora: readonly AnnotatedReading[],
  types: readonly string[],
  schemes: readonly ReaderScheme[],
  tokenizer: Tokenizer,
  reading: EntityReading,
): ReaderTrainingData {
  const labels = labelSets(
    types,
    corpora.map((corpus) => corpus.types),
  );
  const sequences = corpora.flatMap((corpus) =>
    corpus.documents.flatMap((document) => {
      const outside = corpus.types.length === 0 ? IGNORED_LABEL : labels.outside(corpus.types);
      return sequencesOf(document, corpus, outside, { types, schemes, tokenizer, reading });
    }),
  );
  return { sequences, labels: labels.sets };
}

interface Context {
  readonly types: readonly string[];
  readonly schemes: readonly ReaderScheme[];
  readonly tokenizer: Tokenizer;
  readonly reading: EntityReading;
}

function sequencesOf(
  document: MentionDocument,
  corpus: AnnotatedReading,
  outside: number,
  { types, schemes, tokenizer, reading }: Context,
): ReaderSequence[] {
  const { id, passages, mentions } = document;
  const text = tokenizeText(passages, tokenizer);
  const { words } = text;
  const ofWords =
    corpus.types.length === 0
      ? new Int32Array(words.length - 1).fill(IGNORED_LABEL)
      : wordLabels(text, mentions, types, outside);
  const sentences = tokenSentences(text);
  const placed = mentionTokens(text, mentions);
  return textWindows(text, reading).map((window): ReaderSequence => {
    const { inputs, tagged, positions } = readSequence(text, window, tokenizer.endId, reading);
    const labels = new Int32Array(inputs.length).fill(IGNORED_LABEL);
    const shift = tagged - words[window.start]!;
    for (let word = window.from; word < window.to; word++) {
      labels.fill(ofWords[word]!, shift + words[word]!, shift + words[word + 1]!);
    }
    const { names, mentions: owners } = namesOfWindow(text, window, placed, sentences, conceptsOf);
    const kept = names.slice(0, READER_ROOM.names);
    return {
      ...{ name: id, inputs, labels, plannedLength: inputs.length, tagged, names: kept },
      ...(positions === undefined ? {} : { positions }),
      sentences: sentences.slice(words[window.start]!, words[window.end]!),
      pairs: withinRoom(labelledPairs(kept, owners, document, corpus.relations ?? [], schemes)),
    };
  });
}

/** By identifier, or by the word where the corpus gives none. */
function conceptsOf({ ids, text }: Mention): readonly string[] {
  return ids.length > 0 ? ids : [text.toLowerCase()];
}

/** In place of a score, until such pairs are left out. */
const UNKNOWN = Number.NEGATIVE_INFINITY;

function labelledPairs(
  names: readonly PlacedName[],
  owners: readonly number[],
  { relations = [] }: MentionDocument,
  annotated: readonly AnnotatedRelations[],
  schemes: readonly ReaderScheme[],
): LabelledPair[] {
  return annotated.flatMap(({ scheme: name, scope, labels, head, tail }) => {
    const index = schemes.findIndex((known) => known.name === name);
    if (index < 0) return [];
    const scheme = { ...schemes[index]!, scope, head, tail };
    const stated = new Map<string, number>();
    for (const relation of relations) {
      const label = labels[relation.type];
      const isUnknown = relation.type === UNKNOWN_RELATION;
      if (label === undefined && !isUnknown) continue;
      const score = isUnknown ? UNKNOWN : firstScore(schemes, index) + scheme.relations.indexOf(label!);
      for (const h of relation.head)
        for (const t of relation.tail) {
          stated.set(`${h} ${t}`, score);
          // Corpora of concepts do not say which of the two is the head; a scheme's types do.
          if (scheme.symmetric || head !== tail) stated.set(`${t} ${h}`, score);
        }
    }
    return conceptPairs(names, scheme)
      .map(({ places }): LabelledPair => {
        const scores = places.flatMap(([h, t]) => stated.get(`${owners[h]} ${owners[t]}`) ?? []);
        return { scheme: index, score: scores.find((score) => score !== UNKNOWN) ?? scores[0] ?? -1, places };
      })
      .filter(({ score }) => score !== UNKNOWN);
  });
}

/** Those with a relation, and then as many others as have room, spread evenly. */
function withinRoom(pairs: readonly LabelledPair[]): LabelledPair[] {
  const [stated, none] = [pairs.filter(({ score }) => score >= 0), pairs.filter(({ score }) => score < 0)];
  const kept: LabelledPair[] = [];
  let room: number = READER_ROOM.pairs;
  const add = (pair: LabelledPair): void => {
    if (kept.length >= READER_ROOM.groups || pair.places.length > room) return;
    kept.push(pair);
    room -= pair.places.length;
  };
  stated.forEach(add);
  const step = Math.max(1, none.length / (READER_ROOM.groups - kept.length || 1));
  for (let at = 0; at < none.length; at += step) add(none[Math.floor(at)]!);
  return kept;
}
