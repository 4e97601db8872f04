/**
 * The "hard match" of DDI and KD-DTI: triples compared by wording, once by abbreviation and once by full name.
 *
 * Follows  `hard_match_evaluation.py` of microsoft/BioGPT (the same file for both tasks). A document's precision is the
 *          greater of its precision by abbreviations and by full names, and its recall likewise, the two maxima being
 *          independent. What the script prints as "tp micro f1" is the mean of the documents' F1 (`meanF1` here), and is
 *          what the paper reports as F1; "tp macro f1" is the F1 of the two means (`f1OfMeans`). True micro F1 stands beside.
 */

import { strip } from "../../tasks/python-text.ts";
import type { RelationTriple } from "../../tasks/relation-extraction/templates.ts";
import { addCounts, type Counts, compareSets, f1Of, mean, type PrecisionRecall, scoresOf } from "./counts.ts";

export interface HardMatchDocument extends PrecisionRecall {
  readonly id: string;
  /** By the view in which all documents together match better; for micro scores. */
  readonly counts: Counts;
}

export interface HardMatchScore {
  /** Means over documents. */
  readonly precision: number;
  readonly recall: number;
  readonly meanF1: number;
  readonly f1OfMeans: number;
  /** Over all triples of all documents, as micro scores are defined. */
  readonly micro: PrecisionRecall & Counts;
  /** Mean Jaccard index of the sets of heads, tails and labels. */
  readonly heads: number;
  readonly tails: number;
  readonly labels: number;
  /** F1 of the union of all documents' triples. */
  readonly ontology: PrecisionRecall;
  readonly documents: readonly HardMatchDocument[];
}

export interface HardMatchInput {
  readonly id: string;
  readonly predicted: readonly RelationTriple[];
  readonly gold: readonly RelationTriple[];
}

type Item = readonly string[];
type Metric = (predicted: ReadonlySet<string>, gold: ReadonlySet<string>) => number;

export function scoreHardMatch(inputs: readonly HardMatchInput[]): HardMatchScore {
  const sets = inputs.map(({ id, predicted, gold }) => ({
    id,
    predicted: tripleSet(predicted),
    gold: tripleSet(gold),
  }));
  const perView = VIEWS.map((view) =>
    sets.map(({ predicted, gold }) => compareSets(viewed(predicted, view), viewed(gold, view))),
  );
  const better =
    addCounts(perView[0]!).truePositives >= addCounts(perView[1]!).truePositives ? perView[0]! : perView[1]!;
  const documents = sets.map(({ id, predicted, gold }, at) => {
    const p = best(predicted, gold, precisionOf);
    const r = best(predicted, gold, recallOf);
    return { id, precision: p, recall: r, f1: f1Of(p, r), counts: better[at]! };
  });
  const part = (index: number): number =>
    mean(sets.map(({ predicted, gold }) => best(column(predicted, index), column(gold, index), jaccard)));
  const all = { predicted: merged(sets.map((set) => set.predicted)), gold: merged(sets.map((set) => set.gold)) };
  const ontology = {
    precision: best(all.predicted, all.gold, precisionOf),
    recall: best(all.predicted, all.gold, recallOf),
  };
  const precision = mean(documents.map((document) => document.precision));
  const recall = mean(documents.map((document) => document.recall));
  const counts = addCounts(better);
  return {
    precision,
    recall,
    meanF1: mean(documents.map((document) => document.f1)),
    f1OfMeans: f1Of(precision, recall),
    micro: { ...counts, ...scoresOf(counts) },
    heads: part(0),
    tails: part(1),
    labels: part(2),
    ontology: { ...ontology, f1: f1Of(ontology.precision, ontology.recall) },
    documents,
  };
}

/** Items by a key that tells them apart. */
type ItemSet = ReadonlyMap<string, Item>;

function tripleSet(triples: readonly RelationTriple[]): ItemSet {
  const items = triples.map(({ head, tail, relation }) => [head, tail, relation].map(bare));
  return new Map(items.map((item) => [JSON.stringify(item), item]));
}

/** Trimmed, lower-cased, without spaces (only U+0020, as upstream). */
function bare(text: string): string {
  return strip(text).toLowerCase().replaceAll(" ", "");
}

function column(set: ItemSet, index: number): ItemSet {
  return new Map([...set.values()].map((item) => [item[index]!, [item[index]!]]));
}

function merged(sets: readonly ItemSet[]): ItemSet {
  return new Map(sets.flatMap((set) => [...set]));
}

function best(predicted: ItemSet, gold: ItemSet, metric: Metric): number {
  return Math.max(...VIEWS.map((view) => metric(viewed(predicted, view), viewed(gold, view))));
}

function viewed(set: ItemSet, view: (text: string) => string): Set<string> {
  return new Set([...set.values()].map((item) => JSON.stringify(item.map(view))));
}

/** The abbreviation of "name (abbreviation)", and the name; other strings are their own views. */
const VIEWS: readonly ((text: string) => string)[] = [
  (text) => (hasAbbreviation(text) ? normalizeName(text.slice(text.lastIndexOf("(") + 1, -1)) : normalizeName(text)),
  (text) => (hasAbbreviation(text) ? normalizeName(text.slice(0, text.lastIndexOf("("))) : normalizeName(text)),
];

function hasAbbreviation(text: string): boolean {
  return text.includes("(") && text.endsWith(")");
}

const ROMAN = ["0", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"];

/** A last digit after a non-number becomes Roman (so "kinase 3" is "kinaseIII"), "-type" goes, then all but A-Z, a-z, 0-9. */
export function normalizeName(text: string): string {
  let name = strip(text);
  const characters = [...name];
  const [before, last] = [characters.at(-2), characters.at(-1)];
  if (characters.length > 2 && /^[0-9]$/.test(last!) && !/^\p{N}$/u.test(before!)) {
    name = characters.slice(0, -1).join("") + ROMAN[Number(last)]!;
  }
  return name.replaceAll("-type", "").replace(/[^a-zA-Z0-9]+/g, "");
}

const precisionOf: Metric = (predicted, gold) =>
  predicted.size === 0 ? Number(gold.size === 0) : compareSets(predicted, gold).truePositives / predicted.size;

const recallOf: Metric = (predicted, gold) =>
  gold.size === 0 ? Number(predicted.size === 0) : compareSets(predicted, gold).truePositives / gold.size;

const jaccard: Metric = (predicted, gold) =>
  gold.size === 0
    ? Number(predicted.size === 0)
    : compareSets(predicted, gold).truePositives / new Set([...predicted, ...gold]).size;
