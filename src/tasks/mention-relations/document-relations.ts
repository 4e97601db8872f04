/** A document's relations from what a reader scored: one for each pair of concepts, anchored in every place where they are named. */
import type { Document } from "../../corpora/document.ts";
import { type Span, splitSentences } from "../../corpora/sentences.ts";
import { calibrated } from "../calibration-map.ts";
import type { FoundMention } from "../entities/found-mentions.ts";
import type { PassageSpan } from "../relation-extraction/content.ts";
import {
  type DecisionRule,
  keptCount,
  type PairRule,
  pairProbability,
  pairRuleOf,
} from "../relation-extraction/decision-rule.ts";
import { documentNames } from "../relation-extraction/document-names.ts";
import type { Evidence } from "../relation-extraction/evidence.ts";
import type { Argument, DocumentRelations, ExtractedRelation } from "../relation-extraction/extract.ts";
import { CHEMICAL_INDUCED_DISEASE, RELATION_SCHEMES, type SchemeName } from "../relation-extraction/schemes.ts";
import { statementContext } from "../statement-context.ts";
import { besideDrugs } from "./beside-drugs.ts";
import { deniedPairs } from "./denied-pairs.ts";
import { diseaseOfCells } from "./disease-of-cells.ts";
import { hadBefore } from "./had-before.ts";
import { sharedInLists } from "./listed-pairs.ts";
import { notGiven } from "./not-given.ts";
import { oneDrug } from "./one-drug.ts";
import { othersEffects } from "./others-effects.ts";
import type { ReaderScheme } from "./reader-scheme.ts";
import type { RelatedPair } from "./related-pair.ts";
import type { ReadDocument, ScoredPair } from "./relation-reader.ts";
import { remedyPairs } from "./remedy-pairs.ts";
import { saidEffects } from "./said-effects.ts";
import { targetRoles } from "./target-roles.ts";

/** How likely a pair is where the text calls the chemical by its target; a reader may be surer (docs/experiments.md, "Called by its target"). */
const CALLED_BY_TARGET = 0.93;
/** How likely a chemical's effect is that the text states in so many words (docs/experiments.md, "Said outright"). */
const SAID_OUTRIGHT = 0.99;

/**
 * What a scheme's pairs of a document say, likeliest first; without those of which the text says that the one is a
 * remedy for the other, that it was not given, that the patients had the disease before, that the disease is told of other chemicals or names cells, that two names are one drug's or only stand beside each other, or that the target is another chemical's. What it says
 * outright counts whatever the reader makes of it, and what it says of one effect of a list raises the others.
 *
 * @param denied whether pairs are among them whose own sentences all deny that they are related. Default false
 * @param rule   how a pair's probability and those of its names make one. Default: their product
 */
export function candidateRelations(
  { document, mentions, pairs }: ReadDocument<Pick<Document, "passages">>,
  scheme: string,
  { denied = false, ...rule }: { readonly denied?: boolean | undefined } & PairRule = {},
): RelatedPair[] {
  const own = pairs.filter((pair) => pair.scheme.name === scheme);
  if (own.length === 0) return [];
  const text = { document, mentions, sentences: document.passages.map((passage) => splitSentences(passage.text)) };
  const roles = targetRoles(text);
  const isSaid = saidEffects(text);
  const filters = [
    remedyPairs,
    notGiven,
    hadBefore,
    diseaseOfCells,
    othersEffects,
    oneDrug,
    besideDrugs,
    ...(denied ? [] : [deniedPairs]),
  ].map((filter) => filter(text));
  const candidates = own
    .filter((pair) => !filters.some((isOut) => isOut(pair)) && !roles.isOthers(pair.scheme, pair.places))
    .map((pair): RelatedPair => {
      const { probabilities, places, scheme: of } = pair;
      const best = probabilities.reduce((top, value, i) => (value > probabilities[top]! ? i : top), 0);
      const read = of.relations[best]!;
      const target = roles.said(of, places);
      const effect = read === CHEMICAL_INDUCED_DISEASE ? places.find(([head, tail]) => isSaid(head, tail)) : undefined;
      const least = target !== undefined ? CALLED_BY_TARGET : effect !== undefined ? SAID_OUTRIGHT : 0;
      const surest = (side: 0 | 1, of: (mention: FoundMention) => number): number =>
        Math.max(...places.map((place) => of(mentions[place[side]]!)));
      const lessSure = (of: (mention: FoundMention) => number): number => Math.min(surest(0, of), surest(1, of));
      const probability = pairProbability(rule, {
        pair: Math.max(least, probabilities[best]!),
        name: lessSure((mention) => mention.tagProbability),
        type: lessSure((mention) => mention.typeProbability),
      });
      const relation = target === undefined || target.labels.includes(read) ? read : target.labels[0]!;
      return { pair, relation, probability, said: target?.place ?? effect };
    });
  const listed = own[0]!.scheme.relations.includes(CHEMICAL_INDUCED_DISEASE)
    ? sharedInLists(candidates, text)
    : candidates;
  return [...listed].sort((a, b) => b.probability - a.probability);
}

export interface RelationsOf {
  readonly scheme: ReaderScheme;
  /** What is kept, by raw probability, and what such a one means. */
  readonly rule: DecisionRule;
  /** As for `candidateRelations`. */
  readonly denied?: boolean | undefined;
  readonly model: string;
  readonly pipeline: string;
}

export function documentRelations(
  read: ReadDocument<Document>,
  { scheme, rule, denied, model, pipeline }: RelationsOf,
): DocumentRelations {
  const { document, mentions } = read;
  const candidates = candidateRelations(read, scheme.name, { denied, ...pairRuleOf(rule) });
  const names = documentNames(document);
  const sentences = document.passages.map(({ text }) => splitSentences(text));
  // The schemes of the package call their arguments by their own words: a drug is a chemical to the tagger.
  const { headType, tailType } = Object.hasOwn(RELATION_SCHEMES, scheme.name)
    ? RELATION_SCHEMES[scheme.name as SchemeName]
    : { headType: scheme.head, tailType: scheme.tail };
  const relations = candidates
    .slice(0, keptCount(candidates, rule))
    .map(({ pair, relation, probability: raw, said }): ExtractedRelation => {
      const shown = said ?? shownPlace(pair, document, mentions, sentences);
      const [ofHead, ofTail] = sidesOf(pair, shown);
      const [head, tail] = [shown[ofHead], shown[ofTail]];
      const argument = (side: 0 | 1, type: string): Argument => {
        const spans = [...new Set(pair.places.map((place) => place[side]))]
          .sort((a, b) => a - b)
          .map((index) => spanOf(mentions[index]!));
        const { text } = mentions[shown[side]]!;
        return { text, type, otherNames: names.othersOf(text), spans };
      };
      return {
        ...{ documentId: document.id, scheme: scheme.name, relation },
        head: argument(ofHead, headType),
        tail: argument(ofTail, tailType),
        probability: rule.calibration === undefined ? raw : calibrated(rule.calibration, raw),
        evidence: evidenceOf(document, sentences, mentions[head]!, mentions[tail]!),
        ...{ model, pipeline },
      };
    });
  return { document, scheme: scheme.name, pipeline, relations, unanchored: 0, windows: 1, cutAnswers: 0 };
}

/** Which of a place's names is the head, and which the tail: of a symmetric scheme the head is what the text has first. */
export function sidesOf(
  { scheme }: Pick<ScoredPair, "scheme">,
  [first, second]: readonly [number, number],
): readonly [head: 0 | 1, tail: 0 | 1] {
  return scheme.symmetric && second < first ? [1, 0] : [0, 1];
}

/** The place that a reader can check at once: the first whose sentence names both and does not deny it; else the one that says most. */
function shownPlace(
  { places }: ScoredPair,
  document: Document,
  mentions: readonly FoundMention[],
  sentences: readonly (readonly Span[])[],
): readonly [head: number, tail: number] {
  const isStated = ([first, second]: readonly [head: number, tail: number]): boolean => {
    const [head, tail] = [mentions[first]!, mentions[second]!];
    if (head.passage !== tail.passage) return false;
    const { text } = document.passages[head.passage]!;
    const both = { start: Math.min(head.start, tail.start), end: Math.max(head.end, tail.end) };
    const sentence = sentences[head.passage]!.find(({ start, end }) => start <= both.start && both.end <= end);
    if (sentence === undefined) return false;
    const within = ({ start, end }: FoundMention) => ({ start: start - sentence.start, end: end - sentence.start });
    return !statementContext(text.slice(sentence.start, sentence.end), within(head), within(tail)).negated;
  };
  return places.find(isStated) ?? places[0]!;
}

function spanOf({ passage, start, end }: FoundMention): PassageSpan {
  return { passage, start, end };
}

/**
 * The sentence that names both, or the two sentences from the one name to the other where they follow each other; else the one that names the
 * tail, with the one that names the head beside it.
 */
function evidenceOf(
  document: Document,
  sentencesOf: readonly (readonly Span[])[],
  head: FoundMention,
  tail: FoundMention,
): Evidence {
  const marks = { head: spanOf(head), tail: spanOf(tail) };
  const around = (mention: FoundMention) => {
    const { text } = document.passages[mention.passage]!;
    const sentences = sentencesOf[mention.passage]!;
    const first = Math.max(
      0,
      sentences.findLastIndex(({ start }) => start <= mention.start),
    );
    return { sentences, first, text };
  };
  const [ofHead, ofTail] = [around(head), around(tail)];
  const stretch = (passage: number, { sentences, text }: typeof ofHead, from: number, to: number) => {
    const { start } = sentences[from]!;
    const end = Math.max(
      sentences[to]!.end,
      ...[head, tail]
        .filter((m) => m.passage === passage && m.start >= start && m.start < sentences[to]!.end)
        .map((m) => m.end),
    );
    return { passage, start, end, text: text.slice(start, end) };
  };
  if (head.passage === tail.passage && Math.abs(ofHead.first - ofTail.first) <= 1) {
    const [from, to] = [Math.min(ofHead.first, ofTail.first), Math.max(ofHead.first, ofTail.first)];
    return { ...stretch(head.passage, ofHead, from, to), ...marks };
  }
  return {
    ...stretch(tail.passage, ofTail, ofTail.first, ofTail.first),
    ...marks,
    also: stretch(head.passage, ofHead, ofHead.first, ofHead.first),
  };
}
