/**
 * Scores of labels: HoC's several a sentence, PubMedQA's one a question.
 *
 * HoC's published number (`hard_match_evaluation.py` of microsoft/BioGPT, scikit-learn's micro F1 over binarised labels) counts the
 * class "empty" and works by sentence, so always answering "empty" has .679. Numbers elsewhere (BLUE, BLURB) join a document's
 * sentences and leave "empty" out. Both stand here, by name.
 */
import { HOC_LABELS } from "../../corpora/tasks/hoc-labels.ts";
import { addCounts, type Counts, compareSets, f1Of, mean, type PrecisionRecall, ratio, scoresOf } from "./counts.ts";

export interface LabelledItem {
  readonly id: string;
  /** Undefined when the answer could not be read: no label then. Labels outside the closed set are ignored. */
  readonly predicted: readonly string[] | undefined;
  readonly gold: readonly string[];
  /** What sentences are joined by for document-level scores. */
  readonly article?: string;
}

export interface HocScore {
  /** Micro, sentence level, "empty" counted: the paper's. */
  readonly withEmpty: PrecisionRecall & Counts;
  /** Micro, sentence level, over the ten hallmarks. */
  readonly withoutEmpty: PrecisionRecall & Counts;
  /** Over articles: labels of an article are those of its sentences. Undefined where articles are unknown. */
  readonly documents:
    | {
        readonly count: number;
        /** Over all (article, hallmark) pairs. */
        readonly micro: PrecisionRecall & Counts;
        /** Mean F1 of the ten hallmarks. */
        readonly macroF1: number;
        /** BLUE's: mean precision and mean recall over articles, and the F1 of the two. */
        readonly exampleBased: PrecisionRecall;
      }
    | undefined;
  /** For each sentence, "empty" counted; in the order of the input. */
  readonly items: readonly Counts[];
  readonly byLabel: ReadonlyMap<string, PrecisionRecall & Counts>;
}

const HALLMARKS = HOC_LABELS.filter((label) => label !== "empty");

export function scoreHoc(items: readonly LabelledItem[]): HocScore {
  const known = new Set(HOC_LABELS);
  const hallmarks = new Set(HALLMARKS);
  const pairs = items.map(({ predicted = [], gold, article }) => ({
    predicted: new Set(predicted.filter((label) => known.has(label))),
    gold: new Set(gold.filter((label) => known.has(label))),
    article,
  }));
  const only = (labels: ReadonlySet<string>, kept: ReadonlySet<string>): Set<string> =>
    new Set([...labels].filter((label) => kept.has(label)));
  const perItem = pairs.map(({ predicted, gold }) => compareSets(predicted, gold));
  const withoutEmpty = pairs.map(({ predicted, gold }) =>
    compareSets(only(predicted, hallmarks), only(gold, hallmarks)),
  );
  const byLabel = new Map(
    HOC_LABELS.map((label) => [label, withScores(pairs.map((pair) => labelCounts(pair, label)))] as const),
  );
  return {
    withEmpty: withScores(perItem),
    withoutEmpty: withScores(withoutEmpty),
    documents:
      pairs.every(({ article }) => article !== undefined) && pairs.length > 0
        ? documentScores(pairs, hallmarks)
        : undefined,
    items: perItem,
    byLabel,
  };
}

interface LabelPair {
  readonly predicted: ReadonlySet<string>;
  readonly gold: ReadonlySet<string>;
  readonly article: string | undefined;
}

function documentScores(pairs: readonly LabelPair[], hallmarks: ReadonlySet<string>): HocScore["documents"] {
  const articles = new Map<string, { predicted: Set<string>; gold: Set<string>; article: string }>();
  for (const { predicted, gold, article } of pairs) {
    const joined = articles.get(article!) ?? { predicted: new Set(), gold: new Set(), article: article! };
    articles.set(article!, joined);
    for (const label of predicted) if (hallmarks.has(label)) joined.predicted.add(label);
    for (const label of gold) if (hallmarks.has(label)) joined.gold.add(label);
  }
  const all = [...articles.values()];
  // An article without a hallmark counts as right when nothing was predicted, as in BLUE's script.
  const precision = mean(all.map(({ predicted, gold }) => share(predicted, gold, predicted.size)));
  const recall = mean(all.map(({ predicted, gold }) => share(predicted, gold, gold.size)));
  return {
    count: all.length,
    micro: withScores(all.map(({ predicted, gold }) => compareSets(predicted, gold))),
    macroF1: mean([...hallmarks].map((label) => withScores(all.map((pair) => labelCounts(pair, label))).f1)),
    exampleBased: { precision, recall, f1: f1Of(precision, recall) },
  };
}

function share(predicted: ReadonlySet<string>, gold: ReadonlySet<string>, size: number): number {
  if (size === 0) return predicted.size === gold.size ? 1 : 0;
  return compareSets(predicted, gold).truePositives / size;
}

function labelCounts({ predicted, gold }: Pick<LabelPair, "predicted" | "gold">, label: string): Counts {
  const [said, right] = [predicted.has(label), gold.has(label)];
  return {
    truePositives: Number(said && right),
    falsePositives: Number(said && !right),
    falseNegatives: Number(!said && right),
  };
}

function withScores(all: readonly Counts[]): PrecisionRecall & Counts {
  const counts = addCounts(all);
  return { ...counts, ...scoresOf(counts) };
}

export interface AnswerScore {
  readonly accuracy: number;
  /** Mean F1 of the answers that occur in gold or prediction, as scikit-learn's macro average. */
  readonly macroF1: number;
  readonly correct: readonly boolean[];
  readonly byAnswer: ReadonlyMap<string, PrecisionRecall & Counts>;
}

/** @param items one answer each; an unread answer (undefined) is wrong and belongs to no class */
export function scoreAnswers(
  items: readonly { readonly predicted: string | undefined; readonly gold: string }[],
): AnswerScore {
  const correct = items.map(({ predicted, gold }) => predicted === gold);
  const classes = [
    ...new Set(items.flatMap(({ predicted, gold }) => (predicted === undefined ? [gold] : [gold, predicted]))),
  ].sort();
  const byAnswer = new Map(
    classes.map((label) => {
      const counts = items.map(({ predicted, gold }) =>
        labelCounts({ predicted: new Set(predicted === undefined ? [] : [predicted]), gold: new Set([gold]) }, label),
      );
      return [label, withScores(counts)] as const;
    }),
  );
  return {
    accuracy: ratio(correct.filter(Boolean).length, items.length),
    macroF1: mean([...byAnswer.values()].map(({ f1 }) => f1)),
    correct,
    byAnswer,
  };
}
